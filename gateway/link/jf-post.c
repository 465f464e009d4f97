/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/link/jf-post.h"

#include <pthread.h>

#include "gateway/link/jf-post-private.h"

/* One queue and one GSource a context, instead of a GSource a post: cheaper, and threads meet only
 * at our lock. That is a pthread mutex, because ThreadSanitizer knows those; it does not see the
 * locks inside GLib and would report everything that crosses them. */
typedef struct Post
{
  struct Post *next;
  JfTask task;
  JfTask cancelled;
  gpointer data;
} Post;

struct JfMailbox
{
  GSource base;
  GMainContext *context; /* borrowed: it owns us */
  pthread_mutex_t mutex;
  Post *first;
  Post **last;
  unsigned length;
};

static pthread_mutex_t mailboxes_mutex = PTHREAD_MUTEX_INITIALIZER;
static GHashTable *mailboxes; /* GMainContext to JfMailbox */

static Post *
take_first (JfMailbox *self)
{
  Post *post;

  pthread_mutex_lock (&self->mutex);
  post = self->first;
  if (post)
    {
      self->first = post->next;
      self->length--;
      if (!self->first)
        self->last = &self->first;
    }
  pthread_mutex_unlock (&self->mutex);
  return post;
}

static unsigned
get_length (JfMailbox *self)
{
  unsigned length;

  pthread_mutex_lock (&self->mutex);
  length = self->length;
  pthread_mutex_unlock (&self->mutex);
  return length;
}

/* Runs what is there now; what is posted meanwhile waits until others had their turn. A task may
 * run the context itself (a nested GMainLoop): then this is entered again and goes on with the
 * same queue, so that the order stays. */
static gboolean
dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  JfMailbox *self = (JfMailbox *) source;
  Post *post = NULL;

  g_source_set_ready_time (source, -1);
  for (unsigned left = get_length (self); left > 0 && (post = take_first (self)); left--)
    {
      post->task (post->data);
      g_free (post);
    }
  if (get_length (self) > 0)
    g_source_set_ready_time (source, 0);
  return G_SOURCE_CONTINUE;
}

static void
finalize (GSource *source)
{
  JfMailbox *self = (JfMailbox *) source;
  Post *post;

  pthread_mutex_lock (&mailboxes_mutex);
  g_hash_table_remove (mailboxes, self->context);
  pthread_mutex_unlock (&mailboxes_mutex);
  while ((post = take_first (self)))
    {
      if (post->cancelled)
        post->cancelled (post->data);
      g_free (post);
    }
  pthread_mutex_destroy (&self->mutex);
}

static GSourceFuncs mailbox_funcs = { .dispatch = dispatch, .finalize = finalize };

static JfMailbox *
mailbox_new (GMainContext *context)
{
  GSource *source = g_source_new (&mailbox_funcs, sizeof (JfMailbox));
  JfMailbox *self = (JfMailbox *) source;

  self->context = context;
  self->last = &self->first;
  pthread_mutex_init (&self->mutex, NULL);
  g_source_set_static_name (source, "jf-post");
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_can_recurse (source, TRUE);
  g_source_attach (source, context);
  g_source_unref (source); /* the context has it */
  return self;
}

JfMailbox *
jf_mailbox_get (GMainContext *context)
{
  JfMailbox *self;

  if (!context)
    context = g_main_context_default ();
  pthread_mutex_lock (&mailboxes_mutex);
  if (!mailboxes)
    mailboxes = g_hash_table_new (NULL, NULL);
  self = g_hash_table_lookup (mailboxes, context);
  if (!self)
    {
      self = mailbox_new (context);
      g_hash_table_insert (mailboxes, context, self);
    }
  pthread_mutex_unlock (&mailboxes_mutex);
  return self;
}

void
jf_mailbox_post (JfMailbox *self, JfTask task, gpointer data, JfTask cancelled)
{
  Post *post = g_new (Post, 1);

  *post = (Post){ .task = task, .cancelled = cancelled, .data = data };
  pthread_mutex_lock (&self->mutex);
  /* With the lock held: once the task can run, it may end the loop and us with it. */
  if (!self->first)
    g_source_set_ready_time (&self->base, 0);
  *self->last = post;
  self->last = &post->next;
  self->length++;
  pthread_mutex_unlock (&self->mutex);
}

void
jf_post (GMainContext *context, JfTask task, gpointer data, JfTask cancelled)
{
  g_return_if_fail (task != NULL);

  jf_mailbox_post (jf_mailbox_get (context), task, data, cancelled);
}
