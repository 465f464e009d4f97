/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manager/front/jf-front.h"

#include <semaphore.h>
#include <unistd.h>

#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-limits.h"
#include "manager/front/jf-front-private.h"
#include "manager/front/jf-front-socket.h"

JfFrontTimes jf_front_times = {
  .handshake_ms = JF_HANDSHAKE_TIMEOUT_MS,
  .preamble_ms = JF_PREAMBLE_TIMEOUT_MS,
  .enroll_ms = JF_ENROLL_TIMEOUT_MS,
};

void
jf_front_hub_unref (JfFrontHub *self)
{
  if (atomic_fetch_sub_explicit (&self->refs, 1, memory_order_acq_rel) == 1)
    g_free (self);
}

static void
open_worker_cb (gpointer data)
{
  jf_front_worker_open (data);
}

JfFront *
jf_front_new (JfLoop *const *loops,
              unsigned n_loops,
              JfSwitch *sw,
              JfIdentity *identity,
              const JfFrontEvents *events,
              gpointer owner)
{
  JfFront *self = g_new0 (JfFront, 1);

  self->sw = sw;
  self->identity = jf_identity_ref (identity);
  self->hub = g_new0 (JfFrontHub, 1);
  self->hub->refs = 1;
  self->hub->alive = TRUE;
  self->hub->events = events;
  self->hub->owner = owner;
  jf_front_limits_init (&self->limits);
  pthread_mutex_init (&self->cert_lock, NULL);
  self->listen_fds = g_array_new (FALSE, FALSE, sizeof (int));
  self->n_workers = n_loops;
  self->workers = g_new0 (JfFrontWorker, n_loops);
  for (unsigned i = 0; i < n_loops; i++)
    {
      self->workers[i].front = self;
      self->workers[i].loop = loops[i];
      jf_loop_post (loops[i], open_worker_cb, &self->workers[i]);
    }
  return self;
}

typedef struct
{
  JfFrontWorker *worker;
  sem_t *closed;
} Closing;

static void
close_worker_cb (gpointer data)
{
  Closing *closing = data;

  jf_front_worker_close (closing->worker);
  sem_post (closing->closed);
}

static void
close_workers (JfFront *self)
{
  g_autofree Closing *closing = g_new0 (Closing, self->n_workers);
  sem_t closed;

  sem_init (&closed, 0, 0);
  for (unsigned i = 0; i < self->n_workers; i++)
    {
      closing[i] = (Closing){ .worker = &self->workers[i], .closed = &closed };
      jf_loop_post (self->workers[i].loop, close_worker_cb, &closing[i]);
    }
  for (unsigned i = 0; i < self->n_workers; i++)
    while (sem_wait (&closed) != 0)
      ;
  sem_destroy (&closed);
}

void
jf_front_free (JfFront *self)
{
  if (self == NULL)
    return;
  self->hub->alive = FALSE;
  close_workers (self);
  for (unsigned i = 0; i < self->listen_fds->len; i++)
    close (g_array_index (self->listen_fds, int, i));
  g_array_unref (self->listen_fds);
  jf_front_limits_clear (&self->limits);
  jf_front_cert_unref (self->cert);
  pthread_mutex_destroy (&self->cert_lock);
  jf_identity_unref (self->identity);
  jf_front_hub_unref (self->hub);
  g_free (self->workers);
  g_free (self);
}

JfFrontCert *
jf_front_ref_cert (JfFront *self)
{
  JfFrontCert *cert;

  pthread_mutex_lock (&self->cert_lock);
  cert = self->cert != NULL ? jf_front_cert_ref (self->cert) : NULL;
  pthread_mutex_unlock (&self->cert_lock);
  return cert;
}

gboolean
jf_front_set_certificate (JfFront *self,
                          const char *certificate_path,
                          const char *key_path,
                          GError **error)
{
  JfFrontCert *cert;
  JfFrontCert *old;

  if ((certificate_path == NULL) != (key_path == NULL))
    {
      g_set_error_literal (error, JF_ERROR, JF_ERROR_INVALID,
                           "a certificate needs its key, and a key its certificate: give both "
                           "files or neither");
      return FALSE;
    }
  if (certificate_path != NULL)
    cert = jf_front_cert_load (certificate_path, key_path, error);
  else
    cert = jf_front_cert_new_self_signed (error);
  if (cert == NULL)
    return FALSE;
  pthread_mutex_lock (&self->cert_lock);
  old = self->cert;
  self->cert = cert;
  pthread_mutex_unlock (&self->cert_lock);
  jf_front_cert_unref (old);
  return TRUE;
}

typedef struct
{
  JfFrontWorker *worker;
  int fd;
} Listening;

static void
listen_cb (gpointer data)
{
  g_autofree Listening *listening = data;

  jf_front_worker_listen (listening->worker, listening->fd);
}

gboolean
jf_front_listen (JfFront *self, const char *listen, GError **error)
{
  g_autoptr (JfFrontCert) cert = jf_front_ref_cert (self);
  int fd;

  if (cert == NULL && !jf_front_set_certificate (self, NULL, NULL, error))
    return FALSE;
  fd = jf_front_socket_listen (listen, error);
  if (fd < 0)
    return FALSE;
  g_array_append_val (self->listen_fds, fd);
  for (unsigned i = 0; i < self->n_workers; i++)
    {
      Listening *listening = g_new0 (Listening, 1);

      listening->worker = &self->workers[i];
      listening->fd = fd;
      jf_loop_post (self->workers[i].loop, listen_cb, listening);
    }
  return TRUE;
}

char **
jf_front_get_listen (JfFront *self)
{
  char **names = g_new0 (char *, self->listen_fds->len + 1);

  for (unsigned i = 0; i < self->listen_fds->len; i++)
    names[i] = jf_front_socket_format_local (g_array_index (self->listen_fds, int, i));
  return names;
}
