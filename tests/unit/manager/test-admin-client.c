/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manager/admin-client.h"

#include <glib/gstdio.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "gateway/wire/jf-error.h"

/* A manager that takes one request and gives one fixed answer. */
typedef struct
{
  char *dir;
  char *path;
  const char *answer;
  char request[1024];
  int fd;
  pthread_t thread;
} Fixture;

static void
setup (Fixture *f, gconstpointer data)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };

  f->dir = g_dir_make_tmp ("jf-admin-XXXXXX", NULL);
  f->path = g_build_filename (f->dir, JF_ADMIN_SOCKET, NULL);
  g_strlcpy (address.sun_path, f->path, sizeof address.sun_path);
  f->fd = socket (AF_UNIX, SOCK_STREAM, 0);
  g_assert_cmpint (bind (f->fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (listen (f->fd, 1), ==, 0);
}

static void
teardown (Fixture *f, gconstpointer data)
{
  if (f->fd >= 0)
    close (f->fd);
  g_remove (f->path);
  g_rmdir (f->dir);
  g_free (f->path);
  g_free (f->dir);
}

static void *
answer_thread (void *data)
{
  Fixture *f = data;
  int fd = accept (f->fd, NULL, NULL);
  size_t got = 0;
  size_t sent = 0;

  while (got == 0 || f->request[got - 1] != '\n')
    {
      gssize n = read (fd, f->request + got, sizeof f->request - 1 - got);

      g_assert_cmpint (n, >, 0);
      got += (size_t) n;
    }
  while (f->answer[sent])
    {
      gssize n = send (fd, f->answer + sent, strlen (f->answer + sent), MSG_NOSIGNAL);

      if (n <= 0)
        break; /* it has heard enough */
      sent += (size_t) n;
    }
  close (fd);
  return NULL;
}

static void
gather_row (JsonObject *row, const char *line, gpointer lines)
{
  g_ptr_array_add (lines, g_strdup (line));
}

static gboolean
ask (Fixture *f, const char *answer, GPtrArray *lines, GError **error)
{
  g_autoptr (JsonObject) request = jf_admin_request_new ("members");
  gboolean good;

  f->answer = answer;
  g_assert_cmpint (pthread_create (&f->thread, NULL, answer_thread, f), ==, 0);
  good = jf_admin_request (f->dir, request, gather_row, lines, error);
  pthread_join (f->thread, NULL);
  return good;
}

static void
test_rows (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;

  ask (f, "{\"member\":\"alice\"}\n{\"member\":\"bob\"}\n{\"status\":\"ok\"}\n", lines, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (f->request, ==, "{\"verb\":\"members\"}\n");
  g_assert_cmpuint (lines->len, ==, 2);
  g_assert_cmpstr (lines->pdata[1], ==, "{\"member\":\"bob\"}");
}

static void
test_refusal (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;

  g_assert_false (
      ask (f, "{\"status\":\"error\",\"code\":\"not-available\",\"message\":\"no such member\"}\n",
           lines, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_NOT_AVAILABLE);
  g_assert_cmpstr (error->message, ==, "no such member");
}

static void
test_bare_refusal (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (ask (f, "{\"status\":\"error\",\"code\":7}\n", NULL, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_FAILED);
  g_assert_cmpstr (error->message, !=, "");
}

/* An answer that ends early is no success, whatever rows it had. */
static void
test_cut (Fixture *f, gconstpointer data)
{
  static const char *const cuts[] = {
    "", "{\"member\":\"alice\"}\n", "{\"member\":\"alice\"}\n{\"status\":\"ok\"}", /* no newline */
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (cuts); i++)
    {
      g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
      g_autoptr (GError) error = NULL;

      g_assert_false (ask (f, cuts[i], lines, &error));
      g_assert_error (error, JF_ERROR, JF_ERROR_CLOSED);
      g_assert_nonnull (strstr (error->message, f->dir));
    }
}

static void
test_nonsense (Fixture *f, gconstpointer data)
{
  g_autofree char *endless = g_strnfill (JF_ADMIN_LINE_MAX_BYTES + 100000, 'x');
  const char *const answers[] = {
    "hello\n", "[1]\n", "\n", "7\n", "{\"status\":\"ok\"}\n{\"member\":\"late\"}\n", endless,
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
      g_autoptr (GError) error = NULL;

      g_assert_false (ask (f, answers[i], lines, &error));
      g_assert_error (error, JF_ERROR, JF_ERROR_PROTOCOL);
    }
}

static void
expect_none (const char *dir)
{
  g_autoptr (JsonObject) request = jf_admin_request_new ("members");
  g_autoptr (GError) error = NULL;

  g_assert_false (jf_admin_request (dir, request, gather_row, NULL, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_UNREACHABLE);
  g_assert_nonnull (strstr (error->message, dir));
}

static void
test_no_manager (Fixture *f, gconstpointer data)
{
  g_autofree char *none = g_build_filename (f->dir, "none", NULL);
  g_autofree char *name = g_strnfill (200, 'x');
  g_autofree char *far = g_build_filename (f->dir, name, NULL);

  expect_none (none);
  expect_none (far);
  expect_none (f->path); /* a socket where the directory should be */
  close (f->fd);
  f->fd = -1;
  expect_none (f->dir); /* nobody listens any more */
}

/* What the tables print can be typed. */
static void
test_who (void)
{
  static const char *const others[] = {
    "alice",
    "",
    "ZTHlJhEg",
    "6531-e526",
    "6531-E526-1120-b0b3-d493",
    "6531-e526-1120-b0b3-d4930",
    "6531e5261120b0b3d493",
  };
  g_autofree char *who = jf_admin_who ("6531-e526-1120-b0b3-d493");

  g_assert_cmpstr (who, ==, "ZTHlJhEgsLPU");
  for (unsigned i = 0; i < G_N_ELEMENTS (others); i++)
    {
      g_autofree char *same = jf_admin_who (others[i]);

      g_assert_cmpstr (same, ==, others[i]);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/manager/admin-client/rows", Fixture, NULL, setup, test_rows, teardown);
  g_test_add ("/manager/admin-client/refusal", Fixture, NULL, setup, test_refusal, teardown);
  g_test_add ("/manager/admin-client/bare-refusal", Fixture, NULL, setup, test_bare_refusal,
              teardown);
  g_test_add ("/manager/admin-client/cut", Fixture, NULL, setup, test_cut, teardown);
  g_test_add ("/manager/admin-client/nonsense", Fixture, NULL, setup, test_nonsense, teardown);
  g_test_add ("/manager/admin-client/no-manager", Fixture, NULL, setup, test_no_manager, teardown);
  g_test_add_func ("/manager/admin-client/who", test_who);
  return g_test_run ();
}
