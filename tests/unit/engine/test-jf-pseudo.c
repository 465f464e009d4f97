/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-pseudo.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/wire/jf-names.h"
#include "tests/unit/engine/plane-test.h"

#define SERVICE "clinic/ward-camera"
/* What a child says that cannot do what it was made for. */
#define CHILD_SKIPS 77

static const JfKeyId manager = { { 1, 2, 3 } };
static const JfPseudoSpec stable = { .kind = JF_PSEUDO_STABLE };

static char *
stable_host (unsigned attempt)
{
  uint32_t address = jf_service_address (&manager, SERVICE, attempt);

  return g_strdup_printf ("%u.%u.%u.%u", address >> 24, address >> 16 & 255, address >> 8 & 255,
                          address & 255);
}

/* Was free a moment ago. */
static uint16_t
free_port (const char *host)
{
  uint16_t port;

  close (plane_listen (host, &port, 1));
  return port;
}

static JfPseudo *
open_text (const char *text, GError **error)
{
  g_autoptr (GError) parse_error = NULL;
  g_autoptr (JfPseudoSpec) spec = jf_pseudo_spec_parse (text, &parse_error);

  g_assert_no_error (parse_error);
  return jf_pseudo_open (spec, &manager, SERVICE, 554, 0, error);
}

static void
assert_reachable (JfPseudo *pseudo)
{
  int made = plane_connect (pseudo->host, pseudo->port), accepted;

  g_assert_cmpint (fcntl (pseudo->fd, F_GETFL) & O_NONBLOCK, !=, 0);
  g_assert_cmpint (fcntl (pseudo->fd, F_GETFD) & FD_CLOEXEC, !=, 0);
  accepted = accept (pseudo->fd, NULL, NULL);
  g_assert_no_errno (accepted);
  close (accepted);
  close (made);
}

static void
test_spec_good (void)
{
  static const struct
  {
    const char *text;
    JfPseudoSpec spec;
  } good[] = {
    { NULL, { .kind = JF_PSEUDO_STABLE } },
    { "", { .kind = JF_PSEUDO_STABLE } },
    { "stdio", { .kind = JF_PSEUDO_STDIO } },
    { "unix:/run/x", { .kind = JF_PSEUDO_UNIX, .path = (char *) "/run/x" } },
    { "unix:/run/../tmp//x", { .kind = JF_PSEUDO_UNIX, .path = (char *) "/tmp/x" } },
    { "127.0.0.1:0", { .kind = JF_PSEUDO_ADDRESS, .host = (char *) "127.0.0.1" } },
    { "0.0.0.0:65535", { .kind = JF_PSEUDO_ADDRESS, .host = (char *) "0.0.0.0", .port = 65535 } },
    { "[::1]:80", { .kind = JF_PSEUDO_ADDRESS, .host = (char *) "::1", .port = 80 } },
    { "[2001:db8::1]:8080",
      { .kind = JF_PSEUDO_ADDRESS, .host = (char *) "2001:db8::1", .port = 8080 } },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (JfPseudoSpec) spec = jf_pseudo_spec_parse (good[i].text, &error);

      g_assert_no_error (error);
      g_assert_cmpint (spec->kind, ==, good[i].spec.kind);
      g_assert_cmpstr (spec->host, ==, good[i].spec.host);
      g_assert_cmpstr (spec->path, ==, good[i].spec.path);
      g_assert_cmpuint (spec->port, ==, good[i].spec.port);
    }
  jf_pseudo_spec_free (NULL);
}

static void
test_spec_bad (void)
{
  static const char *const bad[] = {
    "127.0.0.1",
    "127.0.0.1:",
    "127.0.0.1:65536",
    "127.0.0.1:-1",
    "127.0.0.1:+1",
    "127.0.0.1: 1",
    "127.0.0.1:1x",
    "127.0.0.1:99999999999999999999",
    ":80",
    ":",
    "localhost:80",
    "127.1:80",
    "256.0.0.1:80",
    "[]:80",
    "[:80",
    "]:80",
    "[::1:80",
    "::1]:80",
    "[::1]",
    "[::1]80",
    "[[::1]]:80",
    "[127.0.0.1]:80",
    "::1:80", /* is ::1 port 80, or ::1:80 without one? */
    "2001:db8::1:80",
    "unix:",
    "Stdio",
    "stdio ",
    "tcp:127.0.0.1:80",
    "8080",
  };
  g_autofree char *deep = g_strnfill (200, 'x');
  g_autofree char *too_long = g_strconcat ("unix:/", deep, NULL);
  g_autoptr (GError) error = NULL;

  for (unsigned i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) one = NULL;

      g_test_message ("“%s”", bad[i]);
      g_assert_null (jf_pseudo_spec_parse (bad[i], &one));
      g_assert_error (one, JF_ERROR, JF_ERROR_INVALID);
      g_assert_nonnull (strstr (one->message, bad[i]));
    }
  g_assert_null (jf_pseudo_spec_parse (too_long, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_INVALID);
}

static void
test_stable (void)
{
  g_autofree char *host = stable_host (0);
  uint16_t port = free_port (host);

  for (int again = 0; again < 2; again++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (JfPseudo) pseudo = jf_pseudo_open (&stable, &manager, SERVICE, port, 0, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (pseudo->host, ==, host);
      g_assert_cmpuint (pseudo->port, ==, port);
      g_assert_false (pseudo->moved);
      g_assert_false (pseudo->open_to_network);
      assert_reachable (pseudo);
    }
}

/* Somebody else at our address: another address, the same port. */
static void
test_collision (void)
{
  g_autofree char *first = stable_host (0), *second = stable_host (1);
  g_autoptr (GError) error = NULL;
  uint16_t port;
  int other = plane_listen (first, &port, 1);
  g_autoptr (JfPseudo) pseudo = jf_pseudo_open (&stable, &manager, SERVICE, port, 0, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (pseudo->host, ==, second);
  g_assert_cmpuint (pseudo->port, ==, port);
  g_assert_false (pseudo->moved);
  close (other);
}

/* Somebody else at every address: the port of last time, and then any. */
static void
test_busy_port (void)
{
  g_autofree char *host = stable_host (0);
  uint16_t port, remembered;
  int other = plane_listen ("0.0.0.0", &port, 1), another;
  g_autoptr (GError) error = NULL;
  JfPseudo *pseudo;

  remembered = free_port (host);
  pseudo = jf_pseudo_open (&stable, &manager, SERVICE, port, remembered, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (pseudo->host, ==, host);
  g_assert_cmpuint (pseudo->port, ==, remembered);
  g_assert_true (pseudo->moved);
  assert_reachable (pseudo);
  jf_pseudo_free (pseudo);

  another = plane_listen ("0.0.0.0", &remembered, 1);
  pseudo = jf_pseudo_open (&stable, &manager, SERVICE, port, remembered, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (pseudo->port, !=, 0);
  g_assert_cmpuint (pseudo->port, !=, port);
  g_assert_cmpuint (pseudo->port, !=, remembered);
  g_assert_true (pseudo->moved);
  assert_reachable (pseudo);
  jf_pseudo_free (pseudo);
  pseudo = jf_pseudo_open (&stable, &manager, SERVICE, port, 0, &error);
  g_assert_no_error (error);
  g_assert_true (pseudo->moved);
  jf_pseudo_free (pseudo);
  close (another);
  close (other);
}

static void
bring_loopback_up (void)
{
  struct ifreq request = { .ifr_name = "lo" };
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

  if (ioctl (fd, SIOCGIFFLAGS, &request) == 0)
    {
      request.ifr_flags |= IFF_UP;
      ioctl (fd, SIOCSIFFLAGS, &request);
    }
  close (fd);
}

/* As an ordinary user, in a network of its own, where the system's setting is what it is by
 * default. */
static void
be_ordinary (void)
{
  g_autofree char *text = NULL;

  if (getuid () == 0 && unshare (CLONE_NEWNET) == 0)
    bring_loopback_up ();
  if (getuid () == 0 && setresuid (12345, 12345, 12345) < 0)
    _exit (CHILD_SKIPS);
  if (!g_file_get_contents ("/proc/sys/net/ipv4/ip_unprivileged_port_start", &text, NULL, NULL) ||
      g_ascii_strtoull (text, NULL, 10) <= 554)
    _exit (CHILD_SKIPS);
}

static void
privileged_child (void)
{
  g_autofree char *host = stable_host (0);
  g_autoptr (GError) error = NULL;
  g_autoptr (JfPseudoSpec) chosen = jf_pseudo_spec_parse ("127.0.0.1:554", NULL);
  JfPseudo *pseudo;
  uint16_t remembered;

  be_ordinary ();
  remembered = free_port (host);
  pseudo = jf_pseudo_open (&stable, &manager, SERVICE, 554, remembered, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (pseudo->host, ==, host);
  g_assert_cmpuint (pseudo->port, ==, remembered);
  g_assert_true (pseudo->moved);
  jf_pseudo_free (pseudo);
  /* A port that the user chose is not replaced by another. */
  g_assert_null (jf_pseudo_open (chosen, &manager, SERVICE, 80, remembered, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_BUSY);
}

static void
test_privileged_port (void)
{
  int status;
  pid_t pid = fork ();

  g_assert_no_errno (pid);
  if (pid == 0)
    {
      privileged_child ();
      _exit (0);
    }
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  if (WIFEXITED (status) && WEXITSTATUS (status) == CHILD_SKIPS)
    g_test_skip ("every port is everybody's here (ip_unprivileged_port_start)");
  else
    g_assert_cmpint (status, ==, 0);
}

static void
test_address (void)
{
  static const struct
  {
    const char *text;
    gboolean open_to_network;
  } cases[] = {
    { "127.0.0.1:0", FALSE }, { "127.5.6.7:0", FALSE }, { "[::1]:0", FALSE },
    { "0.0.0.0:0", TRUE },    { "[::]:0", TRUE },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *taken = NULL;
      g_autoptr (JfPseudo) pseudo = open_text (cases[i].text, &error);

      g_assert_no_error (error);
      g_assert_cmpuint (pseudo->port, !=, 0);
      g_assert_false (pseudo->moved);
      g_assert_cmpint (pseudo->open_to_network, ==, cases[i].open_to_network);
      assert_reachable (pseudo);
      taken = g_strdup_printf ("%.*s:%u", (int) (strlen (cases[i].text) - 2), cases[i].text,
                               pseudo->port);
      g_assert_null (open_text (taken, &error));
      g_assert_error (error, JF_ERROR, JF_ERROR_BUSY);
    }
}

/* "[::]" is IPv6 alone: nobody meant IPv4 as well. And an address that is not here is an error. */
static void
test_address_oddities (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JfPseudo) pseudo = open_text ("[::]:0", &error);
  g_autofree char *same = g_strdup_printf ("127.0.0.1:%u", pseudo->port);
  g_autoptr (JfPseudo) v4 = open_text (same, &error);

  g_assert_no_error (error);
  g_assert_nonnull (v4);
  g_assert_null (open_text ("192.0.2.1:0", &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_BUSY);
  g_clear_error (&error);
  g_assert_null (open_text ("stdio", &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_INVALID);
}

typedef struct
{
  char *directory;
  char *path;
  char *text;
} UnixFixture;

static void
unix_set_up (UnixFixture *self, gconstpointer data)
{
  self->directory = g_dir_make_tmp ("jackfield-XXXXXX", NULL);
  self->path = g_build_filename (self->directory, "socket", NULL);
  self->text = g_strconcat ("unix:", self->path, NULL);
}

static void
unix_tear_down (UnixFixture *self, gconstpointer data)
{
  g_unlink (self->path);
  g_assert_no_errno (g_rmdir (self->directory));
  g_free (self->directory);
  g_free (self->path);
  g_free (self->text);
}

static void
test_unix (UnixFixture *self, gconstpointer data)
{
  mode_t old = umask (0);
  g_autoptr (GError) error = NULL;
  JfPseudo *pseudo = open_text (self->text, &error);
  struct stat info;

  umask (old);
  g_assert_no_error (error);
  g_assert_cmpstr (pseudo->host, ==, self->path);
  g_assert_cmpuint (pseudo->port, ==, 0);
  g_assert_false (pseudo->moved);
  g_assert_false (pseudo->open_to_network);
  g_assert_no_errno (stat (self->path, &info));
  g_assert_true (S_ISSOCK (info.st_mode));
  g_assert_cmpint (info.st_mode & 07777, ==, 0600);
  /* A second one does not push the first out. */
  g_assert_null (open_text (self->text, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_BUSY);
  g_assert_nonnull (strstr (error->message, self->path));
  g_assert_cmpint (g_access (self->path, F_OK), ==, 0);
  jf_pseudo_free (pseudo);
  g_assert_cmpint (g_access (self->path, F_OK), <, 0);
}

static void
test_unix_stale (UnixFixture *self, gconstpointer data)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_autoptr (GError) error = NULL;
  JfPseudo *pseudo;

  g_strlcpy (address.sun_path, self->path, sizeof address.sun_path);
  g_assert_no_errno (bind (fd, (struct sockaddr *) &address, sizeof address));
  close (fd); /* as a killed process leaves it */
  pseudo = open_text (self->text, &error);
  g_assert_no_error (error);
  jf_pseudo_free (pseudo);
}

/* Files, directories and links are somebody's, and stay. */
static void
test_unix_not_a_socket (UnixFixture *self, gconstpointer data)
{
  g_autofree char *content = NULL;
  g_autoptr (GError) error = NULL;
  struct stat info;

  g_assert_true (g_file_set_contents (self->path, "precious", -1, NULL));
  g_assert_null (open_text (self->text, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_BUSY);
  g_assert_true (g_file_get_contents (self->path, &content, NULL, NULL));
  g_assert_cmpstr (content, ==, "precious");
  g_clear_error (&error);
  g_unlink (self->path);
  g_assert_no_errno (symlink ("elsewhere", self->path));
  g_assert_null (open_text (self->text, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_BUSY);
  g_assert_no_errno (lstat (self->path, &info));
  g_assert_true (S_ISLNK (info.st_mode));
}

/* Somebody put something of their own where our socket was: it is not ours to remove. */
static void
test_unix_replaced (UnixFixture *self, gconstpointer data)
{
  JfPseudo *pseudo = open_text (self->text, NULL);

  g_assert_nonnull (pseudo);
  g_unlink (self->path);
  g_assert_true (g_file_set_contents (self->path, "precious", -1, NULL));
  jf_pseudo_free (pseudo);
  g_assert_cmpint (g_access (self->path, F_OK), ==, 0);
}

static void
test_unix_no_directory (UnixFixture *self, gconstpointer data)
{
  g_autofree char *text = g_strconcat ("unix:", self->directory, "/none/socket", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (open_text (text, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_BUSY);
}

#define ADD_UNIX(path, function)                                                                   \
  g_test_add (path, UnixFixture, NULL, unix_set_up, function, unix_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pseudo/spec/good", test_spec_good);
  g_test_add_func ("/pseudo/spec/bad", test_spec_bad);
  g_test_add_func ("/pseudo/stable", test_stable);
  g_test_add_func ("/pseudo/collision", test_collision);
  g_test_add_func ("/pseudo/busy-port", test_busy_port);
  g_test_add_func ("/pseudo/privileged-port", test_privileged_port);
  g_test_add_func ("/pseudo/address", test_address);
  g_test_add_func ("/pseudo/address-oddities", test_address_oddities);
  ADD_UNIX ("/pseudo/unix/mode", test_unix);
  ADD_UNIX ("/pseudo/unix/stale", test_unix_stale);
  ADD_UNIX ("/pseudo/unix/not-a-socket", test_unix_not_a_socket);
  ADD_UNIX ("/pseudo/unix/replaced", test_unix_replaced);
  ADD_UNIX ("/pseudo/unix/no-directory", test_unix_no_directory);
  return g_test_run ();
}
