/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/jf-lines.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixfdmessage.h>
#include <gio/gunixsocketaddress.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-limits.h"
#include "gateway/wire/jf-message.h"

#define SOCKET_NAME      "gateway.sock"
#define READ_CHUNK_BYTES 16384

struct JfLines
{
  GMainContext *context;
  GSocket *socket;
  const JfLinesEvents *events;
  gpointer owner;
  GSource *in_source;
  GSource *out_source;
  GByteArray *in;
  GByteArray *out;
  int in_fd;      /* came with the bytes at hand; -1 none */
  int out_fd;     /* goes with the first byte of `out`; -1 none */
  gboolean *gone; /* set by jf_lines_free() for whoever is in the middle of an event */
};

static void
clear_source (GSource **source)
{
  if (*source == NULL)
    return;
  g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
clear_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

static void
fail (JfLines *self)
{
  clear_source (&self->in_source);
  clear_source (&self->out_source);
  self->events->closed (self, self->owner);
}

/* FALSE: the owner has freed it. */
static gboolean
deliver (JfLines *self, const uint8_t *line, size_t size)
{
  g_autoptr (JsonObject) message = jf_message_parse (line, size, NULL);
  gboolean gone = FALSE;
  int fd;

  if (message == NULL)
    {
      fail (self);
      return FALSE;
    }
  fd = self->in_fd;
  self->in_fd = -1;
  self->gone = &gone;
  self->events->message (self, message, fd, self->owner);
  if (gone)
    return FALSE;
  self->gone = NULL;
  return TRUE;
}

static void
deliver_all (JfLines *self)
{
  const uint8_t *end;

  while ((end = memchr (self->in->data, '\n', self->in->len)) != NULL)
    {
      size_t size = (size_t) (end - self->in->data);
      g_autofree uint8_t *line = g_memdup2 (self->in->data, size);

      g_byte_array_remove_range (self->in, 0, (unsigned) size + 1);
      if (!deliver (self, line, size))
        return;
      if (self->in->len == 0)
        return;
    }
  if (self->in->len > JF_MESSAGE_MAX_BYTES)
    fail (self);
}

static void
take_fds (JfLines *self, GSocketControlMessage **messages, int n)
{
  for (int i = 0; i < n; i++)
    {
      if (G_IS_UNIX_FD_MESSAGE (messages[i]))
        {
          int n_fds;
          g_autofree int *fds = g_unix_fd_message_steal_fds (G_UNIX_FD_MESSAGE (messages[i]),
                                                             &n_fds);

          for (int j = 0; j < n_fds; j++)
            {
              clear_fd (&self->in_fd);
              self->in_fd = fds[j];
            }
        }
      g_object_unref (messages[i]);
    }
  g_free (messages);
}

static gboolean
readable_cb (GSocket *socket, GIOCondition condition, gpointer data)
{
  JfLines *self = data;
  g_autoptr (GError) error = NULL;
  GSocketControlMessage **messages = NULL;
  uint8_t buffer[READ_CHUNK_BYTES];
  GInputVector vector = { buffer, sizeof buffer };
  int n_messages = 0;
  gssize got = g_socket_receive_message (socket, NULL, &vector, 1, &messages, &n_messages, NULL,
                                         NULL, &error);

  if (got < 0 && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    return G_SOURCE_CONTINUE;
  take_fds (self, messages, n_messages);
  if (got <= 0)
    {
      fail (self);
      return G_SOURCE_REMOVE;
    }
  g_byte_array_append (self->in, buffer, (unsigned) got);
  deliver_all (self);
  return G_SOURCE_CONTINUE;
}

static gssize
send_some (JfLines *self, GError **error)
{
  GOutputVector vector = { self->out->data, self->out->len };
  g_autoptr (GSocketControlMessage) control = NULL;
  gssize sent;

  if (self->out_fd >= 0)
    {
      control = g_unix_fd_message_new ();
      if (!g_unix_fd_message_append_fd (G_UNIX_FD_MESSAGE (control), self->out_fd, error))
        return -1;
    }
  sent = g_socket_send_message (self->socket, NULL, &vector, 1, control != NULL ? &control : NULL,
                                control != NULL ? 1 : 0, G_SOCKET_MSG_NONE, NULL, error);
  if (sent > 0)
    clear_fd (&self->out_fd);
  return sent;
}

static gboolean
writable_cb (GSocket *socket, GIOCondition condition, gpointer data)
{
  JfLines *self = data;

  while (self->out->len > 0)
    {
      g_autoptr (GError) error = NULL;
      gssize sent = send_some (self, &error);

      if (sent < 0 && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        return G_SOURCE_CONTINUE;
      /* The end is noticed, and told, by reading. */
      if (sent <= 0)
        g_byte_array_set_size (self->out, 0);
      else
        g_byte_array_remove_range (self->out, 0, (unsigned) sent);
    }
  clear_source (&self->out_source);
  return G_SOURCE_REMOVE;
}

static GSource *
watch (JfLines *self, GIOCondition condition, GSocketSourceFunc func)
{
  GSource *source = g_socket_create_source (self->socket, condition, NULL);

  g_source_set_callback (source, G_SOURCE_FUNC (func), self, NULL);
  g_source_attach (source, self->context);
  return source;
}

void
jf_lines_send (JfLines *self, JsonObject *message, int fd)
{
  g_autoptr (GBytes) bytes = jf_message_to_bytes (message, NULL);

  if (bytes == NULL || self->in_source == NULL)
    return;
  if (self->out->len + g_bytes_get_size (bytes) > JF_LINES_QUEUE_MAX_BYTES)
    {
      /* Wakes the reader with the end of the stream, which closes in order. */
      (void) g_socket_shutdown (self->socket, TRUE, TRUE, NULL);
      return;
    }
  if (fd >= 0 && self->out->len == 0)
    self->out_fd = fcntl (fd, F_DUPFD_CLOEXEC, 0);
  g_byte_array_append (self->out, g_bytes_get_data (bytes, NULL),
                       (unsigned) g_bytes_get_size (bytes));
  g_byte_array_append (self->out, (const uint8_t *) "\n", 1);
  if (self->out_source == NULL)
    self->out_source = watch (self, G_IO_OUT, writable_cb);
}

JfLines *
jf_lines_new (GSocket *socket, const JfLinesEvents *events, gpointer owner)
{
  JfLines *self = g_new0 (JfLines, 1);

  self->context = g_main_context_ref_thread_default ();
  self->socket = g_object_ref (socket);
  self->events = events;
  self->owner = owner;
  self->in = g_byte_array_new ();
  self->out = g_byte_array_new ();
  self->in_fd = -1;
  self->out_fd = -1;
  g_socket_set_blocking (socket, FALSE);
  self->in_source = watch (self, G_IO_IN, readable_cb);
  return self;
}

void
jf_lines_free (JfLines *self)
{
  if (self->gone != NULL)
    *self->gone = TRUE;
  clear_source (&self->in_source);
  clear_source (&self->out_source);
  clear_fd (&self->in_fd);
  clear_fd (&self->out_fd);
  (void) g_socket_close (self->socket, NULL);
  g_object_unref (self->socket);
  g_byte_array_unref (self->in);
  g_byte_array_unref (self->out);
  g_main_context_unref (self->context);
  g_free (self);
}

GSocketAddress *
jf_lines_address (const char *dir, int *guard_fd, GError **error)
{
  g_autofree char *path = g_build_filename (dir, SOCKET_NAME, NULL);
  g_autofree char *through = NULL;

  *guard_fd = -1;
  if (strlen (path) < sizeof ((struct sockaddr_un *) 0)->sun_path)
    return g_unix_socket_address_new (path);
  *guard_fd = open (dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (*guard_fd < 0)
    {
      g_set_error (error, JF_ERROR, JF_ERROR_STORAGE, "cannot open %s: %s", dir,
                   g_strerror (errno));
      return NULL;
    }
  through = g_strdup_printf ("/proc/self/fd/%d/%s", *guard_fd, SOCKET_NAME);
  return g_unix_socket_address_new (through);
}
