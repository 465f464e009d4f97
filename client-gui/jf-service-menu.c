/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-service-menu.h"

#include <glib/gi18n.h>

static const JfServiceVerb connect_verb = { N_ ("Connect"), N_ ("Connect to %s"), "app.connect",
                                            FALSE, TRUE };
static const JfServiceVerb disconnect_verb = { N_ ("Disconnect"), N_ ("Disconnect from %s"),
                                               "app.disconnect", FALSE, TRUE };
static const JfServiceVerb leaving_verb = { N_ ("Disconnect"), N_ ("Disconnect from %s"),
                                            "app.disconnect", FALSE, FALSE };
static const JfServiceVerb cancel_verb = { N_ ("Cancel"), N_ ("Cancel connecting to %s"),
                                           "app.disconnect", FALSE, TRUE };
static const JfServiceVerb resolve_verb = { N_ ("What to Do"), N_ ("What to do about %s"),
                                            "app.show-service", FALSE, TRUE };

static const JfServiceVerb *
verb_of (JfItem *item)
{
  switch (jf_item_get_state (item))
    {
    case JF_ITEM_CONNECTING:
    case JF_ITEM_WAITING:
      return &cancel_verb;
    case JF_ITEM_CONNECTED:
      return &disconnect_verb;
    case JF_ITEM_LEAVING:
      return &leaving_verb;
    case JF_ITEM_FAILED:
      return &resolve_verb;
    case JF_ITEM_GONE:
      return jf_item_is_wanted (item) ? &disconnect_verb : &resolve_verb;
    case JF_ITEM_AVAILABLE:
    case JF_ITEM_OFFLINE:
    case JF_ITEM_UNKNOWN:
    default:
      return jf_item_is_wanted (item) ? &cancel_verb : &connect_verb;
    }
}

JfServiceVerb
jf_service_menu_verb (JfItem *item)
{
  JfServiceVerb verb = *verb_of (item);

  verb.label = _ (verb.label);
  verb.name = _ (verb.name);
  return verb;
}

gboolean
jf_service_menu_can_open (JfItem *item)
{
  return jf_item_get_state (item) == JF_ITEM_CONNECTED;
}

static void
add (GMenu *menu, JfItem *item, const char *label, const char *action)
{
  g_autoptr (GMenuItem) entry = g_menu_item_new (label, NULL);

  g_menu_item_set_action_and_target (entry, action, "s", jf_item_get_id (item));
  g_menu_append_item (menu, entry);
}

static void
add_section (GMenu *menu, GMenu *section)
{
  g_menu_append_section (menu, NULL, G_MENU_MODEL (section));
  g_object_unref (section);
}

GMenuModel *
jf_service_menu_new (JfItem *item)
{
  GMenu *menu = g_menu_new ();
  GMenu *first = g_menu_new ();
  GMenu *second = g_menu_new ();
  JfServiceVerb verb = jf_service_menu_verb (item);

  if (jf_service_menu_can_open (item))
    {
      add (first, item, _("_Open"), "app.open");
      add (first, item, _("Open _With…"), "app.open-with");
    }
  if (verb.sensitive && !g_str_equal (verb.action, resolve_verb.action))
    add (first, item, verb.label, verb.action);
  else if (verb.sensitive && jf_item_is_wanted (item))
    add (first, item, _("_Disconnect"), "app.disconnect");
  if (jf_item_get_state (item) == JF_ITEM_WAITING || jf_item_get_state (item) == JF_ITEM_FAILED)
    add (first, item, _("_Try Now"), "app.try-now");
  if (jf_item_get_address (item) != NULL)
    add (second, item, _("_Copy Address"), "app.copy-address");
  add (second, item,
       jf_item_get_favourite (item) ? _("Remove from _Favourites")
                                    : _("Add to _Favourites"), "app.favourite");
  add (second, item, _("_Details"), "app.show-service");
  add_section (menu, first);
  add_section (menu, second);
  return G_MENU_MODEL (menu);
}
