/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* The program itself, as people start it: JF_MANAGER names it. */
#define READY_FD 5

typedef struct
{
  char *dir;
  char *state;
  char *config;
  GString *log; /* what was read of its standard error */
  int log_fd;
  pid_t pid; /* 0: not running */
  char *listen;
} Fixture;

typedef struct
{
  int status; /* exit status */
  char *out;
  char *err;
} Result;

static void
result_clear (Result *result)
{
  g_free (result->out);
  g_free (result->err);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Result, result_clear)

static void
setup (Fixture *f, gconstpointer data)
{
  f->dir = g_dir_make_tmp ("jf-manager-XXXXXX", NULL);
  f->state = g_build_filename (f->dir, "state", NULL);
  f->config = g_build_filename (f->dir, "manager.conf", NULL);
  f->log = g_string_new (NULL);
  f->log_fd = -1;
}

static void
remove_all (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *inner = g_build_filename (path, name, NULL);

      if (g_file_test (inner, G_FILE_TEST_IS_DIR))
        remove_all (inner);
      else
        g_remove (inner);
    }
  g_rmdir (path);
}

static int
wait_exit (Fixture *f)
{
  int status = -1;

  g_assert_cmpint (waitpid (f->pid, &status, 0), ==, f->pid);
  f->pid = 0;
  return status;
}

static void
teardown (Fixture *f, gconstpointer data)
{
  if (f->pid > 0)
    {
      kill (f->pid, SIGKILL);
      wait_exit (f);
    }
  remove_all (f->dir);
  g_free (f->dir);
  g_free (f->state);
  g_free (f->config);
  g_string_free (f->log, TRUE);
  if (f->log_fd >= 0)
    close (f->log_fd);
  g_free (f->listen);
}

/* Runs a verb to its end; the words are separated by blanks. */
static Result
run (Fixture *f, const char *words)
{
  g_autofree char *line = g_strdup_printf ("%s --state-dir=%s", words, f->state);
  g_auto (GStrv) argv = g_strsplit (line, " ", -1);
  g_autoptr (GPtrArray) all = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  Result result;
  int status;

  g_ptr_array_add (all, (gpointer) g_getenv ("JF_MANAGER"));
  for (unsigned i = 0; argv[i]; i++)
    g_ptr_array_add (all, argv[i]);
  g_ptr_array_add (all, NULL);
  g_spawn_sync (NULL, (char **) all->pdata, NULL, G_SPAWN_DEFAULT, NULL, NULL, &result.out,
                &result.err, &status, &error);
  g_assert_no_error (error);
  g_assert_true (WIFEXITED (status));
  result.status = WEXITSTATUS (status);
  return result;
}

static void
child (Fixture *f, int ready, int log)
{
  const char *program = g_getenv ("JF_MANAGER");

  dup2 (log, STDERR_FILENO);
  if (ready == READY_FD)
    fcntl (ready, F_SETFD, 0);
  else
    dup2 (ready, READY_FD);
  execl (program, program, "serve", "--state-dir", f->state, "--config", f->config, "--ready-fd",
         G_STRINGIFY (READY_FD), NULL);
  _exit (127);
}

static void
spawn (Fixture *f, int ready)
{
  int fds[2];

  if (!g_file_test (f->config, G_FILE_TEST_EXISTS))
    g_assert_true (g_file_set_contents (f->config, "[manager]\nlisten=127.0.0.1:0\n", -1, NULL));
  g_assert_cmpint (pipe2 (fds, O_CLOEXEC), ==, 0);
  g_string_truncate (f->log, 0);
  if (f->log_fd >= 0)
    close (f->log_fd);
  f->log_fd = fds[0];
  f->pid = fork ();
  g_assert_cmpint (f->pid, >=, 0);
  if (f->pid == 0)
    child (f, ready, fds[1]);
  close (fds[1]);
}

/* Starts it and reads the ready descriptor to its end. */
static char *
start (Fixture *f)
{
  GString *said = g_string_new (NULL);
  char buffer[256];
  gssize n;
  int fds[2];

  g_assert_cmpint (pipe2 (fds, O_CLOEXEC), ==, 0);
  spawn (f, fds[1]);
  close (fds[1]);
  while ((n = read (fds[0], buffer, sizeof buffer)) > 0)
    g_string_append_len (said, buffer, n);
  close (fds[0]);
  return g_string_free (said, FALSE);
}

static void
start_good (Fixture *f)
{
  g_autofree char *said = start (f);

  g_assert_true (g_str_has_prefix (said, "LISTEN 127.0.0.1:"));
  g_assert_true (g_str_has_suffix (said, "\nREADY\n"));
  g_free (f->listen);
  f->listen = g_strndup (said + 7, strcspn (said + 7, "\n"));
}

#ifdef __SANITIZE_THREAD__
/* ThreadSanitizer holds signals back while a thread runs code that it does not see, and was seen to
 * lose one in about fifty; so it is told again. */
static void
insist (Fixture *f, int number)
{
  siginfo_t gone = { 0 };

  for (int ticks = 1; gone.si_pid == 0; ticks++)
    {
      g_usleep (G_USEC_PER_SEC / 50);
      g_assert_no_errno (waitid (P_PID, (id_t) f->pid, &gone, WEXITED | WNOHANG | WNOWAIT));
      if (gone.si_pid == 0 && ticks % 100 == 0)
        kill (f->pid, number);
    }
}
#else
#define insist(f, number)
#endif

/* It ends in order. */
static void
end_by (Fixture *f, int number)
{
  kill (f->pid, number);
  insist (f, number);
  g_assert_cmpint (wait_exit (f), ==, 0);
}

static void
stop_good (Fixture *f)
{
  end_by (f, SIGTERM);
}

/* Some more of the log; FALSE at its end. */
static gboolean
read_log (Fixture *f)
{
  char buffer[1024];
  gssize n = read (f->log_fd, buffer, sizeof buffer);

  if (n > 0)
    g_string_append_len (f->log, buffer, n);
  return n > 0;
}

/* Until the log has the words so often. */
static void
await_log (Fixture *f, const char *words, unsigned times)
{
  for (;;)
    {
      g_auto (GStrv) parts = g_strsplit (f->log->str, words, -1);

      if (g_strv_length (parts) > times)
        return;
      g_assert_true (read_log (f));
    }
}

static unsigned
count_lines (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  return g_strv_length (lines) - 1;
}

static void
test_usage (Fixture *f, gconstpointer data)
{
  static const char *const wrong[] = {
    "frob",
    "invite",
    "invite Alice",
    "invite a --role king",
    "invite a b",
    "members x",
    "members --nope",
    "audit --limit=0",
    "audit --limit=10001",
    "close",
    "close x",
    "close 0",
    "revoke",
    "invite a --expires=never",
    "invite a --expires=31d",
    "invite a --expires=60d",
    "invite a --role=",
    "invite a --group=@x",
    "serve --listen=x",
    "audit --after=-1",
    "audit --after=9007199254740992",
    "devices --limit=3",
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_auto (Result) result = run (f, wrong[i]);

      g_test_message ("%s -> %d %s", wrong[i], result.status, result.err);
      g_assert_cmpint (result.status, ==, 2);
      g_assert_cmpstr (result.out, ==, "");
      g_assert_cmpuint (count_lines (result.err), ==, 1);
    }
}

static void
test_help (Fixture *f, gconstpointer data)
{
  static const char *const verbs[] = {
    "serve",   "invite", "members", "devices", "services",
    "tunnels", "audit",  "status",  "revoke",  "close",
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (verbs); i++)
    {
      g_autofree char *line = g_strconcat (verbs[i], " --help", NULL);
      g_auto (Result) result = run (f, line);

      g_assert_cmpint (result.status, ==, 0);
      g_assert_nonnull (strstr (result.out, verbs[i]));
      g_assert_nonnull (strstr (result.out, "--state-dir"));
      g_assert_cmpstr (result.err, ==, "");
    }
}

/* The limits are said before somebody runs into them. */
static void
test_help_says_limits (Fixture *f, gconstpointer data)
{
  g_auto (Result) invite = run (f, "invite --help");
  g_auto (Result) audit = run (f, "audit --help");

  g_assert_nonnull (strstr (invite.out, "15m; at most 30d"));
  g_assert_nonnull (strstr (audit.out, "1000; up to 10000"));
}

static void
test_no_manager (Fixture *f, gconstpointer data)
{
  static const char *const verbs[] = {
    "invite a", "members", "devices",  "services", "tunnels",
    "audit",    "status",  "revoke a", "close 1",
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (verbs); i++)
    {
      g_auto (Result) result = run (f, verbs[i]);

      g_assert_cmpint (result.status, ==, 1);
      g_assert_cmpstr (result.out, ==, "");
      g_assert_nonnull (strstr (result.err, "no manager is running with state directory"));
      g_assert_cmpuint (count_lines (result.err), ==, 1);
    }
}

static void
test_verbs (Fixture *f, gconstpointer data)
{
  static const char *const lists[] = { "members", "devices", "services", "tunnels", "audit" };
  g_auto (Result) invite = { 0 };
  g_auto (Result) json = { 0 };
  g_auto (Result) longest = { 0 };
  g_auto (Result) most = { 0 };
  g_autofree char *prefix = NULL;
  g_autoptr (JsonNode) row = NULL;

  start_good (f);
  prefix = g_strdup_printf ("https://%s/invite#", f->listen);
  invite = run (f, "invite alice --role provider --group nurses --group admins --expires 2h");
  g_assert_cmpint (invite.status, ==, 0);
  g_assert_true (g_str_has_prefix (invite.out, prefix));
  g_assert_cmpuint (count_lines (invite.out), ==, 1);
  json = run (f, "invite bob --json");
  row = json_from_string (json.out, NULL);
  g_assert_nonnull (row);
  g_assert_true (json_object_has_member (json_node_get_object (row), "link"));
  g_assert_cmpstr (json_object_get_string_member (json_node_get_object (row), "role"), ==, "user");
  longest = run (f, "invite bob --expires 30d");
  g_assert_cmpint (longest.status, ==, 0);
  most = run (f, "audit --limit 10000");
  g_assert_cmpint (most.status, ==, 0);
  for (unsigned i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      g_auto (Result) result = run (f, lists[i]);

      g_assert_cmpint (result.status, ==, 0);
    }
  stop_good (f);
}

static void
test_audit_and_revoke (Fixture *f, gconstpointer data)
{
  g_auto (Result) status = { 0 };
  g_auto (Result) audit = { 0 };
  g_auto (Result) page = { 0 };
  g_auto (Result) revoke = { 0 };
  g_auto (Result) nobody = { 0 };
  g_auto (Result) tunnel = { 0 };

  start_good (f);
  for (int i = 0; i < 3; i++)
    {
      g_auto (Result) invite = run (f, "invite alice");

      g_assert_cmpint (invite.status, ==, 0);
    }
  status = run (f, "status --json");
  g_assert_nonnull (strstr (status.out, "\"version\":"));
  audit = run (f, "audit --json");
  g_assert_cmpuint (count_lines (audit.out), ==, 3);
  page = run (f, "audit --json --after 1 --limit 1");
  g_assert_cmpuint (count_lines (page.out), ==, 1);
  g_assert_nonnull (strstr (page.out, "\"id\":3,"));
  revoke = run (f, "revoke alice");
  g_assert_cmpint (revoke.status, ==, 0);
  nobody = run (f, "revoke alice");
  g_assert_cmpint (nobody.status, ==, 1);
  g_assert_cmpuint (count_lines (nobody.err), ==, 1);
  tunnel = run (f, "close 17");
  g_assert_cmpint (tunnel.status, ==, 1);
  stop_good (f);
}

/* A kill loses nothing, and the next one starts over what is left lying about. */
static void
test_killed (Fixture *f, gconstpointer data)
{
  g_auto (Result) audit = { 0 };

  start_good (f);
  for (int i = 0; i < 5; i++)
    {
      g_auto (Result) invite = run (f, "invite alice");

      g_assert_cmpint (invite.status, ==, 0);
    }
  kill (f->pid, SIGKILL);
  wait_exit (f);
  start_good (f);
  audit = run (f, "audit --json");
  g_assert_cmpuint (count_lines (audit.out), ==, 5);
  stop_good (f);
}

static void
test_two_managers (Fixture *f, gconstpointer data)
{
  g_auto (Result) second = { 0 };
  g_auto (Result) invite = { 0 };

  start_good (f);
  second = run (f, "serve --listen 127.0.0.1:0");
  g_assert_cmpint (second.status, ==, 1);
  g_assert_nonnull (strstr (second.err, "another manager is running"));
  invite = run (f, "invite alice");
  g_assert_cmpint (invite.status, ==, 0);
  stop_good (f);
}

static void
test_reload (Fixture *f, gconstpointer data)
{
  g_auto (Result) before = { 0 };
  g_auto (Result) after = { 0 };

  start_good (f);
  g_assert_true (g_file_set_contents (
      f->config, "[manager]\nlisten=127.0.0.1:0\npublic=new.example:9\n", -1, NULL));
  kill (f->pid, SIGHUP);
  await_log (f, " reloaded", 1);
  before = run (f, "invite alice");
  g_assert_true (g_str_has_prefix (before.out, "https://new.example:9/invite#"));
  g_assert_true (g_file_set_contents (f->config, "[manager]\npublic=a b\n", -1, NULL));
  kill (f->pid, SIGHUP);
  await_log (f, "manager.conf:2: [manager] public:", 1);
  g_assert_true (
      g_file_set_contents (f->config, "[manager]\ncertificate=no.pem\nkey=no.pem\n", -1, NULL));
  kill (f->pid, SIGHUP);
  await_log (f, "reload-failed", 2);
  after = run (f, "invite bob");
  g_assert_true (g_str_has_prefix (after.out, "https://new.example:9/invite#"));
  stop_good (f);
}

/* Nobody reads what the manager says; it goes on, and ends in time. */
static void
test_ready_pipe_closed (Fixture *f, gconstpointer data)
{
  int64_t begun;
  int fds[2];

  g_assert_cmpint (pipe2 (fds, O_CLOEXEC), ==, 0);
  close (fds[0]);
  spawn (f, fds[1]);
  close (fds[1]);
  await_log (f, "ready-fd-failed", 1);
  begun = g_get_monotonic_time ();
  end_by (f, SIGINT);
  g_assert_cmpint (g_get_monotonic_time () - begun, <, 5 * G_USEC_PER_SEC);
}

/* Each ends with status 1 and one line, and nothing on the ready descriptor. */
static void
expect_no_start (Fixture *f, const char *words)
{
  g_autofree char *said = start (f);
  int status = wait_exit (f);

  while (read_log (f))
    ;
  g_test_message ("%s", f->log->str);
  g_assert_cmpstr (said, ==, "");
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 1);
  g_assert_cmpuint (count_lines (f->log->str), ==, 1);
  g_assert_nonnull (strstr (f->log->str, words));
}

static void
test_no_start (Fixture *f, gconstpointer data)
{
  g_autofree char *registry = g_build_filename (f->state, "registry.sqlite", NULL);
  g_autofree char *key = g_build_filename (f->state, "manager.key", NULL);
  g_autofree char *busy = NULL;
  Fixture other = { 0 };

  g_assert_true (g_file_set_contents (f->config, "[manager]\nlisten=1\n", -1, NULL));
  expect_no_start (f, "manager.conf:2:");
  g_remove (f->config);
  g_assert_true (g_file_set_contents (f->state, "a file", -1, NULL));
  expect_no_start (f, f->state);
  g_remove (f->state);
  g_assert_cmpint (g_mkdir (f->state, 0700), ==, 0);
  g_assert_true (g_file_set_contents (registry,
                                      "this is no database, long enough to look like one"
                                      "----------------------------------------------",
                                      -1, NULL));
  expect_no_start (f, registry);
  g_remove (registry);
  g_assert_true (
      g_file_set_contents_full (key, "no key", -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
  expect_no_start (f, key);
  g_remove (key);
  setup (&other, NULL);
  start_good (&other);
  busy = g_strdup_printf ("[manager]\nlisten=%s\n", other.listen);
  g_assert_true (g_file_set_contents (f->config, busy, -1, NULL));
  expect_no_start (f, other.listen);
  stop_good (&other);
  teardown (&other, NULL);
}

static void
test_private (Fixture *f, gconstpointer data)
{
  g_autoptr (GDir) dir = NULL;
  const char *name;
  unsigned seen = 0;

  start_good (f);
  dir = g_dir_open (f->state, 0, NULL);
  while ((name = g_dir_read_name (dir)))
    {
      g_autofree char *path = g_build_filename (f->state, name, NULL);
      struct stat info;

      g_assert_cmpint (stat (path, &info), ==, 0);
      g_assert_cmpint (info.st_mode & 077, ==, 0);
      seen++;
    }
  g_assert_cmpuint (seen, >=, 4);
  stop_good (f);
}

/* Output that goes nowhere is no success. */
static void
test_full_output (Fixture *f, gconstpointer data)
{
  g_autofree char *line = g_strdup_printf ("\"$JF_MANAGER\" status --state-dir=%s >/dev/full 2>&-",
                                           f->state);
  const char *const argv[] = { "/bin/sh", "-c", line, NULL };
  int status;

  start_good (f);
  g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL,
                               &status, NULL));
  g_assert_cmpint (WEXITSTATUS (status), ==, 1);
  stop_good (f);
}

#ifdef HAVE_SYSTEMD
/* What systemd hears, one datagram after the other, without the watchdog's. */
static void
expect_notice (int fd, const char *words)
{
  char text[512];
  gssize n;

  do
    {
      n = recv (fd, text, sizeof text - 1, 0);
      g_assert_cmpint (n, >, 0);
      text[n] = '\0';
    }
  while (strcmp (words, "WATCHDOG=1") != 0 && strcmp (text, "WATCHDOG=1") == 0);
  g_assert_true (g_str_has_prefix (text, words));
}

static void
test_service_manager (Fixture *f, gconstpointer data)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  g_autofree char *path = g_build_filename (f->dir, "notify", NULL);
  int fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_setenv ("NOTIFY_SOCKET", path, TRUE);
  g_setenv ("WATCHDOG_USEC", "100000", TRUE);
  start_good (f);
  g_unsetenv ("NOTIFY_SOCKET");
  g_unsetenv ("WATCHDOG_USEC");
  expect_notice (fd, "READY=1");
  expect_notice (fd, "WATCHDOG=1");
  kill (f->pid, SIGHUP);
  expect_notice (fd, "RELOADING=1");
  expect_notice (fd, "READY=1");
  kill (f->pid, SIGTERM);
  expect_notice (fd, "STOPPING=1");
  g_assert_cmpint (wait_exit (f), ==, 0);
  close (fd);
}
#endif

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    void (*run) (Fixture *f, gconstpointer data);
  } tests[] = {
    { "usage", test_usage },
    { "help", test_help },
    { "help-says-limits", test_help_says_limits },
    { "no-manager", test_no_manager },
    { "verbs", test_verbs },
    { "audit-and-revoke", test_audit_and_revoke },
    { "killed", test_killed },
    { "two-managers", test_two_managers },
    { "reload", test_reload },
    { "ready-pipe-closed", test_ready_pipe_closed },
    { "no-start", test_no_start },
    { "private", test_private },
    { "full-output", test_full_output },
#ifdef HAVE_SYSTEMD
    { "service-manager", test_service_manager },
#endif
  };

  g_test_init (&argc, &argv, NULL);
  g_assert_nonnull (g_getenv ("JF_MANAGER"));
  for (unsigned i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      g_autofree char *path = g_strdup_printf ("/manager/program/%s", tests[i].name);

      g_test_add (path, Fixture, NULL, setup, tests[i].run, teardown);
    }
  return g_test_run ();
}
