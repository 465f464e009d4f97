/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/jf-stdio-pump.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <gio/gunixinputstream.h>
#include <gio/gunixoutputstream.h>
#include <glib-unix.h>
#include <sys/socket.h>
#include <unistd.h>

/* A splice that is under way holds a reference, since it ends later than it is cancelled. */
struct JfStdioPump
{
  int references;
  int fd;
  GCancellable *cancellable;
  GSource *hangup;
  gboolean in_ended;
  gboolean out_ended;
  gboolean told;
  void (*done) (const GError *error, gpointer data);
  gpointer data;
};

static void
pump_unref (JfStdioPump *self)
{
  if (--self->references > 0)
    return;
  close (self->fd);
  g_object_unref (self->cancellable);
  g_free (self);
}

static void
tell (JfStdioPump *self, const GError *error)
{
  if (self->told || g_cancellable_is_cancelled (self->cancellable))
    return;
  self->told = TRUE;
  self->done (error, self->data);
}

/* In this thread: the stream itself would have another one close its descriptor. */
static void
finish_splice (GObject *source, GAsyncResult *result, GError **error)
{
  (void) g_output_stream_splice_finish (G_OUTPUT_STREAM (source), result, error);
  close (g_unix_output_stream_get_fd (G_UNIX_OUTPUT_STREAM (source)));
}

static void
in_done_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  JfStdioPump *self = data;
  g_autoptr (GError) error = NULL;

  finish_splice (source, result, &error);
  self->in_ended = TRUE;
  (void) shutdown (self->fd, SHUT_WR);
  /* A write that failed means that the other side reads no more; what it still says counts. */
  if (self->out_ended)
    tell (self, error);
  pump_unref (self);
}

static gboolean
hangup_cb (int fd, GIOCondition condition, gpointer data)
{
  tell (data, NULL);
  return G_SOURCE_REMOVE;
}

static void
out_done_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  JfStdioPump *self = data;
  g_autoptr (GError) error = NULL;

  finish_splice (source, result, &error);
  self->out_ended = TRUE;
  if (self->in_ended || error != NULL)
    tell (self, error);
  else if (!g_cancellable_is_cancelled (self->cancellable))
    {
      /* Said all it had to say, and may go on listening: until it hangs up. */
      self->hangup = g_unix_fd_source_new (self->fd, G_IO_HUP);
      g_source_set_callback (self->hangup, G_SOURCE_FUNC (hangup_cb), self, NULL);
      g_source_attach (self->hangup, g_main_context_get_thread_default ());
    }
  pump_unref (self);
}

static void
start_splice (JfStdioPump *self, int from, int to, GAsyncReadyCallback done)
{
  g_autoptr (GInputStream) input = g_unix_input_stream_new (from, FALSE);
  g_autoptr (GOutputStream) output = g_unix_output_stream_new (to, FALSE);

  self->references++;
  g_output_stream_splice_async (output, input, G_OUTPUT_STREAM_SPLICE_NONE, G_PRIORITY_DEFAULT,
                                self->cancellable, done, self);
}

JfStdioPump *
jf_stdio_pump_new (int in_fd,
                   int out_fd,
                   int fd,
                   void (*done) (const GError *error, gpointer data),
                   gpointer data)
{
  JfStdioPump *self = g_new0 (JfStdioPump, 1);

  self->references = 1;
  self->fd = fd;
  self->done = done;
  self->data = data;
  self->cancellable = g_cancellable_new ();
  start_splice (self, in_fd, fcntl (fd, F_DUPFD_CLOEXEC, 0), in_done_cb);
  /* Closed at its end, so that who reads standard output notices. */
  start_splice (self, fd, out_fd, out_done_cb);
  return self;
}

void
jf_stdio_pump_free (JfStdioPump *self)
{
  g_cancellable_cancel (self->cancellable);
  if (self->hangup != NULL)
    {
      g_source_destroy (self->hangup);
      g_clear_pointer (&self->hangup, g_source_unref);
    }
  pump_unref (self);
}
