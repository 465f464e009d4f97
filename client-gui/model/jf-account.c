/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/model/jf-account.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/socket.h>

#include "client-gui/model/jf-account-private.h"
#include "client-gui/model/jf-words.h"
#include "gateway/link/jf-proxy.h"
#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-limits.h"
#include "gateway/wire/jf-names.h"

G_DEFINE_FINAL_TYPE (JfAccount, jf_account, G_TYPE_OBJECT)

enum
{
  ITEM_CHANGED,
  N_SIGNALS
};

static unsigned signals[N_SIGNALS];
static GParamSpec *props[JF_ACCOUNT_N_PROPS];

void
jf_account_notify (JfAccount *self, JfAccountProp prop)
{
  g_object_notify_by_pspec (G_OBJECT (self), props[prop]);
}

void
jf_account_item_changed (JfAccount *self, JfItem *item, const char *property)
{
  g_signal_emit (self, signals[ITEM_CHANGED], 0, item, property);
}

void
jf_account_log_item (JfAccount *self, JfItem *item)
{
  const GError *error = jf_item_get_error (item);

  jf_support_log_add (self->log, jf_item_get_service (item), "%s%s%s",
                      jf_words_item_state_name (jf_item_get_state (item)),
                      error != NULL ? ": " : "", error != NULL ? error->message : "");
}

static gboolean
same_error (const GError *a, const GError *b)
{
  if (a == NULL || b == NULL)
    return a == b;
  return a->domain == b->domain && a->code == b->code && strcmp (a->message, b->message) == 0;
}

/* (transfer full) whole sentences, or NULL */
static char *
find_reason (JfAccount *self)
{
  if (self->error == NULL)
    return NULL;
  if (self->state == JF_ACCOUNT_LOCKED)
    return g_strdup_printf (_ ("The key of this device is in your keyring, and that cannot be read "
                               "now: %s. Unlock it to go on; it is also tried again by itself."),
                               self->error->message);
  if (self->state == JF_ACCOUNT_BROKEN)
    return jf_words_broken (self->error);
  return jf_words_account_error (self->error, self->title);
}

void
jf_account_set_state (JfAccount *self, JfAccountState state, const GError *error)
{
  gboolean changed = state != self->state;
  GError *copy;

  if (!changed && same_error (error, self->error))
    return;
  copy = error != NULL ? g_error_copy (error) : NULL;
  g_clear_error (&self->error);
  self->error = copy;
  self->state = state;
  g_free (self->reason);
  self->reason = find_reason (self);
  jf_support_log_add (self->log, NULL, "manager %s%s%s", jf_words_account_state_name (state),
                      error != NULL ? ": " : "", error != NULL ? error->message : "");
  g_object_freeze_notify (G_OBJECT (self));
  jf_account_notify (self, JF_ACCOUNT_PROP_REASON);
  if (changed)
    {
      self->since = g_get_real_time () / G_USEC_PER_SEC;
      jf_account_notify (self, JF_ACCOUNT_PROP_SINCE);
      jf_account_notify (self, JF_ACCOUNT_PROP_STATE_TEXT);
      jf_account_notify (self, JF_ACCOUNT_PROP_STATE);
    }
  g_object_thaw_notify (G_OBJECT (self));
  jf_account_items_update (self);
}

static void
set_text (JfAccount *self, char **place, const char *text, JfAccountProp prop)
{
  if (g_strcmp0 (*place, text) == 0)
    return;
  g_free (*place);
  *place = g_strdup (text);
  jf_account_notify (self, prop);
}

void
jf_account_take_enrolment (JfAccount *self, const JfEnrolment *enrolment)
{
  g_autofree char *title = NULL;

  g_free (self->host);
  self->host = jf_text_clean (enrolment->host, JF_TEXT_MAX_BYTES);
  self->port = enrolment->port;
  if (self->port == 443)
    title = g_strdup (self->host);
  else
    title = g_strdup_printf (strchr (self->host, ':') != NULL ? "[%s]:%u" : "%s:%u", self->host,
                             self->port);
  set_text (self, &self->title, title, JF_ACCOUNT_PROP_TITLE);
  set_text (self, &self->member, enrolment->member, JF_ACCOUNT_PROP_MEMBER);
}

void
jf_account_set_key_place (JfAccount *self, gboolean in_file)
{
  g_autofree char *path = g_build_filename (self->dir, "device.key", NULL);

  self->in_file = in_file;
  g_free (self->key_place);
  if (!in_file)
    self->key_place = g_strdup (_ ("The key of this device is in your keyring, which is encrypted "
                                   "with your login password."));
  else if (self->keyring == NULL)
    self->key_place = g_strdup_printf (_ ("The key of this device is in the file %s, which only "
                                          "you can read."),
                                          path);
  else
    self->key_place = g_strdup_printf (_ ("The key of this device is in the file %s, which only "
                                          "you can read, because no keyring could be used when "
                                          "this device was enrolled. Enrol again to keep it in the "
                                          "keyring."),
                                          path);
}

const char *
jf_account_get_id (JfAccount *self)
{
  return self->id;
}

const char *
jf_account_get_dir (JfAccount *self)
{
  return self->dir;
}

const char *
jf_account_get_host (JfAccount *self)
{
  return self->host;
}

uint16_t
jf_account_get_port (JfAccount *self)
{
  return self->port;
}

const char *
jf_account_get_title (JfAccount *self)
{
  return self->title;
}

const char *
jf_account_get_member (JfAccount *self)
{
  return self->member;
}

const JfKeyId *
jf_account_get_manager_key (JfAccount *self)
{
  return &self->manager;
}

const JfKeyId *
jf_account_get_device_key (JfAccount *self)
{
  return self->has_device ? &self->device : NULL;
}

gboolean
jf_account_get_key_in_file (JfAccount *self)
{
  return self->in_file;
}

const char *
jf_account_get_key_place (JfAccount *self)
{
  return self->key_place;
}

const char *
jf_account_get_keyring_id (JfAccount *self)
{
  return self->keyring_id;
}

JfAccountState
jf_account_get_state (JfAccount *self)
{
  return self->state;
}

const char *
jf_account_get_state_text (JfAccount *self)
{
  return jf_words_account_state (self->state);
}

const char *
jf_account_get_reason (JfAccount *self)
{
  return self->reason;
}

const GError *
jf_account_get_error (JfAccount *self)
{
  return self->error;
}

int64_t
jf_account_get_since (JfAccount *self)
{
  return self->since;
}

int
jf_account_get_retry_ms (JfAccount *self)
{
  return self->engine != NULL ? jf_engine_get_retry_ms (self->engine) : -1;
}

gboolean
jf_account_services_known (JfAccount *self)
{
  return self->known;
}

GListModel *
jf_account_get_items (JfAccount *self)
{
  return G_LIST_MODEL (self->items);
}

JfItem *
jf_account_find (JfAccount *self, const char *service)
{
  return g_hash_table_lookup (self->by_service, service);
}

JfEngine *
jf_account_get_engine (JfAccount *self)
{
  return self->engine;
}

JfMemory *
jf_account_get_memory (JfAccount *self)
{
  return self->memory;
}

JfSupportLog *
jf_account_get_log (JfAccount *self)
{
  return self->log;
}

void
jf_account_set_restore (JfAccount *self, gboolean restore)
{
  self->restore = restore;
}

void
jf_account_set_fixed_ports (JfAccount *self, gboolean fixed_ports)
{
  self->fixed_ports = fixed_ports;
  if (self->files != NULL)
    jf_state_set_keep_ports (self->files, fixed_ports);
}

void
jf_account_set_proxy (JfAccount *self, const char *mode_or_url)
{
  const char *proxy = mode_or_url != NULL && *mode_or_url != '\0' ? mode_or_url : JF_PROXY_AUTO;
  g_autoptr (GError) error = NULL;

  if (!jf_proxy_check (proxy, &error))
    {
      jf_support_log_add (self->log, NULL, "the proxy setting is not used: %s", error->message);
      proxy = JF_PROXY_AUTO;
    }
  if (g_strcmp0 (self->proxy, proxy) == 0)
    return;
  g_free (self->proxy);
  self->proxy = g_strdup (proxy);
  jf_account_apply_proxy (self);
}

/* It has been checked. */
void
jf_account_apply_proxy (JfAccount *self)
{
  if (self->engine != NULL)
    (void) jf_engine_set_proxy (self->engine, self->proxy, NULL);
  else if (self->files != NULL)
    (void) jf_state_set_proxy (self->files, self->proxy, NULL);
}

char *
jf_account_describe_way (JfAccount *self)
{
  JfWay way;

  if (self->engine == NULL || !jf_engine_get_way (self->engine, &way))
    return NULL;
  if (*way.proxy != '\0')
    return g_strdup_printf (_ ("Through the proxy %s"), way.proxy);
  if (way.family == AF_INET6)
    return g_strdup (_ ("Directly, over IPv6"));
  if (way.family == AF_INET)
    return g_strdup (_ ("Directly, over IPv4"));
  return g_strdup (_ ("Directly"));
}

gboolean
jf_account_is_ending (JfAccount *self)
{
  return self->state == JF_ACCOUNT_LEAVING;
}

static void
get_property (GObject *object, unsigned id, GValue *value, GParamSpec *pspec)
{
  JfAccount *self = JF_ACCOUNT (object);

  switch ((JfAccountProp) id)
    {
    case JF_ACCOUNT_PROP_TITLE:
      g_value_set_string (value, self->title);
      break;
    case JF_ACCOUNT_PROP_STATE:
      g_value_set_int (value, (int) self->state);
      break;
    case JF_ACCOUNT_PROP_STATE_TEXT:
      g_value_set_string (value, jf_account_get_state_text (self));
      break;
    case JF_ACCOUNT_PROP_REASON:
      g_value_set_string (value, self->reason);
      break;
    case JF_ACCOUNT_PROP_SINCE:
      g_value_set_int64 (value, self->since);
      break;
    case JF_ACCOUNT_PROP_MEMBER:
      g_value_set_string (value, self->member);
      break;
    case JF_ACCOUNT_PROP_SERVICES_KNOWN:
      g_value_set_boolean (value, self->known);
      break;
    case JF_ACCOUNT_PROP_0:
    case JF_ACCOUNT_N_PROPS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
jf_account_dispose (GObject *object)
{
  JfAccount *self = JF_ACCOUNT (object);

  jf_account_stop (self);
  jf_account_items_free (self);

  G_OBJECT_CLASS (jf_account_parent_class)->dispose (object);
}

static void
jf_account_finalize (GObject *object)
{
  JfAccount *self = JF_ACCOUNT (object);

  g_clear_object (&self->keyring);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->memory);
  g_clear_object (&self->log);
  g_clear_error (&self->error);
  g_free (self->reason);
  g_free (self->key_place);
  g_free (self->keyring_id);
  g_free (self->proxy);
  g_free (self->id);
  g_free (self->dir);
  g_free (self->host);
  g_free (self->title);
  g_free (self->member);

  G_OBJECT_CLASS (jf_account_parent_class)->finalize (object);
}

static void
add_string (JfAccountProp prop, const char *name)
{
  props[prop] = g_param_spec_string (name, NULL, NULL, NULL,
                                     (G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

static void
jf_account_class_init (JfAccountClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = get_property;
  object_class->dispose = jf_account_dispose;
  object_class->finalize = jf_account_finalize;
  add_string (JF_ACCOUNT_PROP_TITLE, "title");
  props[JF_ACCOUNT_PROP_STATE] = g_param_spec_int ("state", NULL, NULL, JF_ACCOUNT_STARTING,
                                                   JF_ACCOUNT_LEAVING, JF_ACCOUNT_STARTING,
                                                   (G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
  add_string (JF_ACCOUNT_PROP_STATE_TEXT, "state-text");
  add_string (JF_ACCOUNT_PROP_REASON, "reason");
  props[JF_ACCOUNT_PROP_SINCE] = g_param_spec_int64 ("since", NULL, NULL, 0, G_MAXINT64, 0,
                                                     (G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
  add_string (JF_ACCOUNT_PROP_MEMBER, "member");
  props[JF_ACCOUNT_PROP_SERVICES_KNOWN] = g_param_spec_boolean (
      "services-known", NULL, NULL, FALSE, (G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
  g_object_class_install_properties (object_class, JF_ACCOUNT_N_PROPS, props);
  signals[ITEM_CHANGED] = g_signal_new ("item-changed", JF_TYPE_ACCOUNT, G_SIGNAL_RUN_LAST, 0, NULL,
                                        NULL, NULL, G_TYPE_NONE, 2, JF_TYPE_ITEM, G_TYPE_STRING);
}

static void
jf_account_init (JfAccount *self)
{
  self->memory = jf_memory_new (NULL);
  self->log = jf_support_log_new ();
  self->cancellable = g_cancellable_new ();
  self->fixed_ports = TRUE;
  self->restore = TRUE;
  self->proxy = g_strdup (JF_PROXY_AUTO);
  jf_account_items_init (self);
}

JfAccount *
jf_account_new (const char *dir, const JfKeyId *manager, JfKeyring *keyring)
{
  JfAccount *self = g_object_new (JF_TYPE_ACCOUNT, NULL);
  char id[JF_KEY_ID_TEXT_SIZE];
  char shown[JF_KEY_ID_SHORT_SIZE];

  jf_key_id_format (manager, id);
  jf_key_id_format_short (manager, shown);
  self->id = g_strdup (id);
  self->dir = g_strdup (dir);
  self->host = g_strdup ("");
  self->title = g_strdup (shown);
  self->manager = *manager;
  g_set_object (&self->keyring, keyring);
  return self;
}
