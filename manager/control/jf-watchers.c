/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manager/control/jf-watchers.h"

#include "manager/control/jf-watchers-private.h"

#define GATHER_MS 200
/* The main thread does this work for so long at a time, and something else for as long. */
#define SLICE_US (4 * 1000)
#define PAUSE_MS 4

static gboolean gather_cb (gpointer data);
static gboolean work_cb (gpointer data);

static void
clear_source (GSource **source)
{
  if (*source == NULL)
    return;
  g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
arm (JfWatchers *self, GSource **source, unsigned timeout_ms, GSourceFunc func)
{
  if (*source != NULL)
    return;
  *source = g_timeout_source_new (timeout_ms);
  g_source_set_callback (*source, func, self, NULL);
  g_source_attach (*source, NULL);
}

static void
service_free (gpointer data)
{
  JfWatchedService *service = data;

  g_free (service->service);
  g_free (service->provider);
  g_free (service->text);
  g_strfreev (service->allow);
  g_free (service);
}

static JfWatchedService *
get_service (JfWatchers *self, const char *name)
{
  JfWatchedService *service = g_hash_table_lookup (self->services, name);

  if (service != NULL)
    return service;
  service = g_new0 (JfWatchedService, 1);
  service->service = g_strdup (name);
  service->name = strchr (service->service, '/') + 1;
  service->provider = g_strndup (name, (size_t) (service->name - service->service) - 1);
  if (self->free_numbers->len > 0)
    {
      service->number = g_array_index (self->free_numbers, unsigned, self->free_numbers->len - 1);
      g_array_set_size (self->free_numbers, self->free_numbers->len - 1);
      self->by_number->pdata[service->number] = service;
    }
  else
    {
      service->number = self->by_number->len;
      g_ptr_array_add (self->by_number, service);
    }
  g_hash_table_insert (self->services, service->service, service);
  return service;
}

static void
release_service (JfWatchers *self, JfWatchedService *service)
{
  if (service->uses > 0 || service->dirty)
    return;
  self->by_number->pdata[service->number] = NULL;
  g_array_append_val (self->free_numbers, service->number);
  g_hash_table_remove (self->services, service->service);
}

void
jf_watchers_put (JfWatchedService *service, JfBitSet *set)
{
  if (jf_bit_set_add (set, service->number))
    service->uses++;
}

void
jf_watchers_take (JfWatchers *self, JfWatchedService *service, JfBitSet *set)
{
  if (!jf_bit_set_remove (set, service->number))
    return;
  service->uses--;
  release_service (self, service);
}

static void
empty_set (JfWatchers *self, JfBitSet *set)
{
  for (int i = jf_bit_set_next (set, 0); i >= 0; i = jf_bit_set_next (set, (unsigned) i + 1))
    jf_watchers_take (self, self->by_number->pdata[i], set);
  jf_bit_set_clear (set);
}

/* Nobody needs to be told: then nothing needs to be known. */
void
jf_watchers_mark (JfWatchers *self, const char *name)
{
  JfWatchedService *service;

  if (g_hash_table_size (self->all) == 0 || self->control->stopping)
    return;
  service = get_service (self, name);
  if (service->dirty)
    return;
  service->dirty = TRUE;
  g_queue_push_tail (&self->dirty, service);
  arm (self, &self->gathering, GATHER_MS, gather_cb);
}

void
jf_watchers_mark_provider (JfWatchers *self, const char *provider)
{
  for (unsigned i = 0; i < self->by_number->len; i++)
    {
      const JfWatchedService *service = self->by_number->pdata[i];

      if (service != NULL && g_str_equal (service->provider, provider))
        jf_watchers_mark (self, service->service);
    }
}

static void
index_add (GHashTable *index, const char *label, JfWatcher *watcher)
{
  GHashTable *set = g_hash_table_lookup (index, label);

  if (set == NULL)
    {
      set = g_hash_table_new (NULL, NULL);
      g_hash_table_insert (index, g_strdup (label), set);
    }
  g_hash_table_add (set, watcher);
}

static void
index_remove (GHashTable *index, const char *label, JfWatcher *watcher)
{
  GHashTable *set = g_hash_table_lookup (index, label);

  if (set == NULL)
    return;
  g_hash_table_remove (set, watcher);
  if (g_hash_table_size (set) == 0)
    g_hash_table_remove (index, label);
}

static void
leave_groups (JfWatchers *self, JfWatcher *watcher)
{
  for (unsigned i = 0; watcher->groups[i] != NULL; i++)
    index_remove (self->by_group, watcher->groups[i], watcher);
  g_clear_pointer (&watcher->groups, g_strfreev);
}

static void
enter_groups (JfWatchers *self, JfWatcher *watcher)
{
  const JfMember *member = jf_registry_get_member (self->control->registry, watcher->conn->member);

  watcher->groups = member != NULL ? g_strdupv (member->groups) : g_new0 (char *, 1);
  for (unsigned i = 0; watcher->groups[i] != NULL; i++)
    index_add (self->by_group, watcher->groups[i], watcher);
}

static void
become_ready (JfWatchers *self, JfWatcher *watcher)
{
  if (watcher->is_ready || watcher->listing || watcher->in_flight || watcher->pending.count == 0)
    return;
  watcher->is_ready = TRUE;
  g_queue_push_tail_link (&self->ready, &watcher->link);
  arm (self, &self->working, 0, work_cb);
}

/* All that it sees and all that there is; what makes no difference to it is not sent. */
static void
recheck_all (JfWatchers *self, JfWatcher *watcher)
{
  g_autoptr (GPtrArray) records = jf_registry_list_services (self->control->registry);
  JfBitSet *seen = &watcher->seen;

  for (int i = jf_bit_set_next (seen, 0); i >= 0; i = jf_bit_set_next (seen, (unsigned) i + 1))
    jf_watchers_put (self->by_number->pdata[i], &watcher->pending);
  for (unsigned i = 0; i < records->len; i++)
    {
      const JfServiceRecord *record = g_ptr_array_index (records, i);
      g_autofree char *name = jf_control_service_id (record);

      if (jf_registry_may_use (self->control->registry, watcher->conn->member, record))
        jf_watchers_put (get_service (self, name), &watcher->pending);
    }
}

void
jf_watchers_mark_member (JfWatchers *self, const char *member)
{
  GHashTable *watchers = g_hash_table_lookup (self->by_member, member);
  GHashTableIter iter;
  gpointer key;

  if (watchers == NULL)
    return;
  g_hash_table_iter_init (&iter, watchers);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      leave_groups (self, key);
      enter_groups (self, key);
      recheck_all (self, key);
      become_ready (self, key);
    }
}

static gboolean
gather_cb (gpointer data)
{
  JfWatchers *self = data;
  JfWatchedService *service;

  clear_source (&self->gathering);
  while ((service = g_queue_pop_head (&self->dirty)) != NULL)
    g_queue_push_tail (&self->spreading, service);
  arm (self, &self->working, 0, work_cb);
  return G_SOURCE_REMOVE;
}

/* First everything is spread, then it is told, so that one message holds all of it. FALSE: done. */
static gboolean
work (JfWatchers *self)
{
  JfWatchedService *service = g_queue_pop_head (&self->spreading);
  GList *link;

  if (service != NULL)
    {
      service->dirty = FALSE;
      jf_watchers_spread (self, service);
      release_service (self, service);
      return TRUE;
    }
  link = g_queue_peek_head_link (&self->ready);
  if (link == NULL)
    return FALSE;
  g_queue_unlink (&self->ready, link);
  ((JfWatcher *) link->data)->is_ready = FALSE;
  jf_watchers_tell (self, link->data);
  return TRUE;
}

static gboolean
work_cb (gpointer data)
{
  JfWatchers *self = data;
  int64_t until_us = g_get_monotonic_time () + SLICE_US;
  gboolean more = TRUE;

  while (more && g_get_monotonic_time () < until_us)
    more = work (self);
  clear_source (&self->working);
  if (more)
    arm (self, &self->working, PAUSE_MS, work_cb);
  return G_SOURCE_REMOVE;
}

void
jf_watchers_concern (JfWatchers *self, JfWatcher *watcher, JfWatchedService *service)
{
  jf_watchers_put (service, &watcher->pending);
  become_ready (self, watcher);
}

static void
add_pending_dirty (JfWatchers *self, JfWatcher *watcher, GQueue *queue)
{
  for (GList *link = queue->head; link != NULL; link = link->next)
    jf_watchers_put (link->data, &watcher->pending);
}

/* Its answer holds what these services are now; what was spread last may be something else. */
static void
note_seen (JfWatchers *self, JfWatcher *watcher, GPtrArray *records)
{
  for (unsigned i = 0; i < records->len; i++)
    {
      const JfServiceRecord *record = g_ptr_array_index (records, i);
      g_autofree char *name = jf_control_service_id (record);
      JfWatchedService *service = get_service (self, name);

      if (service->text == NULL && !service->dirty)
        jf_watchers_note (self, service);
      jf_watchers_put (service, &watcher->seen);
    }
  add_pending_dirty (self, watcher, &self->dirty);
  add_pending_dirty (self, watcher, &self->spreading);
}

const char *
jf_watchers_get_text (JfWatchers *self, const JfServiceRecord *record)
{
  g_autofree char *name = jf_control_service_id (record);
  const JfWatchedService *service = g_hash_table_lookup (self->services, name);

  return service != NULL && !service->dirty ? service->text : NULL;
}

static JfWatcher *
add_watcher (JfWatchers *self, JfMemberConn *conn)
{
  JfWatcher *watcher = g_new0 (JfWatcher, 1);

  watcher->conn = conn;
  watcher->link.data = watcher;
  conn->watcher = watcher;
  g_hash_table_add (self->all, watcher);
  index_add (self->by_member, conn->member, watcher);
  enter_groups (self, watcher);
  return watcher;
}

void
jf_watchers_begin (JfWatchers *self, JfMemberConn *conn, GPtrArray *records)
{
  JfWatcher *watcher = conn->watcher != NULL ? conn->watcher : add_watcher (self, conn);

  empty_set (self, &watcher->pending);
  empty_set (self, &watcher->seen);
  watcher->listing = TRUE;
  note_seen (self, watcher, records);
}

void
jf_watchers_listed (JfWatchers *self, JfMemberConn *conn)
{
  if (conn->watcher == NULL)
    return;
  conn->watcher->listing = FALSE;
  become_ready (self, conn->watcher);
}

void
jf_watchers_drained (JfWatchers *self, JfMemberConn *conn)
{
  if (conn->watcher == NULL)
    return;
  conn->watcher->in_flight = FALSE;
  become_ready (self, conn->watcher);
}

static void
remove_watcher (JfWatchers *self, JfWatcher *watcher)
{
  if (watcher->is_ready)
    g_queue_unlink (&self->ready, &watcher->link);
  empty_set (self, &watcher->pending);
  empty_set (self, &watcher->seen);
  leave_groups (self, watcher);
  index_remove (self->by_member, watcher->conn->member, watcher);
  watcher->conn->watcher = NULL;
  g_hash_table_remove (self->all, watcher);
  g_free (watcher);
}

void
jf_watchers_forget (JfWatchers *self, JfMemberConn *conn)
{
  if (conn->watcher != NULL)
    remove_watcher (self, conn->watcher);
}

JfWatchers *
jf_watchers_new (JfControl *control)
{
  JfWatchers *self = g_new0 (JfWatchers, 1);

  self->control = control;
  self->services = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, service_free);
  self->by_number = g_ptr_array_new ();
  self->free_numbers = g_array_new (FALSE, FALSE, sizeof (unsigned));
  self->all = g_hash_table_new (NULL, NULL);
  self->by_member = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                           (GDestroyNotify) g_hash_table_unref);
  self->by_group = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                          (GDestroyNotify) g_hash_table_unref);
  return self;
}

void
jf_watchers_free (JfWatchers *self)
{
  GHashTableIter iter;
  gpointer watcher;

  clear_source (&self->gathering);
  clear_source (&self->working);
  g_queue_clear (&self->dirty);
  g_queue_clear (&self->spreading);
  for (g_hash_table_iter_init (&iter, self->all); g_hash_table_iter_next (&iter, &watcher, NULL);
       g_hash_table_iter_init (&iter, self->all))
    remove_watcher (self, watcher);
  g_hash_table_unref (self->all);
  g_hash_table_unref (self->by_member);
  g_hash_table_unref (self->by_group);
  g_hash_table_unref (self->services);
  g_ptr_array_unref (self->by_number);
  g_array_unref (self->free_numbers);
  g_free (self);
}
