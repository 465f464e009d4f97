/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/model/jf-item.h"

#include <string.h>

#include "client-gui/model/jf-account-private.h"
#include "client-gui/model/jf-item-private.h"
#include "client-gui/model/jf-search.h"
#include "client-gui/model/jf-words.h"
#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-limits.h"
#include "gateway/wire/jf-names.h"

G_DEFINE_FINAL_TYPE (JfItem, jf_item, G_TYPE_OBJECT)

static GParamSpec *props[JF_ITEM_N_PROPS];

void
jf_item_say (JfItem *self, JfItemProp prop, const char *name)
{
  g_object_notify_by_pspec (G_OBJECT (self), props[prop]);
  if (name != NULL && self->account != NULL)
    jf_account_item_changed (self->account, self, name);
}

static gboolean
is_visible (const char *text)
{
  for (const char *c = text; *c != '\0'; c = g_utf8_next_char (c))
    if (g_unichar_isgraph (g_utf8_get_char (c)) && !g_unichar_ismark (g_utf8_get_char (c)) &&
        g_unichar_type (g_utf8_get_char (c)) != G_UNICODE_FORMAT)
      return TRUE;
  return FALSE;
}

/* (transfer full) what people call it: never empty, one line */
static char *
choose_title (JfItem *self)
{
  JfMemory *memory = self->account != NULL ? jf_account_get_memory (self->account) : NULL;
  g_autofree char *known = NULL;
  g_autofree char *clean = NULL;

  if (self->info != NULL)
    known = g_strdup (jf_service_get_title (self->info));
  else if (memory != NULL)
    known = jf_memory_get_title (memory, self->service);
  clean = jf_text_clean (known != NULL ? known : "", JF_TITLE_MAX_BYTES);
  g_strstrip (clean);
  return is_visible (clean) ? g_steal_pointer (&clean) : g_strdup (self->name);
}

static void
update_title (JfItem *self)
{
  g_autofree char *title = choose_title (self);
  g_autofree char *all = NULL;
  g_autofree char *folded = NULL;

  if (g_strcmp0 (self->title, title) == 0)
    return;
  g_free (self->title);
  self->title = g_steal_pointer (&title);
  all = g_strdup_printf ("%s\n%s\n%s", self->title, self->provider, self->name);
  g_free (self->search_key);
  self->search_key = jf_search_fold (all);
  folded = g_utf8_casefold (self->title, -1);
  g_free (self->collate_key);
  self->collate_key = g_utf8_collate_key (folded, -1);
  if (self->info != NULL && self->account != NULL)
    jf_memory_set_title (jf_account_get_memory (self->account), self->service, self->title);
  jf_item_say (self, JF_ITEM_PROP_TITLE, "title");
}

static void
keep_text (JfItem *self, char **place, const char *text, JfItemProp prop)
{
  if (g_strcmp0 (*place, text) == 0)
    return;
  g_free (*place);
  *place = g_strdup (text);
  jf_item_say (self, prop, NULL);
}

/* What it was stays when it is gone. */
static void
update_info (JfItem *self)
{
  if (self->info == NULL)
    return;
  keep_text (self, &self->open, jf_service_get_open (self->info), JF_ITEM_PROP_OPEN);
  keep_text (self, &self->app, jf_service_get_app (self->info), JF_ITEM_PROP_APP);
  self->port = jf_service_get_port (self->info);
}

static void
info_changed_cb (JfService *info, gpointer data)
{
  JfItem *self = data;

  update_info (self);
  update_title (self);
  jf_item_update (self);
}

void
jf_item_set_info (JfItem *self, JfService *info)
{
  if (self->info == info)
    return;
  if (self->info != NULL)
    g_signal_handlers_disconnect_by_data (self->info, self);
  g_set_object (&self->info, info);
  if (info != NULL)
    {
      g_signal_connect (info, "changed", G_CALLBACK (info_changed_cb), self);
      /* It was withdrawn, and is back. */
      if (g_error_matches (self->failure, JF_ERROR, JF_ERROR_NOT_AVAILABLE))
        g_clear_error (&self->failure);
      jf_item_clear_again (self);
    }
  update_info (self);
  update_title (self);
  jf_item_restore (self);
  jf_item_update (self);
}

gboolean
jf_item_is_held (JfItem *self)
{
  return self->wanted || self->favourite || self->join != NULL;
}

/* Where nothing moves and nobody looks nothing is added; once it goes on, those seconds are zeros. */
void
jf_item_sample (JfItem *self, int64_t now_us)
{
  JfThroughput *throughput = jf_item_get_throughput (self);
  JfTunnelStats stats;
  gboolean busy;

  if (self->join == NULL || !jf_join_get_stats (self->join, &stats))
    return;
  busy = stats.streams_open > 0 || stats.bytes_received != self->last_received ||
         stats.bytes_sent != self->last_sent;
  if (!busy && !self->active && !jf_throughput_is_watched (throughput))
    {
      self->skipped = TRUE;
      return;
    }
  if (self->skipped)
    jf_throughput_add (throughput, now_us - G_USEC_PER_SEC, self->last_received, self->last_sent);
  self->skipped = FALSE;
  self->active = busy;
  self->last_received = stats.bytes_received;
  self->last_sent = stats.bytes_sent;
  jf_throughput_add (throughput, now_us, stats.bytes_received, stats.bytes_sent);
}

void
jf_item_set_favourite (JfItem *self, gboolean favourite)
{
  JfMemory *memory = self->account != NULL ? jf_account_get_memory (self->account) : NULL;

  if (!favourite == !self->favourite || memory == NULL)
    return;
  self->favourite = !!favourite;
  jf_memory_set_favourite (memory, self->service, self->favourite);
  jf_memory_set_title (memory, self->service, self->title);
  jf_item_say (self, JF_ITEM_PROP_FAVOURITE, "favourite");
  if (self->info == NULL && self->account != NULL && !jf_item_is_held (self))
    jf_account_check_item (self->account, self);
}

void
jf_item_note_used (JfItem *self)
{
  JfMemory *memory = self->account != NULL ? jf_account_get_memory (self->account) : NULL;
  int64_t now = g_get_real_time () / G_USEC_PER_SEC;

  if (memory == NULL || self->used == now)
    return;
  self->used = now;
  jf_memory_set_used (memory, self->service, now);
  jf_memory_set_title (memory, self->service, self->title);
  jf_item_say (self, JF_ITEM_PROP_USED, "used");
}

void
jf_item_set_wanted (JfItem *self, gboolean wanted)
{
  JfMemory *memory = self->account != NULL ? jf_account_get_memory (self->account) : NULL;

  if (!wanted == !self->wanted || memory == NULL)
    return;
  self->wanted = !!wanted;
  jf_memory_set_joined (memory, self->service, self->wanted);
  jf_memory_set_title (memory, self->service, self->title);
  jf_item_say (self, JF_ITEM_PROP_WANTED, "wanted");
}

const char *
jf_item_get_id (JfItem *self)
{
  return self->id;
}

JfAccount *
jf_item_get_account (JfItem *self)
{
  return self->account;
}

const char *
jf_item_get_service (JfItem *self)
{
  return self->service;
}

const char *
jf_item_get_name (JfItem *self)
{
  return self->name;
}

const char *
jf_item_get_provider (JfItem *self)
{
  return self->provider;
}

const char *
jf_item_get_title (JfItem *self)
{
  return self->title;
}

const char *
jf_item_get_search_key (JfItem *self)
{
  return self->search_key;
}

const char *
jf_item_get_collate_key (JfItem *self)
{
  return self->collate_key;
}

const char *
jf_item_get_open (JfItem *self)
{
  return self->open;
}

const char *
jf_item_get_app (JfItem *self)
{
  return self->app;
}

uint16_t
jf_item_get_service_port (JfItem *self)
{
  return self->port;
}

gboolean
jf_item_get_online (JfItem *self)
{
  return self->online;
}

JfItemState
jf_item_get_state (JfItem *self)
{
  return self->state;
}

const char *
jf_item_get_state_text (JfItem *self)
{
  return self->state_text;
}

const char *
jf_item_get_icon_name (JfItem *self)
{
  return jf_words_item_icon (self->state);
}

const char *
jf_item_get_reason (JfItem *self)
{
  return self->reason;
}

const GError *
jf_item_get_error (JfItem *self)
{
  return self->error;
}

int64_t
jf_item_get_since (JfItem *self)
{
  return self->since;
}

gboolean
jf_item_is_wanted (JfItem *self)
{
  return self->wanted;
}

const char *
jf_item_get_address (JfItem *self)
{
  return self->address;
}

JfJoin *
jf_item_get_join (JfItem *self)
{
  return self->join;
}

JfThroughput *
jf_item_get_throughput (JfItem *self)
{
  /* Most items are never looked at that closely. */
  if (self->throughput == NULL)
    self->throughput = jf_throughput_new ();
  return self->throughput;
}

gboolean
jf_item_get_favourite (JfItem *self)
{
  return self->favourite;
}

int64_t
jf_item_get_used (JfItem *self)
{
  return self->used;
}

char *
jf_item_get_opener (JfItem *self)
{
  return self->account != NULL
             ? jf_memory_get_opener (jf_account_get_memory (self->account), self->service)
             : NULL;
}

void
jf_item_set_opener (JfItem *self, const char *desktop_id)
{
  if (self->account != NULL)
    jf_memory_set_opener (jf_account_get_memory (self->account), self->service, desktop_id);
}

static void
get_property (GObject *object, unsigned id, GValue *value, GParamSpec *pspec)
{
  JfItem *self = JF_ITEM (object);

  switch ((JfItemProp) id)
    {
    case JF_ITEM_PROP_TITLE:
      g_value_set_string (value, self->title);
      break;
    case JF_ITEM_PROP_PROVIDER:
    case JF_ITEM_PROP_PROVIDER_TITLE:
      g_value_set_string (value, self->provider);
      break;
    case JF_ITEM_PROP_STATE:
      g_value_set_int (value, (int) self->state);
      break;
    case JF_ITEM_PROP_STATE_TEXT:
      g_value_set_string (value, self->state_text);
      break;
    case JF_ITEM_PROP_REASON:
      g_value_set_string (value, self->reason);
      break;
    case JF_ITEM_PROP_SINCE:
      g_value_set_int64 (value, self->since);
      break;
    case JF_ITEM_PROP_FAVOURITE:
      g_value_set_boolean (value, self->favourite);
      break;
    case JF_ITEM_PROP_USED:
      g_value_set_int64 (value, self->used);
      break;
    case JF_ITEM_PROP_ADDRESS:
      g_value_set_string (value, self->address);
      break;
    case JF_ITEM_PROP_ONLINE:
      g_value_set_boolean (value, self->online);
      break;
    case JF_ITEM_PROP_ICON_NAME:
      g_value_set_string (value, jf_item_get_icon_name (self));
      break;
    case JF_ITEM_PROP_WANTED:
      g_value_set_boolean (value, self->wanted);
      break;
    case JF_ITEM_PROP_OPEN:
      g_value_set_string (value, self->open);
      break;
    case JF_ITEM_PROP_APP:
      g_value_set_string (value, self->app);
      break;
    case JF_ITEM_PROP_0:
    case JF_ITEM_N_PROPS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

void
jf_item_detach (JfItem *self)
{
  if (self->detached || self->account == NULL)
    return;
  self->detached = TRUE;
  g_object_add_weak_pointer (G_OBJECT (self->account), (gpointer *) &self->account);
}

/* After this nobody of the account is called any more, and nothing of it is used. */
void
jf_item_orphan (JfItem *self)
{
  jf_item_release (self);
  if (self->info != NULL)
    g_signal_handlers_disconnect_by_data (self->info, self);
  g_clear_object (&self->info);
  if (self->detached && self->account != NULL)
    g_object_remove_weak_pointer (G_OBJECT (self->account), (gpointer *) &self->account);
  self->account = NULL;
}

static void
jf_item_dispose (GObject *object)
{
  jf_item_orphan (JF_ITEM (object));

  G_OBJECT_CLASS (jf_item_parent_class)->dispose (object);
}

static void
jf_item_finalize (GObject *object)
{
  JfItem *self = JF_ITEM (object);

  g_clear_object (&self->throughput);
  g_clear_error (&self->failure);
  g_clear_error (&self->error);
  g_free (self->reason);
  g_free (self->open);
  g_free (self->app);
  g_free (self->address);
  g_free (self->id);
  g_free (self->service);
  g_free (self->provider);
  g_free (self->title);
  g_free (self->search_key);
  g_free (self->collate_key);

  G_OBJECT_CLASS (jf_item_parent_class)->finalize (object);
}

static void
add_string (JfItemProp prop, const char *name)
{
  props[prop] = g_param_spec_string (name, NULL, NULL, NULL,
                                     (G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

static void
add_boolean (JfItemProp prop, const char *name)
{
  props[prop] = g_param_spec_boolean (name, NULL, NULL, FALSE,
                                      (G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

static void
add_time (JfItemProp prop, const char *name)
{
  props[prop] = g_param_spec_int64 (name, NULL, NULL, 0, G_MAXINT64, 0,
                                    (G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

static void
jf_item_class_init (JfItemClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = get_property;
  object_class->dispose = jf_item_dispose;
  object_class->finalize = jf_item_finalize;
  add_string (JF_ITEM_PROP_TITLE, "title");
  add_string (JF_ITEM_PROP_PROVIDER, "provider");
  add_string (JF_ITEM_PROP_PROVIDER_TITLE, "provider-title");
  props[JF_ITEM_PROP_STATE] = g_param_spec_int ("state", NULL, NULL, JF_ITEM_AVAILABLE,
                                                JF_ITEM_GONE, JF_ITEM_UNKNOWN,
                                                (G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
  add_string (JF_ITEM_PROP_STATE_TEXT, "state-text");
  add_string (JF_ITEM_PROP_REASON, "reason");
  add_time (JF_ITEM_PROP_SINCE, "since");
  add_boolean (JF_ITEM_PROP_FAVOURITE, "favourite");
  add_time (JF_ITEM_PROP_USED, "used");
  add_string (JF_ITEM_PROP_ADDRESS, "address");
  add_boolean (JF_ITEM_PROP_ONLINE, "online");
  add_string (JF_ITEM_PROP_ICON_NAME, "icon-name");
  add_boolean (JF_ITEM_PROP_WANTED, "wanted");
  add_string (JF_ITEM_PROP_OPEN, "open");
  add_string (JF_ITEM_PROP_APP, "app");
  g_object_class_install_properties (object_class, JF_ITEM_N_PROPS, props);
}

static void
jf_item_init (JfItem *self)
{
  self->state = JF_ITEM_UNKNOWN;
}

JfItem *
jf_item_new (JfAccount *account, const char *service)
{
  JfItem *self = g_object_new (JF_TYPE_ITEM, NULL);
  JfMemory *memory = jf_account_get_memory (account);

  self->account = account;
  self->service = g_strdup (service);
  self->id = g_strdup_printf ("%s/%s", jf_account_get_id (account), service);
  self->name = strchr (self->service, '/') + 1;
  self->provider = g_strndup (self->service, (size_t) (self->name - self->service) - 1);
  self->favourite = jf_memory_get_favourite (memory, service);
  self->used = jf_memory_get_used (memory, service);
  self->wanted = jf_memory_get_joined (memory, service);
  update_title (self);
  jf_item_update (self);
  self->since = 0; /* nothing has changed yet */
  return self;
}
