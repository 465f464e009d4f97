/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manager/admin-client.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-key-id.h"
#include "manager/state-dir.h"

typedef struct
{
  const char *state_dir;
  JfAdminRow row;
  gpointer data;
  GByteArray *pending; /* a line that is not whole yet */
  gboolean finished;   /* the last line was there, and it said ok */
} Answer;

static gboolean
fail_connect (const char *state_dir, int code, GError **error)
{
  switch (code)
    {
    case ENOENT:
    case ECONNREFUSED:
    case ENOTDIR:
      g_set_error (error, JF_ERROR, JF_ERROR_UNREACHABLE,
                   "no manager is running with state directory %s; start it with "
                   "jackfield-manager serve",
                   state_dir);
      break;
    case EACCES:
    case EPERM:
      g_set_error (error, JF_ERROR, JF_ERROR_NOT_ALLOWED,
                   "only root and the manager's own user may talk to the manager with state "
                   "directory %s; become one of them",
                   state_dir);
      break;
    default:
      g_set_error (error, JF_ERROR, JF_ERROR_UNREACHABLE,
                   "cannot talk to the manager with state directory %s: %s", state_dir,
                   g_strerror (code));
    }
  return FALSE;
}

static int
connect_admin (const char *state_dir, GError **error)
{
  g_autofree char *path = g_build_filename (state_dir, JF_ADMIN_SOCKET, NULL);
  const struct timeval patience = { .tv_sec = JF_ADMIN_TIMEOUT_S };
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd;

  if (strlen (path) >= sizeof address.sun_path)
    {
      fail_connect (state_dir, ENAMETOOLONG, error);
      return -1;
    }
  memcpy (address.sun_path, path, strlen (path));
  fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd >= 0)
    {
      setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
      setsockopt (fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
      if (connect (fd, (struct sockaddr *) &address, sizeof address) == 0)
        return fd;
    }
  fail_connect (state_dir, errno, error);
  if (fd >= 0)
    close (fd);
  return -1;
}

static gboolean
fail_io (const char *state_dir, int code, GError **error)
{
  gboolean late = code == EAGAIN || code == EWOULDBLOCK;

  g_set_error (error, JF_ERROR, late ? JF_ERROR_TIMEOUT : JF_ERROR_CLOSED,
               "the manager with state directory %s does not answer (%s); look at its log",
               state_dir, late ? "timed out" : g_strerror (code));
  return FALSE;
}

static gboolean
send_request (int fd, const char *state_dir, JsonObject *request, GError **error)
{
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), request);
  g_autofree char *text = json_to_string (node, FALSE);
  g_autofree char *line = g_strconcat (text, "\n", NULL);
  size_t sent = 0;

  while (line[sent])
    {
      gssize n = send (fd, line + sent, strlen (line + sent), MSG_NOSIGNAL);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return fail_io (state_dir, errno, error);
      sent += (size_t) n;
    }
  return TRUE;
}

static gboolean
fail_answer (const Answer *answer, GError **error)
{
  g_set_error (error, JF_ERROR, JF_ERROR_PROTOCOL,
               "the manager with state directory %s gave an answer that makes no sense; is it of "
               "another version than this program?",
               answer->state_dir);
  return FALSE;
}

const char *
jf_admin_row_text (JsonObject *row, const char *member)
{
  JsonNode *node = json_object_get_member (row, member);

  if (!node || !JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
    return "";
  return json_node_get_string (node);
}

/* {"status":"ok"} or {"status":"error",…}: the last line. */
static gboolean
take_status (Answer *answer, JsonObject *object, const char *status, GError **error)
{
  const char *message = jf_admin_row_text (object, "message");

  if (strcmp (status, "ok") == 0)
    {
      answer->finished = TRUE;
      return TRUE;
    }
  g_set_error_literal (error, JF_ERROR,
                       (int) jf_error_from_name (jf_admin_row_text (object, "code")),
                       message[0] ? message : "the manager could not do it; look at its log");
  return FALSE;
}

static gboolean
take_line (Answer *answer, const char *line, GError **error)
{
  g_autoptr (JsonNode) node = json_from_string (line, NULL);
  JsonObject *object;
  const char *status;

  if (answer->finished || !node || !JSON_NODE_HOLDS_OBJECT (node))
    return fail_answer (answer, error);
  object = json_node_get_object (node);
  status = jf_admin_row_text (object, "status");
  if (status[0])
    return take_status (answer, object, status, error);
  answer->row (object, line, answer->data);
  return TRUE;
}

/* The whole lines of what has come so far. */
static gboolean
take_lines (Answer *answer, GError **error)
{
  size_t start = 0;
  const char *data = (const char *) answer->pending->data;
  const char *end;

  while ((end = memchr (data + start, '\n', answer->pending->len - start)))
    {
      g_autofree char *line = g_strndup (data + start, (size_t) (end - data) - start);

      if (!take_line (answer, line, error))
        return FALSE;
      start = (size_t) (end - data) + 1;
    }
  if (start > 0)
    g_byte_array_remove_range (answer->pending, 0, (unsigned) start);
  return answer->pending->len <= JF_ADMIN_LINE_MAX_BYTES || fail_answer (answer, error);
}

static gboolean
read_answer (int fd, Answer *answer, GError **error)
{
  uint8_t buffer[16384];

  for (;;)
    {
      gssize n = recv (fd, buffer, sizeof buffer, 0);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return fail_io (answer->state_dir, errno, error);
      if (n == 0)
        return answer->finished || fail_io (answer->state_dir, ECONNRESET, error);
      g_byte_array_append (answer->pending, buffer, (unsigned) n);
      if (!take_lines (answer, error))
        return FALSE;
    }
}

gboolean
jf_admin_request (const char *state_dir,
                  JsonObject *request,
                  JfAdminRow row,
                  gpointer data,
                  GError **error)
{
  g_autofree char *default_dir = state_dir ? NULL : jf_state_dir_default ();
  g_autoptr (GByteArray) pending = g_byte_array_new ();
  Answer answer = {
    .state_dir = state_dir ? state_dir : default_dir,
    .row = row,
    .data = data,
    .pending = pending,
  };
  gboolean good;
  int fd = connect_admin (answer.state_dir, error);

  if (fd < 0)
    return FALSE;
  good = send_request (fd, answer.state_dir, request, error) && read_answer (fd, &answer, error);
  close (fd);
  return good;
}

JsonObject *
jf_admin_request_new (const char *verb)
{
  JsonObject *request = json_object_new ();

  json_object_set_string_member (request, "verb", verb);
  return request;
}

void
jf_admin_print_row (JsonObject *row, const char *line, gpointer unused)
{
  puts (line);
}

/* 9 bytes are whole characters of base64url; the tenth of the short form is not needed. */
#define WHO_BYTES 9
#define WHO_CHARS 12

char *
jf_admin_who (const char *text)
{
  char brief[JF_KEY_ID_SHORT_SIZE];
  char whole[JF_KEY_ID_TEXT_SIZE];
  JfKeyId key_id = { { 0 } };
  unsigned n = 0;

  for (const char *c = text; n < 2 * (WHO_BYTES + 1) && *c; c++)
    if (g_ascii_isxdigit (*c))
      {
        key_id.bytes[n / 2] = (uint8_t) (key_id.bytes[n / 2] << 4 | g_ascii_xdigit_value (*c));
        n++;
      }
  /* It is the short form when making that of it gives the same. */
  jf_key_id_format_short (&key_id, brief);
  if (n < 2 * (WHO_BYTES + 1) || strcmp (brief, text) != 0)
    return g_strdup (text);
  jf_key_id_format (&key_id, whole);
  return g_strndup (whole, WHO_CHARS);
}
