/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manager/control/jf-audit.h"

#include "gateway/link/jf-log.h"
#include "manager/control/jf-control-private.h"

static char *
text_or_empty (const char *text)
{
  return g_strdup (text != NULL ? text : "");
}

static void
written_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  if (!jf_registry_write_finish (JF_REGISTRY (source), result, &error))
    jf_log (JF_LOG_WARNING, "audit-failed", "reason", JF_S (error->message), NULL);
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

  jf_registry_audit_async (self->registry, &line, written_cb, NULL);
  jf_log (JF_LOG_INFO, line.event, "member", JF_S (line.member), "device", JF_S (line.device),
          "service", JF_S (line.service), "tunnel", JF_I (line.tunnel), "detail",
          JF_S (line.detail), NULL);
}
