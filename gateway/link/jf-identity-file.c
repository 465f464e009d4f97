/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/link/jf-identity-private.h"
#include "gateway/wire/jf-error.h"

#define FILE_MAX_BYTES 16384

static void
set_errno_error (GError **error, const char *what, const char *path, int code)
{
  const char *hint = "";

  if (code == EACCES || code == EPERM)
    hint = "; check the owner and the permissions of the file and its directory";
  else if (code == ENOENT)
    hint = "; make its directory first";
  else if (code == ENOSPC || code == EDQUOT)
    hint = "; make room and try again";
  g_set_error (error, JF_ERROR, JF_ERROR_STORAGE, "cannot %s %s: %s%s", what, path,
               g_strerror (code), hint);
}

static gboolean
check_file (int fd, const char *path, size_t *size, GError **error)
{
  struct stat status;

  if (fstat (fd, &status) < 0)
    {
      set_errno_error (error, "read", path, errno);
      return FALSE;
    }
  if (!S_ISREG (status.st_mode))
    g_set_error (error, JF_ERROR, JF_ERROR_INVALID, _ ("%s is not a file; move it away"), path);
  else if ((status.st_mode & 077) != 0)
    g_set_error (error, JF_ERROR, JF_ERROR_INVALID,
                 _ ("%s holds a secret key but others may use it (mode %04o); run: chmod 600 %s"),
                    path, status.st_mode & 07777, path);
  else if (status.st_size > FILE_MAX_BYTES)
    g_set_error (error, JF_ERROR, JF_ERROR_INVALID,
                 _ ("%s is too large for a key; restore it from a backup, or move it away"), path);
  else
    {
      *size = (size_t) status.st_size;
      return TRUE;
    }
  return FALSE;
}

/* Less than `size` is no error: a file that was cut is damaged, and PEM shows it. */
static gboolean
read_all (int fd, char *buffer, size_t size)
{
  size_t have = 0;

  while (have < size)
    {
      ssize_t n = read (fd, buffer + have, size - have);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return FALSE;
      if (n == 0)
        break;
      have += (size_t) n;
    }
  buffer[have] = '\0';
  return TRUE;
}

gboolean
jf_identity_file_read (const char *path, char **text, GError **error)
{
  char buffer[FILE_MAX_BYTES + 1];
  size_t size = 0;
  gboolean done;
  /* O_NONBLOCK: a FIFO in its place must not hang us. */
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

  if (fd < 0)
    {
      if (errno == ENOENT)
        return TRUE;
      set_errno_error (error, "read", path, errno);
      return FALSE;
    }
  done = check_file (fd, path, &size, error);
  if (done && !read_all (fd, buffer, size))
    {
      set_errno_error (error, "read", path, errno);
      done = FALSE;
    }
  close (fd);
  if (done)
    {
      *text = g_strdup (buffer);
      gnutls_memset (buffer, 0, sizeof buffer);
    }
  return done;
}

static gboolean
write_all (int fd, const char *text)
{
  size_t left = strlen (text);

  while (left > 0)
    {
      ssize_t n = write (fd, text, left);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return FALSE;
      text += n;
      left -= (size_t) n;
    }
  return fsync (fd) == 0;
}

/* Without it the name may be gone after a power cut although the key has been enrolled. */
static gboolean
sync_directory (const char *path)
{
  g_autofree char *directory = g_path_get_dirname (path);
  int fd = open (directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean done = fd >= 0 && fsync (fd) == 0;
  int code = errno;

  if (fd >= 0)
    close (fd);
  errno = code;
  return done || code == EINVAL; /* a file system that cannot */
}

/* Gives the file its name unless that is taken; for file systems without RENAME_NOREPLACE a hard
 * link does the same. */
static int
name_file (const char *aside, const char *path)
{
  if (renameat2 (AT_FDCWD, aside, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
    return 0;
  if (errno != EINVAL && errno != ENOSYS)
    return errno;
  return link (aside, path) == 0 ? 0 : errno;
}

JfFileResult
jf_identity_file_create (const char *path, const char *text, GError **error)
{
  g_autofree char *aside = g_strconcat (path, ".XXXXXX", NULL);
  int fd = mkostemp (aside, O_CLOEXEC); /* 0600, O_EXCL */
  int code;

  if (fd < 0)
    {
      set_errno_error (error, "write", path, errno);
      return JF_FILE_FAILED;
    }
  code = write_all (fd, text) ? 0 : errno;
  if (close (fd) < 0 && code == 0)
    code = errno;
  if (code == 0)
    code = name_file (aside, path);
  unlink (aside); /* gone already after a rename */
  if (code == EEXIST)
    return JF_FILE_EXISTS;
  if (code == 0 && !sync_directory (path))
    code = errno;
  if (code == 0)
    return JF_FILE_CREATED;
  set_errno_error (error, "write", path, code);
  return JF_FILE_FAILED;
}
