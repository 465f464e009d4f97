/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/jf-services-file.h"

#include <string.h>

#include "gateway/engine/jf-pseudo.h"
#include "gateway/engine/jf-registrar.h"
#include "gateway/link/jf-config.h"
#include "gateway/link/jf-proxy.h"
#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-limits.h"
#include "gateway/wire/jf-names.h"

#define SERVICE "service "
#define JOIN    "join "

static const char *const gateway_keys[] = { "vouch", "proxy", NULL };
static const char *const service_keys[] = {
  "title", "target", "allow", "open", "app", "port", NULL
};
static const char *const join_keys[] = { "listen", NULL };

static const JfConfigGroup known[] = {
  { "gateway", gateway_keys },
  { "service *", service_keys },
  { "join *", join_keys },
  { NULL, NULL },
};

static void
join_free (gpointer data)
{
  JfServicesFileJoin *join = data;

  g_free (join->service);
  g_free (join->listen);
  g_free (join);
}

void
jf_services_file_free (JfServicesFile *self)
{
  g_ptr_array_unref (self->offers);
  g_ptr_array_unref (self->joins);
  g_array_unref (self->vouch);
  g_free (self->proxy);
  g_free (self);
}

/* The key that an error of jf_offer_new() is about, by how its message begins. */
static const char *
guess_key (const GError *error)
{
  static const char *const keys[] = { "title", "open", "app", "allow", "port", NULL };

  for (unsigned i = 0; keys[i] != NULL; i++)
    if (g_str_has_prefix (error->message, keys[i]))
      return keys[i];
  return NULL;
}

static gboolean
check_target (JfConfig *config, const char *group, const char *target, GError **error)
{
  g_autoptr (JfTarget) parsed = NULL;

  if (target == NULL)
    {
      g_set_error (error, JF_ERROR, JF_ERROR_INVALID,
                   "target is missing; expected tcp:HOST:PORT or unix:PATH");
      jf_config_prefix_error (config, group, NULL, error);
      return FALSE;
    }
  parsed = jf_target_parse (target, error);
  if (parsed == NULL)
    jf_config_prefix_error (config, group, "target", error);
  return parsed != NULL;
}

static gboolean
check_allow (JfConfig *config, const char *group, char **allow, GError **error)
{
  for (unsigned i = 0; allow[i] != NULL; i++)
    if (!jf_allow_check (allow[i], error))
      {
        jf_config_prefix_error (config, group, "allow", error);
        return FALSE;
      }
  return TRUE;
}

static gboolean
refuse_group (JfConfig *config, const char *group, char *message, GError **error)
{
  g_autofree char *owned = message;

  g_set_error_literal (error, JF_ERROR, JF_ERROR_LIMIT, owned);
  jf_config_prefix_error (config, group, NULL, error);
  return FALSE;
}

/* What the manager would refuse as a whole, at the line where it becomes too much. */
static gboolean
add_offer (JfServicesFile *self,
           JfConfig *config,
           const char *group,
           JfOffer *offer,
           GError **error)
{
  g_ptr_array_add (self->offers, offer);
  self->register_bytes += jf_offer_get_json_size (offer);
  if (self->offers->len > JF_SERVICES_MAX_PER_DEVICE)
    return refuse_group (
        config, group,
        g_strdup_printf ("one device may offer at most %d services", JF_SERVICES_MAX_PER_DEVICE),
        error);
  if (self->register_bytes > JF_REGISTRAR_MAX_BYTES)
    return refuse_group (config, group,
                         g_strdup_printf ("what the manager would be told up to here takes %zu "
                                          "bytes; at most %d fit",
                                          self->register_bytes, JF_REGISTRAR_MAX_BYTES),
                         error);
  return TRUE;
}

static gboolean
read_service (JfServicesFile *self, JfConfig *config, const char *group, GError **error)
{
  g_autofree char *target = jf_config_get_string (config, group, "target", NULL);
  g_autofree char *title = jf_config_get_string (config, group, "title", NULL);
  g_autofree char *open = jf_config_get_string (config, group, "open", NULL);
  g_autofree char *app = jf_config_get_string (config, group, "app", NULL);
  g_auto (GStrv) allow = jf_config_get_list (config, group, "allow");
  g_autoptr (GError) local = NULL;
  JfOffer *offer;
  int64_t port;

  if (!check_target (config, group, target, error) || !check_allow (config, group, allow, error) ||
      !jf_config_get_int (config, group, "port", 1, UINT16_MAX, 0, &port, error))
    return FALSE;
  offer = jf_offer_new (group + strlen (SERVICE), target, title, (const char *const *) allow,
                        (unsigned) port, open, app, &local);
  if (offer == NULL)
    {
      const char *key = guess_key (local);

      jf_config_prefix_error (
          config, group, key != NULL && jf_config_has (config, group, key) ? key : NULL, &local);
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  return add_offer (self, config, group, offer, error);
}

static gboolean
read_join (JfServicesFile *self, JfConfig *config, const char *group, GError **error)
{
  g_autofree char *listen = jf_config_get_string (config, group, "listen", NULL);
  g_autoptr (JfPseudoSpec) spec = NULL;
  g_autofree char *provider = NULL;
  g_autofree char *name = NULL;
  const char *service = group + strlen (JOIN);
  JfServicesFileJoin *join;

  if (!jf_service_split (service, &provider, &name, error))
    {
      jf_config_prefix_error (config, group, NULL, error);
      return FALSE;
    }
  spec = jf_pseudo_spec_parse (listen, error);
  if (spec != NULL && spec->kind == JF_PSEUDO_STDIO)
    {
      g_clear_pointer (&spec, jf_pseudo_spec_free);
      g_set_error (error, JF_ERROR, JF_ERROR_INVALID, "stdio is for the command line only");
    }
  if (spec == NULL)
    {
      jf_config_prefix_error (config, group, "listen", error);
      return FALSE;
    }
  join = g_new0 (JfServicesFileJoin, 1);
  join->service = g_strdup (service);
  join->listen = g_steal_pointer (&listen);
  g_ptr_array_add (self->joins, join);
  if (self->joins->len > JF_JOINS_MAX_PER_DEVICE)
    return refuse_group (
        config, group,
        g_strdup_printf ("one device may join at most %d services", JF_JOINS_MAX_PER_DEVICE),
        error);
  return TRUE;
}

static gboolean
read_vouch (JfServicesFile *self, JfConfig *config, GError **error)
{
  g_auto (GStrv) texts = jf_config_get_list (config, "gateway", "vouch");

  if (g_strv_length (texts) > JF_VOUCH_MAX)
    {
      g_set_error (error, JF_ERROR, JF_ERROR_INVALID, "%u keys are more than the %d that fit",
                   g_strv_length (texts), JF_VOUCH_MAX);
      jf_config_prefix_error (config, "gateway", "vouch", error);
      return FALSE;
    }
  for (unsigned i = 0; texts[i] != NULL; i++)
    {
      JfKeyId key_id;

      if (!jf_key_id_parse (texts[i], &key_id, error))
        {
          jf_config_prefix_error (config, "gateway", "vouch", error);
          return FALSE;
        }
      g_array_append_val (self->vouch, key_id);
    }
  return TRUE;
}

static gboolean
read_gateway (JfServicesFile *self, JfConfig *config, GError **error)
{
  g_free (self->proxy);
  self->proxy = jf_config_get_string (config, "gateway", "proxy", JF_PROXY_AUTO);
  if (!jf_proxy_check (self->proxy, error))
    {
      jf_config_prefix_error (config, "gateway", "proxy", error);
      return FALSE;
    }
  return read_vouch (self, config, error);
}

static JfServicesFile *
read_config (JfConfig *config, GError **error)
{
  g_autoptr (JfServicesFile) self = g_new0 (JfServicesFile, 1);
  g_auto (GStrv) groups = jf_config_get_groups (config);

  self->offers = g_ptr_array_new_with_free_func ((GDestroyNotify) jf_offer_unref);
  self->joins = g_ptr_array_new_with_free_func (join_free);
  self->vouch = g_array_new (FALSE, FALSE, sizeof (JfKeyId));
  self->proxy = g_strdup (JF_PROXY_AUTO);
  for (unsigned i = 0; groups[i] != NULL; i++)
    {
      gboolean good = TRUE;

      if (g_str_has_prefix (groups[i], SERVICE))
        good = read_service (self, config, groups[i], error);
      else if (g_str_has_prefix (groups[i], JOIN))
        good = read_join (self, config, groups[i], error);
      else
        good = read_gateway (self, config, error);
      if (!good)
        return NULL;
    }
  return g_steal_pointer (&self);
}

JfServicesFile *
jf_services_file_load (const char *path, GError **error)
{
  g_autoptr (JfConfig) config = jf_config_load (path, known, error);

  return config != NULL ? read_config (config, error) : NULL;
}

JfServicesFile *
jf_services_file_new (const char *path, const char *data, size_t size, GError **error)
{
  g_autoptr (JfConfig) config = jf_config_new (path, data, size, known, error);

  return config != NULL ? read_config (config, error) : NULL;
}
