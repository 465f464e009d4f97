/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-entrance.h"

#include "gateway/link/jf-counter.h"
#include "gateway/link/jf-socket.h"
#include "gateway/wire/jf-limits.h"

/* Connections that may be handed over while there is no channel. */
#define TAKEN_MAX 64
/* Connections wait this long for a channel before they are reset. */
#define STARVED_MS (2 * JF_HANDSHAKE_TIMEOUT_MS)

static void
set_mode (JfEntrance *self, JfAcceptorMode mode)
{
  for (unsigned i = 0; i < self->acceptors->len; i++)
    jf_acceptor_set_mode (self->acceptors->pdata[i], mode);
}

static void
reset_taken (JfEntrance *self)
{
  for (unsigned i = 0; i < self->taken->len; i++)
    jf_socket_reset (g_array_index (self->taken, int, i));
  g_array_set_size (self->taken, 0);
}

static void
starved_cb (JfTimer *timer)
{
  JfEntrance *self = JF_CONTAINER_OF (timer, JfEntrance, starved);

  self->resetting = TRUE;
  set_mode (self, JF_ACCEPTOR_RESET);
  reset_taken (self);
}

static void
let_in (JfEntrance *self)
{
  jf_timer_stop (&self->starved);
  self->resetting = FALSE;
  set_mode (self, JF_ACCEPTOR_OPEN);
  for (unsigned i = 0; i < self->taken->len; i++)
    self->accepted (g_array_index (self->taken, int, i), self->owner);
  g_array_set_size (self->taken, 0);
}

static void
keep_out (JfEntrance *self)
{
  set_mode (self, self->resetting ? JF_ACCEPTOR_RESET : JF_ACCEPTOR_PAUSED);
  if (self->starved.loop == NULL && !self->resetting)
    jf_timer_start (&self->starved, self->loop, STARVED_MS, starved_cb);
}

void
jf_entrance_set_open (JfEntrance *self, gboolean open)
{
  self->open = open;
  if (open)
    let_in (self);
  else
    keep_out (self);
}

void
jf_entrance_listen (JfEntrance *self, int fd, gboolean check_uid)
{
  g_ptr_array_add (self->acceptors,
                   jf_acceptor_new (self->loop, fd, check_uid, self->accepted, self->owner));
  jf_entrance_set_open (self, self->open);
}

void
jf_entrance_take (JfEntrance *self, int fd)
{
  if (self->taken->len >= TAKEN_MAX)
    {
      jf_count (JF_COUNT_STREAM_LIMIT);
      jf_socket_reset (fd);
      return;
    }
  g_array_append_val (self->taken, fd);
  jf_entrance_set_open (self, self->open);
}

void
jf_entrance_init (JfEntrance *self, JfLoop *loop, JfAcceptorFunc accepted, gpointer owner)
{
  *self = (JfEntrance){ .loop = loop, .accepted = accepted, .owner = owner };
  self->acceptors = g_ptr_array_new_with_free_func ((GDestroyNotify) jf_acceptor_free);
  self->taken = g_array_new (FALSE, FALSE, sizeof (int));
}

void
jf_entrance_clear (JfEntrance *self)
{
  jf_timer_stop (&self->starved);
  g_clear_pointer (&self->acceptors, g_ptr_array_unref);
  reset_taken (self);
  g_clear_pointer (&self->taken, g_array_unref);
}
