/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-offer.h"

#include <string.h>

#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-limits.h"
#include "gateway/wire/jf-message.h"
#include "gateway/wire/jf-names.h"

static void
offer_clear (gpointer data)
{
  JfOffer *self = data;

  g_free (self->name);
  g_free (self->title);
  g_clear_pointer (&self->target, jf_target_free);
  g_strfreev (self->allow);
  g_free (self->open);
  g_free (self->app);
}

JfOffer *
jf_offer_ref (JfOffer *self)
{
  return g_rc_box_acquire (self);
}

void
jf_offer_unref (JfOffer *self)
{
  g_rc_box_release_full (self, offer_clear);
}

static gboolean
check_text (const char *text, const char *what, size_t max_bytes, GError **error)
{
  if (text == NULL || (strlen (text) <= max_bytes && g_utf8_validate (text, -1, NULL)))
    return TRUE;
  g_set_error (error, JF_ERROR, JF_ERROR_INVALID, "%s: expected UTF-8 of at most %zu bytes", what,
               max_bytes);
  return FALSE;
}

static gboolean
check_allow (const char *const *allow, GError **error)
{
  if (allow == NULL)
    return TRUE;
  if (g_strv_length ((char **) allow) > JF_ALLOW_MAX)
    {
      g_set_error (error, JF_ERROR, JF_ERROR_INVALID,
                   "allow: at most %d entries; make a group of them", JF_ALLOW_MAX);
      return FALSE;
    }
  for (unsigned i = 0; allow[i] != NULL; i++)
    if (!jf_allow_check (allow[i], error))
      return FALSE;
  return TRUE;
}

static gboolean
choose_port (JfOffer *self, unsigned port, GError **error)
{
  if (port > UINT16_MAX)
    {
      g_set_error (error, JF_ERROR, JF_ERROR_INVALID, "port: expected 1 to 65535");
      return FALSE;
    }
  if (port == 0 && self->target->kind == JF_TARGET_TCP)
    port = self->target->port;
  if (port == 0)
    {
      g_set_error (error, JF_ERROR, JF_ERROR_INVALID,
                   "port: a unix: target needs one, the port that programs expect");
      return FALSE;
    }
  self->port = (uint16_t) port;
  return TRUE;
}

JfOffer *
jf_offer_new (const char *name,
              const char *target,
              const char *title,
              const char *const *allow,
              unsigned port,
              const char *open,
              const char *app,
              GError **error)
{
  g_autoptr (JfOffer) self = NULL;

  if (!jf_label_check (name, "service", error) ||
      !check_text (title, "title", JF_TITLE_MAX_BYTES, error) ||
      !check_text (open, "open", JF_TEXT_MAX_BYTES, error) ||
      !check_text (app, "app", JF_TITLE_MAX_BYTES, error) || !check_allow (allow, error))
    return NULL;
  self = g_rc_box_new0 (JfOffer);
  self->target = jf_target_parse (target, error);
  if (self->target == NULL || !choose_port (self, port, error))
    return NULL;
  self->name = g_strdup (name);
  self->title = g_strdup (title != NULL ? title : name);
  self->allow = allow != NULL ? g_strdupv ((char **) allow) : g_new0 (char *, 1);
  self->open = g_strdup (open);
  self->app = g_strdup (app);
  return g_steal_pointer (&self);
}

JsonObject *
jf_offer_to_json (const JfOffer *self)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "name", self->name);
  json_object_set_string_member (object, "kind", "tcp");
  json_object_set_int_member (object, "port", self->port);
  json_object_set_string_member (object, "title", self->title);
  jf_message_set_strings (object, "allow", (const char *const *) self->allow);
  if (self->open != NULL)
    json_object_set_string_member (object, "open", self->open);
  if (self->app != NULL)
    json_object_set_string_member (object, "app", self->app);
  return object;
}

size_t
jf_offer_get_json_size (const JfOffer *self)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  g_autofree char *text = NULL;

  json_node_take_object (node, jf_offer_to_json (self));
  text = json_to_string (node, FALSE);
  return strlen (text) + 1;
}
