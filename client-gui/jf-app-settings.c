/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_SETTINGS_ENABLE_BACKEND /* the one of a file */
#include <gio/gsettingsbackend.h>
#include <glib/gi18n.h>

#include "client-gui/jf-app-private.h"
#include "gateway/wire/jf-error.h"

static const struct
{
  const char *name;
  const char *type;
} keys[] = {
  { "autostart", "b" },         { "background-asked", "b" }, { "fixed-ports", "b" },
  { "notify-attention", "b" },  { "notify-back", "b" },      { "notify-dropped", "b" },
  { "proxy-mode", "s" },        { "proxy-url", "s" },        { "restore-joins", "b" },
  { "run-in-background", "b" }, { "window-height", "i" },    { "window-maximized", "b" },
  { "window-width", "i" },
};

static GSettingsSchema *
look_up (void)
{
  GSettingsSchemaSource *source = g_settings_schema_source_get_default ();

  return source != NULL ? g_settings_schema_source_lookup (source, JF_APP_ID, TRUE) : NULL;
}

static gboolean
check_key (GSettingsSchema *schema, const char *name, const char *type, GError **error)
{
  g_autoptr (GSettingsSchemaKey) key = NULL;

  if (g_settings_schema_has_key (schema, name))
    key = g_settings_schema_get_key (schema, name);
  if (key != NULL &&
      g_variant_type_equal (g_settings_schema_key_get_value_type (key), G_VARIANT_TYPE (type)))
    return TRUE;
  g_set_error (error, JF_ERROR, JF_ERROR_NOT_AVAILABLE,
               _("the settings schema %s is of another version of Jackfield (key “%s”); install "
                 "Jackfield again"),
                  JF_APP_ID, name);
  return FALSE;
}

gboolean
jf_app_settings_check (GError **error)
{
  g_autoptr (GSettingsSchema) schema = look_up ();

  if (schema == NULL)
    {
      g_set_error (error, JF_ERROR, JF_ERROR_NOT_AVAILABLE,
                   _("the settings schema %s is not installed; install Jackfield again, or set "
                     "GSETTINGS_SCHEMA_DIR to the folder “data” of the build"),
                      JF_APP_ID);
      return FALSE;
    }
  for (size_t i = 0; i < G_N_ELEMENTS (keys); i++)
    if (!check_key (schema, keys[i].name, keys[i].type, error))
      return FALSE;
  return TRUE;
}

GSettings *
jf_app_settings_new (const char *state_dir)
{
  g_autoptr (GSettingsSchema) schema = look_up ();
  g_autoptr (GSettingsBackend) backend = NULL;
  g_autofree char *path = NULL;

  if (state_dir != NULL)
    {
      path = g_build_filename (state_dir, "settings", NULL);
      backend = g_keyfile_settings_backend_new (path, "/", NULL);
    }
  return g_settings_new_full (schema, backend, NULL);
}
