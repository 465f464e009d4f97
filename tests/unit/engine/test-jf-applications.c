/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-applications.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "gateway/engine/jf-socket-table.h"
#include "gateway/wire/jf-error.h"
#include "tests/unit/engine/engine-dir.h"

/* A listening socket, as a pseudo socket is. */
typedef struct
{
  char *dir;
  JfPseudo *pseudo;
  GArray *fds; /* to be closed */
  GMainLoop *loop;
  JfApplications *found;
  GError *error;
} Fixture;

static JfPseudo *
open_pseudo (const char *text)
{
  const JfKeyId manager = { { 1 } };
  g_autoptr (JfPseudoSpec) spec = jf_pseudo_spec_parse (text, NULL);
  g_autoptr (GError) error = NULL;
  JfPseudo *pseudo = jf_pseudo_open (spec, &manager, "clinic/web", 0, 0, &error);

  g_assert_no_error (error);
  return pseudo;
}

/* data: where to listen; "unix" in the directory */
static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->dir = engine_dir_new ();
  fixture->fds = g_array_new (FALSE, FALSE, sizeof (int));
  fixture->loop = g_main_loop_new (NULL, FALSE);
  if (strcmp (data, "unix") == 0)
    {
      g_autofree char *text = g_strdup_printf ("unix:%s/web.sock", fixture->dir);

      fixture->pseudo = open_pseudo (text);
    }
  else
    fixture->pseudo = open_pseudo (data);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  for (unsigned i = 0; i < fixture->fds->len; i++)
    close (g_array_index (fixture->fds, int, i));
  g_array_unref (fixture->fds);
  jf_pseudo_free (fixture->pseudo);
  g_clear_pointer (&fixture->found, jf_applications_free);
  g_clear_error (&fixture->error);
  g_main_loop_unref (fixture->loop);
  engine_dir_free (fixture->dir);
}

static int
connect_to (Fixture *fixture, int family, const void *address, socklen_t size)
{
  int fd = socket (family, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_no_errno (connect (fd, address, size));
  return fd;
}

static int
connect_once (Fixture *fixture)
{
  const char *host = fixture->pseudo->host;
  struct sockaddr_un local = { .sun_family = AF_UNIX };
  struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons (fixture->pseudo->port) };
  struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons (fixture->pseudo->port) };

  if (fixture->pseudo->port == 0)
    {
      g_strlcpy (local.sun_path, host, sizeof local.sun_path);
      return connect_to (fixture, AF_UNIX, &local, sizeof local);
    }
  if (inet_pton (AF_INET6, host, &v6.sin6_addr) == 1)
    return connect_to (fixture, AF_INET6, &v6, sizeof v6);
  v4.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  return connect_to (fixture, AF_INET, &v4, sizeof v4);
}

static void
accept_one (Fixture *fixture)
{
  int fd;

  do
    fd = accept4 (fixture->pseudo->fd, NULL, NULL, SOCK_CLOEXEC);
  while (fd < 0);
  g_array_append_val (fixture->fds, fd);
}

static int
add_connection (Fixture *fixture)
{
  int fd = connect_once (fixture);

  g_array_append_val (fixture->fds, fd);
  accept_one (fixture);
  return fd;
}

static void
found_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Fixture *fixture = data;

  fixture->found = jf_applications_find_finish (result, &fixture->error);
  g_main_loop_quit (fixture->loop);
}

static void
find (Fixture *fixture)
{
  g_clear_pointer (&fixture->found, jf_applications_free);
  jf_applications_find_async (fixture->pseudo, NULL, found_cb, fixture);
  g_main_loop_run (fixture->loop);
  g_assert_no_error (fixture->error);
}

static const JfApplication *
get (Fixture *fixture, unsigned index)
{
  g_assert_cmpuint (index, <, fixture->found->list->len);
  return g_ptr_array_index (fixture->found->list, index);
}

static void
test_own (Fixture *fixture, gconstpointer data)
{
  find (fixture);
  g_assert_cmpuint (fixture->found->list->len, ==, 0);
  g_assert_cmpuint (fixture->found->unknown, ==, 0);
  for (int i = 0; i < 3; i++)
    add_connection (fixture);
  find (fixture);
  g_assert_cmpuint (fixture->found->list->len, ==, 1);
  g_assert_cmpuint (fixture->found->unknown, ==, 0);
  g_assert_cmpuint (get (fixture, 0)->connections, ==, 3);
  g_assert_cmpuint (get (fixture, 0)->processes, ==, 1);
  g_assert_cmpint (get (fixture, 0)->pid, ==, getpid ());
  g_assert_cmpstr (get (fixture, 0)->name, ==, "test-jf-applications");
}

/* Passed on, and not received yet: it is in no process' table. */
static void
test_unknown (Fixture *fixture, gconstpointer data)
{
  int pair[2];
  int fd = connect_once (fixture);
  char control[CMSG_SPACE (sizeof fd)] = { 0 };
  char byte = 0;
  struct iovec piece = { &byte, 1 };
  struct msghdr message = { .msg_iov = &piece,
                            .msg_iovlen = 1,
                            .msg_control = control,
                            .msg_controllen = sizeof control };
  struct cmsghdr *header = CMSG_FIRSTHDR (&message);

  accept_one (fixture);
  add_connection (fixture);
  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM, 0, pair));
  g_array_append_vals (fixture->fds, pair, 2);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN (sizeof fd);
  memcpy (CMSG_DATA (header), &fd, sizeof fd);
  g_assert_cmpint (sendmsg (pair[0], &message, 0), ==, 1);
  close (fd);
  find (fixture);
  g_assert_cmpuint (fixture->found->unknown, ==, 1);
  g_assert_cmpuint (get (fixture, 0)->connections, ==, 1);
}

/* A program that has gone does not use it any more, whatever our end is still doing. */
static void
test_closed (Fixture *fixture, gconstpointer data)
{
  int fd = connect_once (fixture);

  accept_one (fixture);
  close (fd);
  find (fixture);
  g_assert_cmpuint (fixture->found->list->len, ==, 0);
  g_assert_cmpuint (fixture->found->unknown, ==, 0);
}

/* Two processes of another program beside us. */
static void
test_others (Fixture *fixture, gconstpointer data)
{
  g_autofree char *script = g_strdup_printf ("exec 3<>/dev/tcp/127.0.0.1/%u && read -r wait",
                                             fixture->pseudo->port);
  const char *argv[] = { "bash", "-c", script, NULL };
  GPid pids[2];
  int inputs[2];

  for (int i = 0; i < 2; i++)
    {
      g_assert_true (g_spawn_async_with_pipes (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH,
                                               NULL, NULL, &pids[i], &inputs[i], NULL, NULL, NULL));
      accept_one (fixture);
    }
  add_connection (fixture);
  find (fixture);
  g_assert_cmpuint (fixture->found->list->len, ==, 2);
  g_assert_cmpstr (get (fixture, 0)->name, ==, "bash");
  g_assert_cmpuint (get (fixture, 0)->connections, ==, 2);
  g_assert_cmpuint (get (fixture, 0)->processes, ==, 2);
  g_assert_cmpint (get (fixture, 0)->pid, ==, MIN (pids[0], pids[1]));
  g_assert_cmpuint (get (fixture, 1)->connections, ==, 1);
  close (inputs[0]);
  close (inputs[1]);
}

/* Java, for one, speaks IPv4 with IPv6 sockets. */
static void
test_mapped (Fixture *fixture, gconstpointer data)
{
  struct sockaddr_in6 mapped = { .sin6_family = AF_INET6 };
  int fd;

  mapped.sin6_port = htons (fixture->pseudo->port);
  g_assert_cmpint (inet_pton (AF_INET6, "::ffff:127.0.0.1", &mapped.sin6_addr), ==, 1);
  fd = connect_to (fixture, AF_INET6, &mapped, sizeof mapped);
  g_array_append_val (fixture->fds, fd);
  accept_one (fixture);
  find (fixture);
  g_assert_cmpuint (fixture->found->list->len, ==, 1);
  g_assert_cmpuint (fixture->found->unknown, ==, 0);
}

static void
test_cancelled (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  add_connection (fixture);
  jf_applications_find_async (fixture->pseudo, cancellable, found_cb, fixture);
  g_cancellable_cancel (cancellable);
  g_main_loop_run (fixture->loop);
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* Without a thread. */
static void
test_table (Fixture *fixture, gconstpointer data)
{
  JfSocketTable table;
  g_autoptr (GError) error = NULL;

  add_connection (fixture);
  add_connection (fixture);
  g_assert_true (jf_socket_table_read (&table, fixture->pseudo->host, fixture->pseudo->port, NULL));
  g_assert_cmpuint (table.n_total, ==, 2);
  g_assert_cmpuint (g_hash_table_size (table.inodes), ==, 2);
  jf_socket_table_clear (&table);
  g_assert_false (jf_socket_table_read (&table, "no address", 1, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_INVALID);
}

#ifdef __SANITIZE_THREAD__ /* it reports GLib's own thread pool */
#define THREADS FALSE
#else
#define THREADS TRUE
#endif

#define ADD(where, name, func)                                                                     \
  g_test_add ("/applications/" name, Fixture, where, set_up, func, tear_down)

static void
add_threaded (void)
{
  ADD ("127.0.0.1:0", "own", test_own);
  ADD ("unix", "own-unix", test_own);
  ADD ("0.0.0.0:0", "own-any", test_own);
  if (g_file_test ("/proc/net/if_inet6", G_FILE_TEST_EXISTS))
    {
      ADD ("[::1]:0", "own-v6", test_own);
      ADD ("127.0.0.1:0", "mapped", test_mapped);
    }
  ADD ("127.0.0.1:0", "unknown", test_unknown);
  ADD ("unix", "unknown-unix", test_unknown);
  ADD ("127.0.0.1:0", "closed", test_closed);
  ADD ("unix", "closed-unix", test_closed);
  ADD ("127.0.0.1:0", "others", test_others);
  ADD ("127.0.0.1:0", "cancelled", test_cancelled);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("127.0.0.1:0", "table", test_table);
  ADD ("unix", "table-unix", test_table);
  if (THREADS)
    add_threaded ();
  return g_test_run ();
}
