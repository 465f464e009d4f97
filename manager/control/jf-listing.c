/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manager/control/jf-listing.h"

#include "gateway/link/jf-log.h"
#include "manager/control/jf-watchers.h"

/* Of the service objects alone; leaves room for the envelope. */
#define PAGE_MAX_BYTES (JF_MESSAGE_MAX_BYTES - 1024)
/* Pages that are sent at once, and the pause after each further one. */
#define PAGES_AT_ONCE 8
#define PAGE_PAUSE_MS 50

typedef struct
{
  JfMemberConn *conn; /* owns us through its list_timer */
  int64_t request;
  GPtrArray *pages; /* of strings: objects, with commas between */
  unsigned next;
} Listing;

static void
listing_free (Listing *self)
{
  g_ptr_array_unref (self->pages);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Listing, listing_free)

char *
jf_listing_describe (JfControl *control, const JfServiceRecord *record)
{
  g_autofree char *id = jf_control_service_id (record);
  g_autoptr (JsonObject) service = json_object_new ();
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), service);

  json_object_set_string_member (service, "service", id);
  json_object_set_string_member (service, "kind", record->kind);
  json_object_set_int_member (service, "port", record->port);
  json_object_set_string_member (service, "title", record->title);
  json_object_set_boolean_member (service, "online",
                                  jf_offers_count_online (control->offers, id) > 0);
  if (*record->open != '\0')
    json_object_set_string_member (service, "open", record->open);
  if (*record->app != '\0')
    json_object_set_string_member (service, "app", record->app);
  return json_to_string (node, FALSE);
}

/* The records that this member may see; the first by name when there are too many. */
static GPtrArray *
find_visible (JfControl *control, const char *member)
{
  g_autoptr (GPtrArray) all = jf_registry_list_services (control->registry);
  GPtrArray *visible = g_ptr_array_new ();

  for (unsigned i = 0; i < all->len; i++)
    {
      JfServiceRecord *record = g_ptr_array_index (all, i);

      if (!jf_registry_may_use (control->registry, member, record))
        continue;
      if (visible->len == JF_SERVICES_MAX_PER_LIST)
        {
          jf_log (JF_LOG_WARNING, "list-cut", "member", JF_S (member), NULL);
          break;
        }
      g_ptr_array_add (visible, record);
    }
  return visible;
}

static void
end_page (GPtrArray *pages, GString *page)
{
  g_ptr_array_add (pages, g_strdup (page->str));
  g_string_set_size (page, 0);
}

/* Many who come back at once ask for the same: where somebody watches, the texts are there. */
static GPtrArray *
build_pages (JfControl *control, GPtrArray *records)
{
  GPtrArray *pages = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GString) page = g_string_new (NULL);

  for (unsigned i = 0; i < records->len; i++)
    {
      const JfServiceRecord *record = g_ptr_array_index (records, i);
      g_autofree char *made = NULL;
      const char *text = jf_watchers_get_text (control->watchers, record);

      if (text == NULL)
        text = made = jf_listing_describe (control, record);
      if (page->len + 1 + strlen (text) > PAGE_MAX_BYTES)
        end_page (pages, page);
      if (page->len > 0)
        g_string_append_c (page, ',');
      g_string_append (page, text);
    }
  end_page (pages, page);
  return pages;
}

static gboolean
send_page (Listing *self)
{
  const char *page = g_ptr_array_index (self->pages, self->next++);
  gboolean more = self->next < self->pages->len;

  jf_member_conn_send_text (
      self->conn, g_strdup_printf ("{\"type\":\"" JF_MSG_SERVICES "\",\"request\":%" G_GINT64_FORMAT
                                   ",\"more\":%s,\"services\":[%s]}",
                                   self->request, more ? "true" : "false", page));
  return more;
}

static gboolean
next_page_cb (gpointer data)
{
  Listing *self = data;
  JfMemberConn *conn = self->conn;

  if (send_page (self))
    return G_SOURCE_CONTINUE;

  g_source_destroy (conn->list_timer);
  g_clear_pointer (&conn->list_timer, g_source_unref);
  jf_watchers_listed (conn->control->watchers, conn);
  jf_member_conn_release (conn);
  return G_SOURCE_REMOVE;
}

/* (transfer full) self */
static void
hold_for_pages (JfMemberConn *conn, Listing *self)
{
  jf_member_conn_hold (conn);
  conn->list_timer = g_timeout_source_new (PAGE_PAUSE_MS);
  g_source_set_callback (conn->list_timer, next_page_cb, self, (GDestroyNotify) listing_free);
  g_source_attach (conn->list_timer, NULL);
}

gboolean
jf_listing_handle_list (JfControl *control, JfMemberConn *conn, JsonObject *message, GError **error)
{
  g_autoptr (Listing) self = NULL;
  g_autoptr (GPtrArray) records = NULL;
  gboolean more = TRUE;
  gboolean watch;
  int64_t request;

  if (!jf_message_get_int (message, "request", 1, JF_REQUEST_MAX, &request, error) ||
      !jf_message_get_bool (message, "watch", &watch, error))
    return FALSE;

  records = find_visible (control, conn->member);
  if (watch)
    jf_watchers_begin (control->watchers, conn, records);
  self = g_new0 (Listing, 1);
  self->conn = conn;
  self->request = request;
  self->pages = build_pages (control, records);
  for (unsigned i = 0; more && i < PAGES_AT_ONCE; i++)
    more = send_page (self);
  if (!more)
    {
      jf_watchers_listed (control->watchers, conn);
      return TRUE;
    }
  hold_for_pages (conn, g_steal_pointer (&self));
  return TRUE;
}
