/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/link/jf-post.h"

#include "gateway/link/jf-tsan-private.h"

/* A block of its own, not fields of the GSource: both threads hold a reference to the source for a
 * moment and either may free it, while this has exactly one owner at a time. */
typedef struct
{
  JfTask task;
  JfTask cancelled;
  gpointer data;
} Post;

static gboolean
run_cb (gpointer data)
{
  Post *post = data;

  JF_TSAN_ACQUIRE (post);
  post->cancelled = NULL;
  post->task (post->data);
  return G_SOURCE_REMOVE;
}

static void
free_cb (gpointer data)
{
  Post *post = data;

  JF_TSAN_ACQUIRE (post);
  if (post->cancelled)
    post->cancelled (post->data);
  g_free (post);
}

static gboolean
prepare (GSource *source, int *timeout_ms)
{
  *timeout_ms = 0;
  return TRUE;
}

static gboolean
check (GSource *source)
{
  return TRUE;
}

static gboolean
dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  return callback (data);
}

static GSourceFuncs post_funcs = { .prepare = prepare, .check = check, .dispatch = dispatch };

void
jf_post (GMainContext *context, JfTask task, gpointer data, JfTask cancelled)
{
  GSource *source;
  Post *post;

  g_return_if_fail (task != NULL);

  post = g_new (Post, 1);
  *post = (Post){ .task = task, .cancelled = cancelled, .data = data };
  /* Sources of one priority run in the order of attaching: that is the order of posting. */
  source = g_source_new (&post_funcs, sizeof (GSource));
  g_source_set_static_name (source, "jf-post");
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, run_cb, post, free_cb);
  JF_TSAN_RELEASE (post);
  g_source_attach (source, context);
  g_source_unref (source);
}
