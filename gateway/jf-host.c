/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/jf-host.h"

#include <unistd.h>

#include "gateway/jf-lines.h"
#include "gateway/jf-local-server.h"
#include "gateway/link/jf-log.h"
#include "gateway/wire/jf-error.h"

/* Between one process that ends and the next that takes over. */
#define RETRY_MIN_MS      50
#define RETRY_MAX_MS      250
#define FINISH_TIMEOUT_MS 4500
#define RETRY_TIMEOUT_US  (20 * G_USEC_PER_SEC)

struct JfHost
{
  JfState *state;
  JfHostKind kind;
  JfEngine *engine;
  JfDesk *desk;
  JfLocalServer *server;
  GPtrArray *calls; /* of HostCall */
  GSource *timer;
  int64_t waiting_since_us; /* 0: not waiting for anybody */
  gboolean finishing;
  void (*finished) (gpointer data);
  gpointer finished_data;
};

typedef struct
{
  JfHost *host;
  JsonObject *request;
  int fd;
  gboolean once;
  gboolean over;
  JfDeskEvent event;
  gpointer data;
  JfDeskCall *local;
  JfLines *remote;
} HostCall;

static void attempt (JfHost *self);

static void
call_free (gpointer data)
{
  HostCall *call = data;

  g_clear_pointer (&call->local, jf_desk_call_end);
  g_clear_pointer (&call->remote, jf_lines_free);
  if (call->fd >= 0)
    close (call->fd);
  json_object_unref (call->request);
  g_free (call);
}

static void
clear_timer (JfHost *self)
{
  if (self->timer == NULL)
    return;
  g_source_destroy (self->timer);
  g_clear_pointer (&self->timer, g_source_unref);
}

static void
set_timer (JfHost *self, unsigned timeout_ms, GSourceFunc func)
{
  clear_timer (self);
  self->timer = g_timeout_source_new (timeout_ms);
  g_source_set_callback (self->timer, func, self, NULL);
  g_source_attach (self->timer, g_main_context_get_thread_default ());
}

static void
tell (HostCall *call, JsonObject *event)
{
  if (call->over || call->host->finishing)
    return;
  call->over = jf_desk_is_last (event);
  call->event (event, call->data);
}

static void
fail_call (HostCall *call, const GError *error)
{
  g_autoptr (JsonObject) event = jf_desk_error (error);

  tell (call, event);
}

static void
fail_waiting (JfHost *self, const GError *error)
{
  /* New calls may come meanwhile, at the end. */
  for (unsigned i = 0; i < self->calls->len; i++)
    {
      HostCall *call = g_ptr_array_index (self->calls, i);

      if (call->local == NULL && call->remote == NULL)
        fail_call (call, error);
    }
}

static gboolean
retry_cb (gpointer data)
{
  JfHost *self = data;

  clear_timer (self);
  attempt (self);
  return G_SOURCE_REMOVE;
}

static void
retry_later (JfHost *self, const GError *reason)
{
  int64_t now_us = g_get_monotonic_time ();

  if (self->finishing || self->timer != NULL)
    return;
  if (self->waiting_since_us == 0)
    self->waiting_since_us = now_us;
  if (now_us - self->waiting_since_us > RETRY_TIMEOUT_US)
    {
      self->waiting_since_us = 0;
      fail_waiting (self, reason);
      return;
    }
  set_timer (self, (unsigned) g_random_int_range (RETRY_MIN_MS, RETRY_MAX_MS), retry_cb);
}

/* The engine runs here. */

static void
local_event_cb (JsonObject *event, gpointer data)
{
  HostCall *call = data;

  if (jf_desk_is_last (event))
    g_clear_pointer (&call->local, jf_desk_call_end);
  tell (call, event);
}

static void
submit_local (HostCall *call)
{
  int fd = call->fd;

  call->fd = -1;
  call->local = jf_desk_call (call->host->desk, call->request, fd, local_event_cb, call);
}

/* It runs elsewhere. */

static void
remote_message_cb (JfLines *lines, JsonObject *message, int fd, gpointer owner)
{
  HostCall *call = owner;

  if (fd >= 0)
    close (fd);
  tell (call, message);
}

static void
remote_closed_cb (JfLines *lines, gpointer owner)
{
  HostCall *call = owner;
  g_autoptr (GError) error = g_error_new (
      JF_ERROR, JF_ERROR_CLOSED, "the jackfield-gateway process that did this for us has ended");

  g_clear_pointer (&call->remote, jf_lines_free);
  if (call->over)
    return;
  if (call->once)
    fail_call (call, error);
  else
    retry_later (call->host, error);
}

static const JfLinesEvents remote_events = {
  .message = remote_message_cb,
  .closed = remote_closed_cb,
};

static gboolean
submit_remote (HostCall *call, GError **error)
{
  g_autoptr (GSocket) socket = jf_local_connect (jf_state_get_dir (call->host->state), error);

  if (socket == NULL)
    return FALSE;
  call->remote = jf_lines_new (socket, &remote_events, call);
  jf_lines_send (call->remote, call->request, call->fd);
  if (call->fd >= 0)
    close (call->fd);
  call->fd = -1;
  return TRUE;
}

static void
submit_all (JfHost *self)
{
  for (unsigned i = 0; i < self->calls->len; i++)
    {
      HostCall *call = g_ptr_array_index (self->calls, i);
      g_autoptr (GError) error = NULL;

      if (call->over || call->local != NULL || call->remote != NULL)
        continue;
      if (self->desk != NULL)
        submit_local (call);
      else if (!submit_remote (call, &error))
        {
          retry_later (self, error);
          return;
        }
    }
  self->waiting_since_us = 0;
}

static gboolean
become_host (JfHost *self, GError **error)
{
  self->engine = jf_engine_new (self->state, error);
  if (self->engine == NULL)
    return FALSE;
  self->desk = jf_desk_new (self->engine);
  if (self->kind != JF_HOST_TRANSIENT)
    {
      self->server = jf_local_server_new (jf_state_get_dir (self->state), self->desk, error);
      if (self->server == NULL)
        return FALSE;
    }
  jf_engine_start (self->engine);
  return TRUE;
}

static gboolean
find_engine (JfHost *self, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (self->desk != NULL)
    return TRUE;
  if (jf_state_lock (self->state, &local))
    return become_host (self, error);
  if (self->kind != JF_HOST_ALONE && g_error_matches (local, JF_ERROR, JF_ERROR_BUSY))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static void
attempt (JfHost *self)
{
  g_autoptr (GError) error = NULL;

  if (find_engine (self, &error))
    submit_all (self);
  else
    fail_waiting (self, error);
}

JfHost *
jf_host_new (JfState *state, JfHostKind kind, GError **error)
{
  g_autoptr (JfEnrolment) enrolment = jf_state_load_enrolment (state, error);
  g_autoptr (JfHost) self = NULL;

  if (enrolment == NULL)
    return NULL;
  self = g_new0 (JfHost, 1);
  self->state = state;
  self->kind = kind;
  self->calls = g_ptr_array_new_with_free_func (call_free);
  if (!find_engine (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
jf_host_free (JfHost *self)
{
  self->finishing = TRUE;
  clear_timer (self);
  if (self->desk != NULL)
    jf_desk_watch_stdio (self->desk, NULL, NULL);
  g_ptr_array_unref (self->calls);
  g_clear_pointer (&self->server, jf_local_server_free);
  g_clear_pointer (&self->desk, jf_desk_free);
  if (self->engine != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->engine, self);
      /* Questions that wait hold a reference to it. */
      g_object_run_dispose (G_OBJECT (self->engine));
      g_object_unref (self->engine);
    }
  g_free (self);
}

void
jf_host_call (JfHost *self, JsonObject *request, int fd, JfDeskEvent event, gpointer data)
{
  HostCall *call = g_new0 (HostCall, 1);

  call->host = self;
  call->request = json_object_ref (request);
  call->fd = fd;
  call->once = fd >= 0;
  call->event = event;
  call->data = data;
  g_ptr_array_add (self->calls, call);
  if (self->timer == NULL)
    set_timer (self, 0, retry_cb);
}

JfDesk *
jf_host_get_desk (JfHost *self)
{
  return self->desk;
}

JfEngine *
jf_host_get_engine (JfHost *self)
{
  return self->engine;
}

static gboolean
finished_cb (gpointer data)
{
  JfHost *self = data;

  clear_timer (self);
  self->finished (self->finished_data);
  return G_SOURCE_REMOVE;
}

static void
stdio_ended_cb (gpointer data)
{
  JfHost *self = data;

  if (jf_desk_count_stdio (self->desk) == 0)
    set_timer (self, 0, finished_cb);
}

gboolean
jf_host_release (JfHost *self, void (*released) (gpointer data), gpointer data)
{
  g_ptr_array_set_size (self->calls, 0);
  if (self->finishing || self->desk == NULL || jf_desk_count_stdio (self->desk) == 0)
    return TRUE;
  self->finished = released;
  self->finished_data = data;
  jf_desk_watch_stdio (self->desk, stdio_ended_cb, self);
  return FALSE;
}

static void
left_cb (JfEngine *engine, gpointer data)
{
  set_timer (data, 0, finished_cb);
}

void
jf_host_finish (JfHost *self, void (*finished) (gpointer data), gpointer data)
{
  if (self->finishing)
    return;
  self->finishing = TRUE;
  if (self->desk != NULL)
    jf_desk_watch_stdio (self->desk, NULL, NULL);
  self->finished = finished;
  self->finished_data = data;
  clear_timer (self);
  if (self->engine == NULL)
    {
      /* Whoever runs the engine notices that we hang up. */
      set_timer (self, 0, finished_cb);
      return;
    }
  /* What this process offered ends with it. The others' offers stay, for whoever takes over. */
  for (unsigned i = 0; i < self->calls->len; i++)
    {
      HostCall *call = g_ptr_array_index (self->calls, i);

      if (call->local != NULL)
        jf_desk_call_withdraw (call->local);
    }
  /* The others are hung up on before they hear that all is left: one of them takes over. */
  jf_desk_close (self->desk);
  g_clear_pointer (&self->server, jf_local_server_free);
  g_signal_connect (self->engine, "left", G_CALLBACK (left_cb), self);
  /* Each step has a deadline of its own; this one keeps the promise whatever happens. */
  set_timer (self, FINISH_TIMEOUT_MS, finished_cb);
  jf_engine_leave (self->engine);
}
