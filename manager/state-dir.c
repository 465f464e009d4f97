/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manager/state-dir.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/wire/jf-error.h"

char *
jf_state_dir_default (void)
{
  if (geteuid () == 0)
    return g_strdup ("/var/lib/jackfield-manager");
  return g_build_filename (g_get_user_state_dir (), "jackfield-manager", NULL);
}

static gboolean
fail (const char *path, const char *reason, GError **error)
{
  g_set_error (error, JF_ERROR, JF_ERROR_STORAGE,
               "cannot use the state directory %s: %s; make it a directory that the manager's user "
               "owns, or name another with --state-dir",
               path, reason);
  return FALSE;
}

/* The key and the registry are in it: nobody else may look. */
static gboolean
make_private (int fd, const char *path, GError **error)
{
  struct stat info;

  if (fstat (fd, &info) < 0)
    return fail (path, g_strerror (errno), error);
  if (info.st_uid != geteuid ())
    return fail (path, "it belongs to another user", error);
  if ((info.st_mode & 077) != 0 && fchmod (fd, 0700) < 0)
    return fail (path, g_strerror (errno), error);
  return TRUE;
}

static int
take_lock (int dir_fd, const char *path, GError **error)
{
  int fd = openat (dir_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

  if (fd < 0)
    {
      fail (path, g_strerror (errno), error);
      return -1;
    }
  if (flock (fd, LOCK_EX | LOCK_NB) == 0)
    return fd;
  close (fd);
  g_set_error (error, JF_ERROR, JF_ERROR_BUSY,
               "another manager is running with state directory %s; stop that one, or name another "
               "directory with --state-dir",
               path);
  return -1;
}

int
jf_state_dir_take (const char *path, GError **error)
{
  int dir_fd = -1;
  int lock_fd;

  if (g_mkdir_with_parents (path, 0700) == 0)
    dir_fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (dir_fd < 0)
    {
      fail (path, g_strerror (errno), error);
      return -1;
    }
  lock_fd = make_private (dir_fd, path, error) ? take_lock (dir_fd, path, error) : -1;
  close (dir_fd);
  return lock_fd;
}
