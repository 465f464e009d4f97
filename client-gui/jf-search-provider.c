/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-search-provider.h"

#include <glib/gi18n.h>
#include <string.h>

#include "client-gui/jf-window.h"
#include "client-gui/model/jf-search-hits.h"

static const char interface_xml[] = "<node>"
                                    "<interface name='org.gnome.Shell.SearchProvider2'>"
                                    "<method name='GetInitialResultSet'>"
                                    "<arg type='as' name='terms' direction='in'/>"
                                    "<arg type='as' name='results' direction='out'/>"
                                    "</method>"
                                    "<method name='GetSubsearchResultSet'>"
                                    "<arg type='as' name='previous_results' direction='in'/>"
                                    "<arg type='as' name='terms' direction='in'/>"
                                    "<arg type='as' name='results' direction='out'/>"
                                    "</method>"
                                    "<method name='GetResultMetas'>"
                                    "<arg type='as' name='identifiers' direction='in'/>"
                                    "<arg type='aa{sv}' name='metas' direction='out'/>"
                                    "</method>"
                                    "<method name='ActivateResult'>"
                                    "<arg type='s' name='identifier' direction='in'/>"
                                    "<arg type='as' name='terms' direction='in'/>"
                                    "<arg type='u' name='timestamp' direction='in'/>"
                                    "</method>"
                                    "<method name='LaunchSearch'>"
                                    "<arg type='as' name='terms' direction='in'/>"
                                    "<arg type='u' name='timestamp' direction='in'/>"
                                    "</method>"
                                    "</interface>"
                                    "</node>";

struct _JfSearchProvider
{
  JfApp *app;
  GDBusConnection *bus;
  unsigned registration;
  GQueue waiting; /* of Question, the oldest first */
  unsigned check_timer;
};

/* A search that waits until there is something to search in. Keeps the program running. */
typedef struct
{
  GDBusMethodInvocation *invocation;
  char *text;
  int64_t until_us;
} Question;

/* FALSE: answered with an error. */
static gboolean
check_count (GDBusMethodInvocation *invocation, char **words, unsigned max)
{
  if (g_strv_length (words) <= max)
    return TRUE;
  g_dbus_method_invocation_return_error (invocation, G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED,
                                         "at most %u strings are taken", max);
  return FALSE;
}

static void
answer_text (JfSearchProvider *self, GDBusMethodInvocation *invocation, const char *text)
{
  g_auto (GStrv) ids = jf_search_hits (jf_app_get_catalog (self->app), text, JF_SEARCH_RESULTS_MAX);

  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(^as)", ids));
}

/* Whether an answer now would be a good one. Managers that cannot be reached are not waited for;
 * what was seen of them is there. */
static gboolean
is_ready (JfSearchProvider *self)
{
  JfAccounts *accounts = jf_app_get_accounts (self->app);
  gboolean ready = jf_accounts_get_loaded (accounts);

  for (unsigned i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (accounts)); i++)
    {
      g_autoptr (JfAccount) account = g_list_model_get_item (G_LIST_MODEL (accounts), i);
      JfAccountState state = jf_account_get_state (account);

      ready = ready && state != JF_ACCOUNT_STARTING && state != JF_ACCOUNT_CONNECTING &&
              (state != JF_ACCOUNT_ONLINE || jf_account_services_known (account));
    }
  return ready;
}

static void
answer_oldest (JfSearchProvider *self)
{
  Question *question = g_queue_pop_head (&self->waiting);

  answer_text (self, question->invocation, question->text);
  g_application_release (G_APPLICATION (self->app));
  g_free (question->text);
  g_free (question);
}

/* Only while a search waits, for two seconds at most: not worth a handler on every account. */
static gboolean
check_cb (gpointer data)
{
  JfSearchProvider *self = data;
  gboolean ready = is_ready (self);

  while (!g_queue_is_empty (&self->waiting))
    {
      const Question *oldest = g_queue_peek_head (&self->waiting);

      if (!ready && oldest->until_us > g_get_monotonic_time ())
        return G_SOURCE_CONTINUE;
      answer_oldest (self);
    }
  self->check_timer = 0;
  return G_SOURCE_REMOVE;
}

static void
search (JfSearchProvider *self, GDBusMethodInvocation *invocation, char **terms)
{
  g_autofree char *text = NULL;
  Question *question;

  if (!check_count (invocation, terms, JF_SEARCH_TERMS_MAX))
    return;
  text = g_strjoinv (" ", terms);
  if (is_ready (self))
    {
      answer_text (self, invocation, text);
      return;
    }
  if (g_queue_get_length (&self->waiting) >= JF_SEARCH_WAITING_MAX)
    answer_oldest (self);
  question = g_new0 (Question, 1);
  question->invocation = invocation;
  question->text = g_steal_pointer (&text);
  question->until_us = g_get_monotonic_time () + JF_SEARCH_WAIT_MS * 1000;
  g_queue_push_tail (&self->waiting, question);
  g_application_hold (G_APPLICATION (self->app));
  if (self->check_timer == 0)
    self->check_timer = g_timeout_add (50, check_cb, self);
}

static void
get_initial (JfSearchProvider *self, GDBusMethodInvocation *invocation, GVariant *parameters)
{
  g_auto (GStrv) terms = NULL;

  g_variant_get (parameters, "(^as)", &terms);
  search (self, invocation, terms);
}

/* The previous results are not needed: a whole search is as quick, and finds what came since. */
static void
get_subsearch (JfSearchProvider *self, GDBusMethodInvocation *invocation, GVariant *parameters)
{
  g_auto (GStrv) terms = NULL;

  g_variant_get (parameters, "(@as^as)", NULL, &terms);
  search (self, invocation, terms);
}

static void
add_meta (GVariantBuilder *metas, JfItem *item)
{
  g_autoptr (GIcon) icon = g_themed_icon_new (JF_APP_ID);
  g_autofree char *icon_text = g_icon_to_string (icon);
  g_autofree char *description =
      /* Translators: the provider of a service, and its state */
      g_strdup_printf (_("%s · %s"), jf_item_get_provider (item), jf_item_get_state_text (item));

  g_variant_builder_open (metas, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (metas, "{sv}", "id", g_variant_new_string (jf_item_get_id (item)));
  g_variant_builder_add (metas, "{sv}", "name", g_variant_new_string (jf_item_get_title (item)));
  g_variant_builder_add (metas, "{sv}", "description", g_variant_new_string (description));
  g_variant_builder_add (metas, "{sv}", "gicon", g_variant_new_string (icon_text));
  g_variant_builder_close (metas);
}

static void
get_metas (JfSearchProvider *self, GDBusMethodInvocation *invocation, GVariant *parameters)
{
  g_auto (GStrv) ids = NULL;
  GVariantBuilder metas;

  g_variant_get (parameters, "(^as)", &ids);
  if (!check_count (invocation, ids, JF_SEARCH_METAS_MAX))
    return;
  g_variant_builder_init (&metas, G_VARIANT_TYPE ("aa{sv}"));
  for (unsigned i = 0; ids[i] != NULL; i++)
    {
      JfItem *item = jf_accounts_find_item (jf_app_get_accounts (self->app), ids[i]);

      if (item != NULL)
        add_meta (&metas, item);
    }
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(aa{sv})", &metas));
}

static void
activate (JfSearchProvider *self, const char *action, const char *id)
{
  g_action_group_activate_action (G_ACTION_GROUP (self->app), action, g_variant_new_string (id));
}

static void
activate_result (JfSearchProvider *self, GDBusMethodInvocation *invocation, GVariant *parameters)
{
  const char *id;
  JfItem *item;

  g_variant_get (parameters, "(&s@asu)", &id, NULL, NULL);
  item = jf_accounts_find_item (jf_app_get_accounts (self->app), id);
  if (item == NULL)
    {
      g_dbus_method_invocation_return_error_literal (invocation, G_DBUS_ERROR,
                                                     G_DBUS_ERROR_INVALID_ARGS,
                                                     "there is no such service (any more)");
      return;
    }
  if (jf_item_get_state (item) == JF_ITEM_CONNECTED)
    activate (self, "open", id);
  else
    {
      activate (self, "show-service", id);
      activate (self, "connect", id);
    }
  g_dbus_method_invocation_return_value (invocation, NULL);
}

static void
launch_search (JfSearchProvider *self, GDBusMethodInvocation *invocation, GVariant *parameters)
{
  g_auto (GStrv) terms = NULL;
  g_autofree char *text = NULL;

  g_variant_get (parameters, "(^asu)", &terms, NULL);
  if (!check_count (invocation, terms, JF_SEARCH_TERMS_MAX))
    return;
  text = g_strjoinv (" ", terms);
  jf_window_search (jf_app_present_window (self->app), text);
  g_dbus_method_invocation_return_value (invocation, NULL);
}

static const struct
{
  const char *name;
  void (*handle) (JfSearchProvider *, GDBusMethodInvocation *, GVariant *);
} methods[] = {
  { "GetInitialResultSet", get_initial }, { "GetSubsearchResultSet", get_subsearch },
  { "GetResultMetas", get_metas },        { "ActivateResult", activate_result },
  { "LaunchSearch", launch_search },
};

/* GDBus has checked name and types against the interface. */
static void
method_cb (GDBusConnection *bus,
           const char *sender,
           const char *path,
           const char *interface,
           const char *name,
           GVariant *parameters,
           GDBusMethodInvocation *invocation,
           gpointer data)
{
  JfSearchProvider *self = data;

  /* Begins the idle time anew. */
  g_application_hold (G_APPLICATION (self->app));
  for (size_t i = 0; i < G_N_ELEMENTS (methods); i++)
    if (strcmp (name, methods[i].name) == 0)
      methods[i].handle (self, invocation, parameters);
  g_application_release (G_APPLICATION (self->app));
}

JfSearchProvider *
jf_search_provider_new (JfApp *app, GDBusConnection *bus, const char *path, GError **error)
{
  static const GDBusInterfaceVTable vtable = { .method_call = method_cb };
  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (interface_xml, NULL);
  g_autoptr (JfSearchProvider) self = g_new0 (JfSearchProvider, 1);

  self->app = app;
  self->bus = g_object_ref (bus);
  g_queue_init (&self->waiting);
  self->registration = g_dbus_connection_register_object (bus, path, node->interfaces[0], &vtable,
                                                          self, NULL, error);
  return self->registration != 0 ? g_steal_pointer (&self) : NULL;
}

void
jf_search_provider_free (JfSearchProvider *self)
{
  if (self->registration != 0)
    g_dbus_connection_unregister_object (self->bus, self->registration);
  g_clear_handle_id (&self->check_timer, g_source_remove);
  while (!g_queue_is_empty (&self->waiting))
    answer_oldest (self);
  g_object_unref (self->bus);
  g_free (self);
}
