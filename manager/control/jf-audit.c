/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manager/control/jf-audit.h"

#include "gateway/link/jf-log.h"
#include "manager/control/jf-control-private.h"

#define PURGE_INTERVAL_S 3600
#define DAY_S            (24 * 3600)

static char *
text_or_empty (const char *text)
{
  return g_strdup (text != NULL ? text : "");
}

typedef struct
{
  uint64_t n_lines; /* so many have to be settled */
  void (*settled) (gpointer data);
  gpointer data;
} Waiter;

static void
wake_waiters (JfControl *self, uint64_t n_settled)
{
  Waiter *waiter;

  while ((waiter = g_queue_peek_head (&self->audit_waiters)) != NULL &&
         waiter->n_lines <= n_settled)
    {
      g_queue_pop_head (&self->audit_waiters);
      waiter->settled (waiter->data);
      g_free (waiter);
    }
}

void
jf_audit_when_settled (JfControl *self, void (*settled) (gpointer data), gpointer data)
{
  Waiter *waiter;

  if (self->freed || self->n_settled == self->n_audited)
    {
      settled (data);
      return;
    }
  waiter = g_new (Waiter, 1);
  *waiter = (Waiter){ self->n_audited, settled, data };
  g_queue_push_tail (&self->audit_waiters, waiter);
}

void
jf_audit_stop (JfControl *self)
{
  wake_waiters (self, UINT64_MAX);
}

static void
written_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  JfControl *self = data;
  g_autoptr (GError) error = NULL;

  if (!jf_registry_write_finish (JF_REGISTRY (source), result, &error))
    jf_log (JF_LOG_WARNING, "audit-failed", "reason", JF_S (error->message), NULL);
  self->n_settled++;
  wake_waiters (self, self->n_settled);
  jf_control_unref (self);
}

void
jf_audit (JfControl *self, const JfAuditEvent *event)
{
  g_autofree char *event_name = g_strdup (event->event);
  g_autofree char *member = text_or_empty (event->member);
  g_autofree char *device = text_or_empty (event->device);
  g_autofree char *service = text_or_empty (event->service);
  g_autofree char *detail = text_or_empty (event->detail);
  JfAuditLine line = {
    .event = event_name,
    .member = member,
    .device = device,
    .service = service,
    .tunnel = (int64_t) event->tunnel,
  };

  if (self->keep_addresses && event->address != NULL)
    {
      char *with_address = g_strdup_printf ("%s%sfrom %s", detail, *detail != '\0' ? ", " : "",
                                            event->address);

      g_free (detail);
      detail = with_address;
    }
  line.detail = detail;

  self->n_audited++;
  jf_registry_audit_async (self->registry, &line, written_cb, jf_control_ref (self));
  jf_log (JF_LOG_INFO, line.event, "member", JF_S (line.member), "device", JF_S (line.device),
          "service", JF_S (line.service), "tunnel", JF_I (line.tunnel), "detail",
          JF_S (line.detail), NULL);
}

static void purge (JfControl *self);

static void
purged_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  JfControl *self = data;
  g_autoptr (GError) error = NULL;
  gssize count = jf_registry_purge_audit_finish (JF_REGISTRY (source), result, &error);

  if (count < 0)
    jf_log (JF_LOG_WARNING, "audit-purge-failed", "reason", JF_S (error->message), NULL);
  else
    self->n_purged += (uint64_t) count;
  if (count > 0)
    purge (self);
  else if (self->n_purged > 0)
    {
      jf_log (JF_LOG_INFO, "audit-purged", "lines", JF_I (self->n_purged), NULL);
      self->n_purged = 0;
    }
  jf_control_unref (self);
}

static void
purge (JfControl *self)
{
  int64_t now = g_get_real_time () / G_USEC_PER_SEC;

  if (!self->freed && self->audit_days > 0)
    jf_registry_purge_audit_async (self->registry, now - (int64_t) self->audit_days * DAY_S,
                                   purged_cb, jf_control_ref (self));
}

static gboolean
purge_cb (gpointer data)
{
  purge (data);
  return G_SOURCE_CONTINUE;
}

void
jf_audit_keep_days (JfControl *self, unsigned days)
{
  if (self->audit_days == days)
    return;
  self->audit_days = days;
  if (self->purge_timer != NULL)
    {
      g_source_destroy (self->purge_timer);
      g_clear_pointer (&self->purge_timer, g_source_unref);
    }
  if (days == 0)
    return;
  self->purge_timer = g_timeout_source_new_seconds (PURGE_INTERVAL_S);
  g_source_set_callback (self->purge_timer, purge_cb, self, NULL);
  g_source_attach (self->purge_timer, NULL);
  purge (self);
}
