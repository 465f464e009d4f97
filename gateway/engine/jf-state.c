/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-state.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/link/jf-proxy.h"
#include "gateway/wire/jf-error.h"

/* More remembered ports than this are not kept: the file is a convenience. */
#define PORTS_MAX 4096

struct JfState
{
  char *dir;
  JfIdentity *identity; /* given from outside; NULL: in device.key */
  char *proxy;          /* a secret, maybe */
  int lock_fd;          /* -1 while not held */
  gboolean forget_ports;
};

char *
jf_state_default_dir (void)
{
  if (geteuid () == 0)
    return g_strdup ("/var/lib/jackfield-gateway");
  return g_build_filename (g_get_user_state_dir (), "jackfield-gateway", NULL);
}

static gboolean
make_dir (const char *dir, GError **error)
{
  struct stat status;

  if (g_mkdir_with_parents (dir, 0700) != 0)
    {
      g_set_error (error, JF_ERROR, JF_ERROR_STORAGE,
                   _ ("cannot make the state directory %s: %s; choose another with --state-dir"),
                      dir, g_strerror (errno));
      return FALSE;
    }
  if (stat (dir, &status) != 0 || !S_ISDIR (status.st_mode) || access (dir, R_OK | X_OK) != 0)
    {
      g_set_error (error, JF_ERROR, JF_ERROR_STORAGE,
                   _ ("the state directory %s cannot be used: %s; choose another with --state-dir"),
                      dir, g_strerror (errno));
      return FALSE;
    }
  /* Others must not get at the key, nor connect to the local socket. */
  if ((status.st_mode & 0077) != 0 && status.st_uid == geteuid ())
    (void) chmod (dir, 0700);
  return TRUE;
}

JfState *
jf_state_open (const char *dir, GError **error)
{
  g_autofree char *path = dir != NULL ? g_canonicalize_filename (dir, NULL)
                                      : jf_state_default_dir ();
  JfState *self;

  if (!make_dir (path, error))
    return NULL;
  self = g_new0 (JfState, 1);
  self->dir = g_steal_pointer (&path);
  self->proxy = g_strdup (JF_PROXY_AUTO);
  self->lock_fd = -1;
  return self;
}

void
jf_state_free (JfState *self)
{
  if (self->lock_fd >= 0)
    close (self->lock_fd);
  jf_identity_unref (self->identity);
  g_free (self->proxy);
  g_free (self->dir);
  g_free (self);
}

const char *
jf_state_get_dir (JfState *self)
{
  return self->dir;
}

char *
jf_state_path (JfState *self, const char *name)
{
  return g_build_filename (self->dir, name, NULL);
}

gboolean
jf_state_lock (JfState *self, GError **error)
{
  g_autofree char *path = jf_state_path (self, "lock");
  int fd;

  if (self->lock_fd >= 0)
    return TRUE;
  fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0)
    {
      g_set_error (error, JF_ERROR, JF_ERROR_STORAGE,
                   _ ("cannot write %s: %s; check space and permissions"), path,
                      g_strerror (errno));
      return FALSE;
    }
  if (flock (fd, LOCK_EX | LOCK_NB) != 0)
    {
      close (fd);
      g_set_error (error, JF_ERROR, JF_ERROR_BUSY,
                   _ ("another jackfield-gateway process uses the state directory %s"), self->dir);
      return FALSE;
    }
  self->lock_fd = fd;
  return TRUE;
}

void
jf_state_set_identity (JfState *self, JfIdentity *identity)
{
  jf_identity_ref (identity);
  jf_identity_unref (self->identity);
  self->identity = identity;
}

JfIdentity *
jf_state_load_identity (JfState *self, GError **error)
{
  g_autofree char *path = NULL;

  if (self->identity != NULL)
    return jf_identity_ref (self->identity);
  path = jf_state_path (self, "device.key");
  return jf_identity_load_or_create (path, error);
}

gboolean
jf_state_set_proxy (JfState *self, const char *proxy, GError **error)
{
  if (!jf_proxy_check (proxy, error))
    return FALSE;
  g_free (self->proxy);
  self->proxy = g_strdup (proxy);
  return TRUE;
}

const char *
jf_state_get_proxy (JfState *self)
{
  return self->proxy;
}

gboolean
jf_state_write (const char *path, const char *data, size_t size, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (g_file_set_contents_full (path, data, (gssize) size,
                                (G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE),
                                0600, &local))
    return TRUE;
  g_set_error (error, JF_ERROR, JF_ERROR_STORAGE,
               _ ("cannot write %s: %s; check space and permissions"), path, local->message);
  return FALSE;
}

void
jf_enrolment_free (JfEnrolment *enrolment)
{
  g_free (enrolment->host);
  g_free (enrolment->member);
  g_free (enrolment->role);
  g_free (enrolment);
}

static gboolean
read_enrolment (GKeyFile *file, JfEnrolment *out, GError **error)
{
  g_autofree char *key = g_key_file_get_string (file, "manager", "key", error);
  int port;

  if (key == NULL || !jf_key_id_parse (key, &out->key, error))
    return FALSE;
  out->host = g_key_file_get_string (file, "manager", "host", error);
  if (out->host == NULL)
    return FALSE;
  port = g_key_file_get_integer (file, "manager", "port", NULL);
  if (port < 1 || port > UINT16_MAX || *out->host == '\0')
    {
      g_set_error (error, JF_ERROR, JF_ERROR_INVALID, _ ("host and port are not usable"));
      return FALSE;
    }
  out->port = (uint16_t) port;
  out->member = g_key_file_get_string (file, "manager", "member", error);
  if (out->member == NULL)
    return FALSE;
  out->role = g_key_file_get_string (file, "manager", "role", error);
  return out->role != NULL;
}

JfEnrolment *
jf_state_load_enrolment (JfState *self, GError **error)
{
  g_autofree char *path = jf_state_path (self, "manager");
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (JfEnrolment) enrolment = g_new0 (JfEnrolment, 1);
  g_autoptr (GError) local = NULL;

  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, &local) &&
      g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    {
      g_set_error (error, JF_ERROR, JF_ERROR_NOT_ENROLLED,
                   "this device is not enrolled with a manager; ask the operator for an invitation "
                   "link and run: jackfield-gateway enroll LINK");
      return NULL;
    }
  if (local != NULL || !read_enrolment (file, enrolment, &local))
    {
      g_set_error (error, JF_ERROR, JF_ERROR_INVALID,
                   _ ("%s is damaged: %s; enroll this device again with a new invitation link"),
                      path, local->message);
      return NULL;
    }
  return g_steal_pointer (&enrolment);
}

gboolean
jf_state_save_enrolment (JfState *self, const JfEnrolment *enrolment, GError **error)
{
  g_autofree char *path = jf_state_path (self, "manager");
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *data = NULL;
  char key[JF_KEY_ID_TEXT_SIZE];
  size_t size;

  jf_key_id_format (&enrolment->key, key);
  g_key_file_set_string (file, "manager", "host", enrolment->host);
  g_key_file_set_integer (file, "manager", "port", enrolment->port);
  g_key_file_set_string (file, "manager", "key", key);
  g_key_file_set_string (file, "manager", "member", enrolment->member);
  g_key_file_set_string (file, "manager", "role", enrolment->role);
  data = g_key_file_to_data (file, &size, NULL);
  return jf_state_write (path, data, size, error);
}

static GKeyFile *
load_ports (const char *path)
{
  GKeyFile *file = g_key_file_new ();

  (void) g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL);
  return file;
}

uint16_t
jf_state_get_port (JfState *self, const char *service)
{
  g_autofree char *path = jf_state_path (self, "ports");
  g_autoptr (GKeyFile) file = load_ports (path);
  int port = g_key_file_get_integer (file, "ports", service, NULL);

  if (self->forget_ports)
    return 0;
  return port > 0 && port <= UINT16_MAX ? (uint16_t) port : 0;
}

gboolean
jf_state_set_port (JfState *self, const char *service, uint16_t port, GError **error)
{
  g_autofree char *path = jf_state_path (self, "ports");
  g_autoptr (GKeyFile) file = load_ports (path);
  g_auto (GStrv) known = g_key_file_get_keys (file, "ports", NULL, NULL);
  g_autofree char *data = NULL;
  size_t size;

  if (self->forget_ports)
    return TRUE;
  if (known != NULL && g_strv_length (known) >= PORTS_MAX)
    g_key_file_remove_group (file, "ports", NULL);
  g_key_file_set_integer (file, "ports", service, port);
  data = g_key_file_to_data (file, &size, NULL);
  return jf_state_write (path, data, size, error);
}

void
jf_state_set_keep_ports (JfState *self, gboolean keep)
{
  self->forget_ports = !keep;
}
