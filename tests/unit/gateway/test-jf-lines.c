/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/jf-lines.h"
#include "gateway/wire/jf-limits.h"
#include "gateway/wire/jf-message.h"

typedef struct
{
  JfLines *lines;
  int fd; /* the other side, raw */
  unsigned n_messages;
  char *last_type;
  int last_fd;
  gboolean closed;
} Fixture;

static void
message_cb (JfLines *lines, JsonObject *message, int fd, gpointer owner)
{
  Fixture *fixture = owner;

  fixture->n_messages++;
  g_free (fixture->last_type);
  fixture->last_type = g_strdup (jf_message_type (message));
  if (fd >= 0)
    fixture->last_fd = fd;
}

static void
closed_cb (JfLines *lines, gpointer owner)
{
  ((Fixture *) owner)->closed = TRUE;
}

static const JfLinesEvents events = {
  .message = message_cb,
  .closed = closed_cb,
};

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GSocket) socket = NULL;
  int pair[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, pair), ==, 0);
  socket = g_socket_new_from_fd (pair[0], NULL);
  fixture->fd = pair[1];
  fixture->last_fd = -1;
  fixture->lines = jf_lines_new (socket, &events, fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  jf_lines_free (fixture->lines);
  close (fixture->fd);
  if (fixture->last_fd >= 0)
    close (fixture->last_fd);
  g_free (fixture->last_type);
}

static void
send_raw (Fixture *fixture, const char *text)
{
  g_assert_cmpint (write (fixture->fd, text, strlen (text)), ==, strlen (text));
}

static void
wait_messages (Fixture *fixture, unsigned n)
{
  while (fixture->n_messages < n && !fixture->closed)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (fixture->n_messages, ==, n);
}

static void
test_split_and_joined (Fixture *fixture, gconstpointer data)
{
  send_raw (fixture, "{\"type\":\"on");
  g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (fixture->n_messages, ==, 0);
  send_raw (fixture, "e\"}\n{\"type\":\"two\"}\n{\"type\":\"three\"}\n");
  wait_messages (fixture, 3);
  g_assert_cmpstr (fixture->last_type, ==, "three");
}

static void
test_bad_lines (Fixture *fixture, gconstpointer data)
{
  static const char *const bad[] = { "\n", "[]\n", "{\"type\":1}\n", "x\n" };

  for (unsigned i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      send_raw (fixture, bad[i]);
      while (!fixture->closed)
        g_main_context_iteration (NULL, TRUE);
      g_assert_cmpuint (fixture->n_messages, ==, 0);
      tear_down (fixture, NULL);
      *fixture = (Fixture){ 0 };
      set_up (fixture, NULL);
    }
}

static void
test_endless_line (Fixture *fixture, gconstpointer data)
{
  g_autofree char *long_text = g_strnfill (1024, 'x');

  for (unsigned i = 0; i <= JF_MESSAGE_MAX_BYTES / 1024 && !fixture->closed; i++)
    {
      send_raw (fixture, long_text);
      g_main_context_iteration (NULL, TRUE);
    }
  while (!fixture->closed)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_end (Fixture *fixture, gconstpointer data)
{
  g_assert_cmpint (shutdown (fixture->fd, SHUT_WR), ==, 0);
  while (!fixture->closed)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_descriptor_rides_along (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GSocket) socket = g_socket_new_from_fd (dup (fixture->fd), NULL);
  g_autoptr (JsonObject) message = jf_message_new ("with-fd");
  JfLines *other;
  int ends[2];
  char byte = 0;

  g_assert_cmpint (pipe (ends), ==, 0);
  other = jf_lines_new (socket, &events, fixture);
  jf_lines_send (other, message, ends[1]);
  close (ends[1]);
  wait_messages (fixture, 1);
  g_assert_cmpint (fixture->last_fd, >=, 0);
  g_assert_cmpint (write (fixture->last_fd, "y", 1), ==, 1);
  g_assert_cmpint (read (ends[0], &byte, 1), ==, 1);
  g_assert_cmpint (byte, ==, 'y');
  close (ends[0]);
  jf_lines_free (other);
}

static void
test_long_path (void)
{
  g_autofree char *top = g_dir_make_tmp ("jf-lines-XXXXXX", NULL);
  g_autofree char *name = g_strnfill (120, 'd');
  g_autofree char *dir = g_build_filename (top, name, NULL);
  g_autoptr (GSocketAddress) address = NULL;
  int guard_fd;

  g_assert_cmpint (g_mkdir_with_parents (dir, 0700), ==, 0);
  address = jf_lines_address (dir, &guard_fd, NULL);
  g_assert_nonnull (address);
  g_assert_cmpint (guard_fd, >=, 0);
  close (guard_fd);
  rmdir (dir);
  rmdir (top);
}

#define ADD(name, func) g_test_add ("/lines/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("split-and-joined", test_split_and_joined);
  ADD ("bad-lines", test_bad_lines);
  ADD ("endless-line", test_endless_line);
  ADD ("end", test_end);
  ADD ("descriptor-rides-along", test_descriptor_rides_along);
  g_test_add_func ("/lines/long-path", test_long_path);
  return g_test_run ();
}
