/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "client-gui/model/jf-account-private.h"
#include "client-gui/model/jf-item-private.h"
#include "client-gui/model/jf-sampler.h"
#include "client-gui/model/jf-words.h"
#include "gateway/wire/jf-error.h"

/* What is shown of an item, from the manager's list, the join and the account's session. */

gboolean
jf_item_is_withdrawn (JfItem *self)
{
  if (self->info == NULL)
    return self->account != NULL && jf_account_services_known (self->account);
  /* Listed, but a join was refused: the list is a moment behind. */
  return g_error_matches (self->failure, JF_ERROR, JF_ERROR_NOT_AVAILABLE);
}

static JfAccountState
account_state (JfItem *self)
{
  return self->account != NULL ? jf_account_get_state (self->account) : JF_ACCOUNT_LEAVING;
}

static JfItemState
state_of_join (JfItem *self)
{
  if (jf_join_is_leaving (self->join))
    return self->wanted ? JF_ITEM_CONNECTING : JF_ITEM_LEAVING;
  switch (jf_join_get_state (self->join))
    {
    case JF_JOIN_JOINED:
      return JF_ITEM_CONNECTED;
    case JF_JOIN_WAITING:
      return JF_ITEM_WAITING;
    case JF_JOIN_CONNECTING:
      return account_state (self) == JF_ACCOUNT_OFFLINE ? JF_ITEM_WAITING : JF_ITEM_CONNECTING;
    case JF_JOIN_FAILED:
      return JF_ITEM_FAILED;
    case JF_JOIN_LEFT:
    default:
      return JF_ITEM_LEAVING;
    }
}

/* Wanted, and there is no join. */
static JfItemState
state_of_wish (JfItem *self)
{
  if (jf_item_is_withdrawn (self))
    return JF_ITEM_GONE;
  if (self->failure != NULL)
    return JF_ITEM_FAILED;
  switch (account_state (self))
    {
    case JF_ACCOUNT_REFUSED:
    case JF_ACCOUNT_BROKEN:
      return JF_ITEM_FAILED;
    case JF_ACCOUNT_LOCKED:
    case JF_ACCOUNT_OFFLINE:
      return JF_ITEM_WAITING;
    case JF_ACCOUNT_LEAVING:
      return JF_ITEM_LEAVING;
    case JF_ACCOUNT_STARTING:
    case JF_ACCOUNT_CONNECTING:
    case JF_ACCOUNT_ONLINE:
    default:
      return JF_ITEM_CONNECTING;
    }
}

static JfItemState
find_state (JfItem *self)
{
  if (self->join != NULL)
    return state_of_join (self);
  if (self->wanted)
    return state_of_wish (self);
  if (self->info == NULL && jf_item_is_withdrawn (self))
    return JF_ITEM_GONE;
  if (self->info == NULL || account_state (self) != JF_ACCOUNT_ONLINE)
    return JF_ITEM_UNKNOWN;
  return jf_service_get_online (self->info) ? JF_ITEM_AVAILABLE : JF_ITEM_OFFLINE;
}

static const char *
find_state_text (JfItem *self)
{
  if (self->state != JF_ITEM_WAITING)
    return jf_words_item_state (self->state);
  if (account_state (self) == JF_ACCOUNT_LOCKED)
    return C_ ("service", "Waiting for the keyring");
  if (account_state (self) != JF_ACCOUNT_ONLINE)
    return C_ ("service", "Waiting for the manager");
  if (self->info != NULL && !jf_service_get_online (self->info))
    return C_ ("service", "Waiting for the provider");
  return C_ ("service", "Waiting for the service");
}

/* (transfer none) what is behind the state, if anything */
static const GError *
find_error (JfItem *self)
{
  switch (self->state)
    {
    case JF_ITEM_CONNECTING:
    case JF_ITEM_WAITING:
      if (self->join != NULL && jf_join_get_reason (self->join) != NULL)
        return jf_join_get_reason (self->join);
      break;
    case JF_ITEM_FAILED:
      if (self->failure != NULL)
        return self->failure;
      break;
    case JF_ITEM_GONE:
      return self->failure;
    case JF_ITEM_AVAILABLE:
    case JF_ITEM_OFFLINE:
    case JF_ITEM_UNKNOWN:
    case JF_ITEM_CONNECTED:
    case JF_ITEM_LEAVING:
    default:
      return NULL;
    }
  return self->account != NULL ? jf_account_get_error (self->account) : NULL;
}

static gboolean
is_of_account (JfItem *self)
{
  const GError *error = self->account != NULL ? jf_account_get_error (self->account) : NULL;

  return error != NULL && self->error != NULL && error->code == self->error->code &&
         error->domain == self->error->domain && strcmp (error->message, self->error->message) == 0;
}

/* (transfer full) */
static char *
gone_reason (JfItem *self)
{
  if (!self->wanted)
    return g_strdup (_ ("It was withdrawn, or the provider does not offer it to you any more. Ask "
                        "the provider if you still need it."));
  return g_strdup (_ ("It was withdrawn, or the provider does not offer it to you any more. It "
                      "connects again by itself should it come back; disconnect it if you do not "
                      "need it."));
}

/* (transfer full) whole sentences, or NULL */
static char *
find_reason (JfItem *self)
{
  if (self->state == JF_ITEM_GONE)
    return gone_reason (self);
  if (self->state == JF_ITEM_OFFLINE)
    return g_strdup (_ ("The provider is not connected to the manager now. If you connect, it "
                        "waits for the provider."));
  if (self->state == JF_ITEM_WAITING && account_state (self) == JF_ACCOUNT_ONLINE &&
      self->info != NULL && !jf_service_get_online (self->info))
    return g_strdup (_ ("The provider is not connected to the manager now. It connects by itself "
                        "as soon as the provider is back."));
  if (self->error == NULL)
    return NULL;
  if (is_of_account (self))
    return g_strdup (jf_account_get_reason (self->account));
  return jf_words_error (self->error, self->title);
}

static gboolean
same_error (const GError *a, const GError *b)
{
  if (a == NULL || b == NULL)
    return a == b;
  return a->domain == b->domain && a->code == b->code && strcmp (a->message, b->message) == 0;
}

static void
update_sampling (JfItem *self)
{
  gboolean wanted = self->state == JF_ITEM_CONNECTED;

  if (wanted == self->sampled)
    return;
  self->sampled = wanted;
  self->active = wanted; /* one more look at the end of each use */
  if (!wanted)
    {
      jf_sampler_remove (self);
      return;
    }
  jf_sampler_add (self);
  /* Where counting begins. */
  jf_item_sample (self, g_get_monotonic_time ());
}

static void
update_state (JfItem *self)
{
  JfItemState state = find_state (self);

  if (state == self->state)
    return;
  self->state = state;
  self->since = g_get_real_time () / G_USEC_PER_SEC;
  update_sampling (self);
  jf_item_say (self, JF_ITEM_PROP_SINCE, NULL);
  jf_item_say (self, JF_ITEM_PROP_ICON_NAME, NULL);
  jf_item_say (self, JF_ITEM_PROP_STATE, "state");
}

static void
update_error (JfItem *self)
{
  const GError *error = find_error (self);
  GError *copy;

  if (same_error (error, self->error))
    return;
  copy = error != NULL ? g_error_copy (error) : NULL;
  g_clear_error (&self->error);
  self->error = copy;
}

static void
update_texts (JfItem *self)
{
  g_autofree char *reason = find_reason (self);
  const char *text = find_state_text (self);
  gboolean changed = text != self->state_text || g_strcmp0 (reason, self->reason) != 0;

  if (text != self->state_text)
    {
      self->state_text = text;
      jf_item_say (self, JF_ITEM_PROP_STATE_TEXT, NULL);
    }
  if (g_strcmp0 (reason, self->reason) != 0)
    {
      g_free (self->reason);
      self->reason = g_steal_pointer (&reason);
      jf_item_say (self, JF_ITEM_PROP_REASON, NULL);
    }
  if (changed && jf_item_is_held (self) && self->account != NULL)
    jf_account_log_item (self->account, self);
}

static void
update_online (JfItem *self)
{
  gboolean online = self->info != NULL && jf_service_get_online (self->info);

  if (online == self->online)
    return;
  self->online = online;
  jf_item_say (self, JF_ITEM_PROP_ONLINE, NULL);
}

static void
update_address (JfItem *self)
{
  const JfPseudo *pseudo = jf_item_get_pseudo (self);
  g_autofree char *address = NULL;

  if (pseudo != NULL && pseudo->port == 0)
    address = g_strdup (pseudo->host);
  else if (pseudo != NULL)
    address = g_strdup_printf (strchr (pseudo->host, ':') != NULL ? "[%s]:%u" : "%s:%u",
                               pseudo->host, pseudo->port);
  if (g_strcmp0 (address, self->address) == 0)
    return;
  g_free (self->address);
  self->address = g_steal_pointer (&address);
  jf_item_say (self, JF_ITEM_PROP_ADDRESS, NULL);
}

/* Notifies are held back until all of it fits together. */
void
jf_item_update (JfItem *self)
{
  G_GNUC_UNUSED g_autoptr (JfItem) guard = g_object_ref (self);

  g_object_freeze_notify (G_OBJECT (self));
  update_online (self);
  update_address (self);
  update_state (self);
  update_error (self);
  update_texts (self);
  g_object_thaw_notify (G_OBJECT (self));
}
