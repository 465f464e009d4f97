/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manager/control/jf-listing.h"
#include "manager/control/jf-watchers-private.h"

/* Of the entries alone; leaves room for the envelope. */
#define CHANGES_MAX_BYTES (JF_MESSAGE_MAX_BYTES - 1024)

static const JfServiceRecord *
get_record (JfWatchers *self, const JfWatchedService *service)
{
  return jf_registry_get_service (self->control->registry, service->provider, service->name);
}

static gboolean
same_allow (char *const *a, char *const *b)
{
  if (a == NULL || b == NULL)
    return a == b;
  return g_strv_equal ((const char *const *) a, (const char *const *) b);
}

gboolean
jf_watchers_note (JfWatchers *self, JfWatchedService *service)
{
  const JfServiceRecord *record = get_record (self, service);
  g_autofree char *text = record != NULL ? jf_listing_describe (self->control, record) : NULL;

  if (g_strcmp0 (text, service->text) == 0 &&
      same_allow (record != NULL ? record->allow : NULL, service->allow))
    return FALSE;
  g_free (service->text);
  service->text = g_steal_pointer (&text);
  g_strfreev (service->allow);
  service->allow = record != NULL ? g_strdupv (record->allow) : NULL;
  return TRUE;
}

/* `only_seen`: those who were told of it; it concerns nobody else that it is gone. */
static void
concern_set (JfWatchers *self, GHashTable *watchers, JfWatchedService *service, gboolean only_seen)
{
  GHashTableIter iter;
  gpointer key;

  if (watchers == NULL)
    return;
  g_hash_table_iter_init (&iter, watchers);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      JfWatcher *watcher = key;

      if (!only_seen || jf_bit_set_has (&watcher->seen, service->number))
        jf_watchers_concern (self, watcher, service);
    }
}

static void
concern_allowed (JfWatchers *self,
                 char *const *allow,
                 JfWatchedService *service,
                 gboolean only_seen)
{
  concern_set (self, g_hash_table_lookup (self->by_member, service->provider), service, only_seen);
  for (unsigned i = 0; allow[i] != NULL; i++)
    {
      const char *entry = allow[i];

      if (g_str_equal (entry, "*"))
        concern_set (self, self->all, service, only_seen);
      else if (entry[0] == '@')
        concern_set (self, g_hash_table_lookup (self->by_group, entry + 1), service, only_seen);
      else
        concern_set (self, g_hash_table_lookup (self->by_member, entry), service, only_seen);
    }
}

/* Who was told of it, was so by the policy that was noted last, or has it pending anyway: that saves
 * a table of who sees what. */
void
jf_watchers_spread (JfWatchers *self, JfWatchedService *service)
{
  g_auto (GStrv) before = g_strdupv (service->allow);

  if (!jf_watchers_note (self, service))
    return;
  if (before != NULL)
    concern_allowed (self, before, service, TRUE);
  if (service->allow != NULL)
    concern_allowed (self, service->allow, service, FALSE);
}

typedef struct
{
  GString *services;
  GString *gone;
} Changes;

static void
append (GString *list, const char *text)
{
  if (list->len > 0)
    g_string_append_c (list, ',');
  g_string_append (list, text);
}

static void
append_gone (GString *list, const char *service)
{
  g_autofree char *quoted = g_strdup_printf ("\"%s\"", service);

  append (list, quoted);
}

static gboolean
may_see (JfWatchers *self, JfWatcher *watcher, JfWatchedService *service)
{
  const JfServiceRecord *record = get_record (self, service);

  if (record == NULL ||
      !jf_registry_may_use (self->control->registry, watcher->conn->member, record))
    return FALSE;
  /* Beyond the limit it is as if it were not there. */
  return jf_bit_set_has (&watcher->seen, service->number) ||
         watcher->seen.count < JF_SERVICES_MAX_PER_LIST;
}

/* (transfer full) What a dirty service is now is not noted yet: that would keep it from being
 * spread. */
static char *
get_text (JfWatchers *self, JfWatchedService *service)
{
  if (service->dirty)
    return jf_listing_describe (self->control, get_record (self, service));
  if (service->text == NULL)
    (void) jf_watchers_note (self, service);
  return g_strdup (service->text);
}

/* Who may see it is asked now, not when it was spread. FALSE: there is no room for it. */
static gboolean
tell_one (JfWatchers *self, JfWatcher *watcher, JfWatchedService *service, Changes *changes)
{
  gboolean seen = jf_bit_set_has (&watcher->seen, service->number);
  g_autofree char *text = may_see (self, watcher, service) ? get_text (self, service) : NULL;
  size_t size = 3 + (text != NULL ? strlen (text) : strlen (service->service));

  if (changes->services->len + changes->gone->len + size > CHANGES_MAX_BYTES)
    return FALSE;
  if (text != NULL)
    {
      append (changes->services, text);
      jf_watchers_put (service, &watcher->seen);
    }
  else if (seen)
    {
      append_gone (changes->gone, service->service);
      jf_watchers_take (self, service, &watcher->seen);
    }
  jf_watchers_take (self, service, &watcher->pending);
  return TRUE;
}

static void
collect (JfWatchers *self, JfWatcher *watcher, Changes *changes)
{
  const JfBitSet *pending = &watcher->pending;
  int i = jf_bit_set_next (pending, 0);

  while (i >= 0 && tell_one (self, watcher, self->by_number->pdata[i], changes))
    i = jf_bit_set_next (pending, (unsigned) i + 1);
  if (pending->count == 0)
    jf_bit_set_clear (&watcher->pending);
}

void
jf_watchers_tell (JfWatchers *self, JfWatcher *watcher)
{
  Changes changes = { g_string_new (NULL), g_string_new (NULL) };

  collect (self, watcher, &changes);
  if (changes.services->len + changes.gone->len > 0)
    {
      char *text = g_strdup_printf ("{\"type\":\"" JF_MSG_CHANGES
                                    "\",\"services\":[%s],\"gone\":[%s]}",
                                    changes.services->str, changes.gone->str);
      g_autoptr (GBytes) bytes = g_bytes_new_take (text, strlen (text));

      watcher->in_flight = TRUE;
      jf_front_conn_send_and_tell (watcher->conn->front, bytes);
    }
  /* else: what was pending makes no difference to it */
  g_string_free (changes.services, TRUE);
  g_string_free (changes.gone, TRUE);
}
