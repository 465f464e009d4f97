/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/model/jf-item.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "client-gui/model/jf-account-private.h"
#include "client-gui/model/jf-item-private.h"
#include "gateway/wire/jf-error.h"

/* A service that is listed and refused all the same is asked for again after so many seconds. */
#define AGAIN_MIN_S 2
#define AGAIN_MAX_S 60

static void set_join (JfItem *self, JfJoin *join);

void
jf_item_clear_again (JfItem *self)
{
  if (self->again == NULL)
    return;
  g_source_destroy (self->again);
  g_clear_pointer (&self->again, g_source_unref);
}

static gboolean
again_cb (gpointer data)
{
  g_autoptr (JfItem) self = g_object_ref (JF_ITEM (data));

  jf_item_clear_again (self);
  g_clear_error (&self->failure);
  jf_item_restore (self);
  jf_item_update (self);
  return G_SOURCE_REMOVE;
}

/* The list may be a moment behind; or the service went and came back in between, and the list
 * never showed it. */
static void
try_again_later (JfItem *self)
{
  jf_item_clear_again (self);
  self->again_s = CLAMP (2 * self->again_s, AGAIN_MIN_S, AGAIN_MAX_S);
  self->again = g_timeout_source_new_seconds (self->again_s);
  g_source_set_callback (self->again, again_cb, self, NULL);
  g_source_attach (self->again, NULL);
}

static void
clear_failure (JfItem *self)
{
  jf_item_clear_again (self);
  g_clear_error (&self->failure);
  self->with_session = FALSE;
  self->has_offered = self->has_expected = FALSE;
}

/* (transfer none) reason */
static void
take_failure (JfItem *self, const GError *reason)
{
  JfEngine *engine = self->account != NULL ? jf_account_get_engine (self->account) : NULL;

  clear_failure (self);
  self->failure = reason != NULL ? g_error_copy (reason)
                                 : g_error_new (JF_ERROR, JF_ERROR_FAILED, "the join has ended");
  self->with_session = engine != NULL && jf_engine_get_session_state (engine) == JF_SESSION_FAILED;
  if (self->wanted && self->info != NULL &&
      g_error_matches (self->failure, JF_ERROR, JF_ERROR_NOT_AVAILABLE))
    try_again_later (self);
}

static void
take_keys (JfItem *self, JfJoin *join)
{
  const JfKeyId *offered = jf_join_get_offered_key (join);
  const JfKeyId *expected = jf_join_get_expected_key (join);

  self->has_offered = offered != NULL;
  self->has_expected = expected != NULL;
  if (offered != NULL)
    self->offered = *offered;
  if (expected != NULL)
    self->expected = *expected;
}

static void
join_changed_cb (JfJoin *join, gpointer data)
{
  g_autoptr (JfItem) self = g_object_ref (JF_ITEM (data));

  switch (jf_join_get_state (join))
    {
    case JF_JOIN_FAILED:
      take_failure (self, jf_join_get_reason (join));
      take_keys (self, join);
      set_join (self, NULL);
      break;
    case JF_JOIN_LEFT:
      set_join (self, NULL);
      /* The user changed their mind meanwhile. */
      jf_item_restore (self);
      break;
    case JF_JOIN_JOINED:
      self->again_s = 0;
      break;
    case JF_JOIN_CONNECTING:
    case JF_JOIN_WAITING:
    default:
      break;
    }
  jf_item_update (self);
  if (self->account != NULL && !jf_item_is_held (self))
    jf_account_check_item (self->account, self);
}

/* (transfer full) join, may be NULL */
static void
set_join (JfItem *self, JfJoin *join)
{
  if (self->join != NULL)
    g_signal_handlers_disconnect_by_data (self->join, self);
  g_clear_object (&self->join);
  self->join = join;
  if (join != NULL)
    {
      g_signal_connect (join, "changed", G_CALLBACK (join_changed_cb), self);
      return;
    }
  g_clear_pointer (&self->spec, jf_pseudo_spec_free);
  self->last_received = self->last_sent = 0;
  self->skipped = FALSE;
  if (self->throughput != NULL)
    jf_throughput_clear (self->throughput);
}

/* (transfer full) what the user chose, or the stable address when that cannot be understood any
 * more. */
static JfPseudoSpec *
wanted_spec (JfItem *self)
{
  g_autofree char *listen = jf_item_get_listen (self);
  g_autoptr (GError) error = NULL;
  JfPseudoSpec *spec = jf_pseudo_spec_parse (listen, &error);

  if (spec != NULL)
    return spec;
  jf_support_log_add (jf_account_get_log (self->account), self->service,
                      "the remembered address is not usable: %s", error->message);
  return jf_pseudo_spec_parse (NULL, NULL);
}

static void
begin (JfItem *self, JfEngine *engine)
{
  g_autoptr (JfPseudoSpec) spec = wanted_spec (self);
  g_autoptr (GError) error = NULL;
  JfJoin *join = jf_engine_join (engine, self->service, spec, &error);

  if (join == NULL)
    {
      take_failure (self, error);
      return;
    }
  self->spec = g_steal_pointer (&spec);
  set_join (self, join);
}

void
jf_item_restore (JfItem *self)
{
  JfEngine *engine = self->account != NULL ? jf_account_get_engine (self->account) : NULL;

  if (self->with_session && engine != NULL &&
      jf_account_get_state (self->account) == JF_ACCOUNT_ONLINE)
    clear_failure (self);
  if (!self->wanted || self->join != NULL || self->failure != NULL || engine == NULL ||
      jf_account_is_ending (self->account) || jf_item_is_withdrawn (self))
    return;
  begin (self, engine);
}

void
jf_item_release (JfItem *self)
{
  jf_item_clear_again (self);
  if (self->join == NULL)
    return;
  set_join (self, NULL);
  jf_item_update (self);
}

void
jf_item_connect (JfItem *self)
{
  g_return_if_fail (JF_IS_ITEM (self));

  jf_item_note_used (self);
  jf_item_set_wanted (self, TRUE);
  clear_failure (self);
  jf_item_restore (self);
  jf_item_update (self);
}

void
jf_item_disconnect (JfItem *self)
{
  g_return_if_fail (JF_IS_ITEM (self));

  jf_item_set_wanted (self, FALSE);
  clear_failure (self);
  if (self->join != NULL)
    {
      g_autoptr (JfJoin) join = g_object_ref (self->join);

      jf_join_leave (join);
    }
  jf_item_update (self);
  if (self->account != NULL && !jf_item_is_held (self))
    jf_account_check_item (self->account, self);
}

void
jf_item_try_now (JfItem *self)
{
  g_return_if_fail (JF_IS_ITEM (self));

  if (self->account != NULL)
    jf_account_try_now (self->account);
  if (self->join != NULL)
    jf_join_try_now (self->join);
  else if (self->wanted)
    {
      clear_failure (self);
      jf_item_restore (self);
    }
  jf_item_update (self);
}

const JfKeyId *
jf_item_get_offered_key (JfItem *self)
{
  return self->has_offered ? &self->offered : NULL;
}

const JfKeyId *
jf_item_get_expected_key (JfItem *self)
{
  return self->has_expected ? &self->expected : NULL;
}

void
jf_item_retry_trusted (JfItem *self, const char *provider, const JfKeyId *key)
{
  if (!self->has_offered || strcmp (self->provider, provider) != 0 ||
      !jf_key_id_equal (&self->offered, key))
    return;
  clear_failure (self);
  jf_item_restore (self);
  jf_item_update (self);
}

gboolean
jf_item_trust_offered_key (JfItem *self, GError **error)
{
  JfEngine *engine = self->account != NULL ? jf_account_get_engine (self->account) : NULL;
  JfKeyId key = self->offered;

  if (!self->has_offered || engine == NULL)
    {
      g_set_error (error, JF_ERROR, JF_ERROR_NOT_AVAILABLE, _ ("no other key is offered now"));
      return FALSE;
    }
  if (!jf_known_gateways_replace (jf_engine_get_known_gateways (engine), self->provider, &key,
                                  "confirmed by the user", error))
    return FALSE;
  jf_account_retry_trusted (self->account, self->provider, &key);
  return TRUE;
}

const JfPseudo *
jf_item_get_pseudo (JfItem *self)
{
  if (self->join == NULL || self->spec == NULL)
    return NULL;
  return jf_join_find_pseudo (self->join, self->spec);
}

int
jf_item_get_retry_ms (JfItem *self)
{
  int retry_ms = self->join != NULL ? jf_join_get_retry_ms (self->join) : -1;

  if (retry_ms < 0 && self->state == JF_ITEM_WAITING && self->account != NULL)
    retry_ms = jf_account_get_retry_ms (self->account);
  return retry_ms;
}

char *
jf_item_get_listen (JfItem *self)
{
  return self->account != NULL
             ? jf_memory_get_listen (jf_account_get_memory (self->account), self->service)
             : NULL;
}

/* The new address opens before the old one closes, so that there always is one. */
static gboolean
move (JfItem *self, const JfPseudoSpec *spec, GError **error)
{
  if (!jf_join_add_spec (self->join, spec, error))
    return FALSE;
  jf_join_remove_spec (self->join, self->spec);
  return TRUE;
}

gboolean
jf_item_set_listen (JfItem *self, const char *listen, GError **error)
{
  g_autoptr (JfPseudoSpec) spec = jf_pseudo_spec_parse (listen, error);
  g_autofree char *old = jf_item_get_listen (self);

  if (spec == NULL)
    return FALSE;
  if (spec->kind == JF_PSEUDO_STDIO || self->account == NULL)
    {
      g_set_error (error, JF_ERROR, JF_ERROR_INVALID, _ ("“%s” is no local address"), listen);
      return FALSE;
    }
  if (listen != NULL && *listen == '\0')
    listen = NULL;
  if (g_strcmp0 (listen, old) == 0)
    return TRUE;
  if (self->join != NULL && self->spec != NULL && !jf_join_is_leaving (self->join))
    {
      if (!move (self, spec, error))
        return FALSE;
      jf_pseudo_spec_free (self->spec);
      self->spec = g_steal_pointer (&spec);
    }
  jf_memory_set_listen (jf_account_get_memory (self->account), self->service, listen);
  jf_memory_set_title (jf_account_get_memory (self->account), self->service, self->title);
  jf_item_update (self);
  return TRUE;
}
