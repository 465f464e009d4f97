/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manager/serve-settings.h"

#include <gio/gio.h>
#include <string.h>

#include "gateway/link/jf-config.h"
#include "gateway/wire/jf-error.h"
#include "manager/control/jf-admin-limits.h"
#include "manager/state-dir.h"

#define GROUP          "manager"
#define DEFAULT_LISTEN ":443"

static const char *const keys[] = {
  "listen",     "public",    "certificate",     "key",        "workers",
  "log-format", "log-level", "audit-addresses", "audit-days", NULL,
};

static const JfConfigGroup known_groups[] = {
  { GROUP, keys },
  { NULL, NULL },
};

/* One text from the option or else from the file, and where an error in it belongs. */
typedef struct
{
  char *text;
  const char *key;
  JfConfig *config; /* NULL: the option */
} Choice;

static void
choice_clear (Choice *choice)
{
  g_free (choice->text);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Choice, choice_clear)

static Choice
choose (JfConfig *config, const char *option, const char *key)
{
  Choice choice = { .key = key };

  if (option)
    choice.text = g_strdup (option);
  else if (config)
    {
      choice.text = jf_config_get_string (config, GROUP, key, NULL);
      choice.config = config;
    }
  return choice;
}

static gboolean
fail_choice (const Choice *choice, const char *expected, GError **error)
{
  GError *problem = g_error_new (JF_ERROR, JF_ERROR_INVALID, "expected %s, got \"%s\"", expected,
                                 choice->text);

  if (choice->config)
    jf_config_prefix_error (choice->config, GROUP, choice->key, &problem);
  else
    g_prefix_error (&problem, "--%s: ", choice->key);
  g_propagate_error (error, problem);
  return FALSE;
}

static gboolean
parse_log_format (const Choice *choice, JfLogFormat *out, GError **error)
{
  *out = JF_LOG_TEXT;
  if (!choice->text || strcmp (choice->text, "text") == 0)
    return TRUE;
  *out = JF_LOG_JSON;
  return strcmp (choice->text, "json") == 0 || fail_choice (choice, "text or json", error);
}

static gboolean
parse_log_level (const Choice *choice, JfLogLevel *out, GError **error)
{
  static const char *const names[] = {
    [JF_LOG_ERROR] = "error",
    [JF_LOG_WARNING] = "warning",
    [JF_LOG_INFO] = "info",
    [JF_LOG_DEBUG] = "debug",
  };

  *out = JF_LOG_INFO;
  if (!choice->text)
    return TRUE;
  for (unsigned i = 0; i < G_N_ELEMENTS (names); i++)
    if (strcmp (choice->text, names[i]) == 0)
      {
        *out = (JfLogLevel) i;
        return TRUE;
      }
  return fail_choice (choice, "error, warning, info or debug", error);
}

/* It becomes part of a link. */
static gboolean
check_public (const Choice *choice, GError **error)
{
  g_autoptr (GSocketConnectable) address = NULL;
  const char *const odd = " \t\r\n/#?@\"'<>\\";

  if (!choice->text)
    return TRUE;
  if (choice->text[0] != '\0' && !strpbrk (choice->text, odd) && g_str_is_ascii (choice->text))
    address = g_network_address_parse (choice->text, 443, NULL);
  if (address && g_network_address_get_hostname (G_NETWORK_ADDRESS (address))[0] != '\0' &&
      g_network_address_get_port (G_NETWORK_ADDRESS (address)) != 0)
    return TRUE;
  return fail_choice (choice, "HOST or HOST:PORT", error);
}

/* The front has the last word; this one knows the line of the file. */
static gboolean
check_listen (const Choice *choice, GError **error)
{
  const char *colon = strrchr (choice->text, ':');
  g_autofree char *host = NULL;
  size_t size;

  if (colon && g_ascii_string_to_unsigned (colon + 1, 10, 0, 65535, NULL, NULL))
    {
      size = (size_t) (colon - choice->text);
      if (size == 0)
        return TRUE;
      if (choice->text[0] == '[' && choice->text[size - 1] == ']')
        host = g_strndup (choice->text + 1, size - 2);
      else if (!memchr (choice->text, ':', size))
        host = g_strndup (choice->text, size);
      /* the scope is for the system to know */
      if (host && g_hostname_is_ip_address (g_strdelimit (host, "%", '\0')))
        return TRUE;
    }
  return fail_choice (choice, "ADDR:PORT, [ADDR]:PORT or :PORT with a numeric address", error);
}

static char *
beside_config (JfConfig *config, const char *config_path, const char *key)
{
  g_autofree char *path = config ? jf_config_get_string (config, GROUP, key, NULL) : NULL;
  g_autofree char *dir = path ? g_path_get_dirname (config_path) : NULL;

  return path ? g_canonicalize_filename (path, dir) : NULL;
}

/* An empty value is as wrong as one without the other. */
static gboolean
read_certificate (JfConfig *config, JfServeSettings *settings, GError **error)
{
  gboolean has_certificate = config && jf_config_has (config, GROUP, "certificate");
  gboolean has_key = config && jf_config_has (config, GROUP, "key");

  if (has_certificate != has_key)
    {
      g_set_error_literal (error, JF_ERROR, JF_ERROR_INVALID,
                           "certificate and key belong together; set both or none");
      jf_config_prefix_error (config, GROUP, has_key ? "key" : "certificate", error);
      return FALSE;
    }
  settings->certificate = beside_config (config, settings->config_path, "certificate");
  settings->key = beside_config (config, settings->config_path, "key");
  return TRUE;
}

static gboolean
read_listen (JfConfig *config,
             const JfServeOptions *options,
             JfServeSettings *settings,
             GError **error)
{
  const char *const standard[] = { DEFAULT_LISTEN, NULL };
  Choice choice = { .key = "listen", .config = options->listen ? NULL : config };

  if (options->listen)
    settings->listen = g_strdupv (options->listen);
  else if (config && jf_config_has (config, GROUP, "listen"))
    settings->listen = jf_config_get_list (config, GROUP, "listen");
  else
    settings->listen = g_strdupv ((char **) standard);
  for (unsigned i = 0; settings->listen[i]; i++)
    {
      choice.text = settings->listen[i];
      if (!check_listen (&choice, error))
        return FALSE;
    }
  choice.text = (char *) "";
  return settings->listen[0] || check_listen (&choice, error);
}

static gboolean
read_numbers (JfConfig *config, JfServeSettings *settings, GError **error)
{
  int64_t workers = MIN (g_get_num_processors (), JF_WORKERS_MAX);
  int64_t audit_days = 0;

  if (config &&
      (!jf_config_get_int (config, GROUP, "workers", 1, JF_WORKERS_MAX, workers, &workers, error) ||
       !jf_config_get_bool (config, GROUP, "audit-addresses", FALSE, &settings->keep_addresses,
                            error) ||
       !jf_config_get_int (config, GROUP, "audit-days", 0, JF_AUDIT_DAYS_MAX, 0, &audit_days,
                           error)))
    return FALSE;
  settings->workers = (unsigned) workers;
  settings->audit_days = (unsigned) audit_days;
  return TRUE;
}

static gboolean
read_texts (JfConfig *config,
            const JfServeOptions *options,
            JfServeSettings *settings,
            GError **error)
{
  g_auto (Choice) format = choose (config, options->log_format, "log-format");
  g_auto (Choice) level = choose (config, options->log_level, "log-level");
  g_auto (Choice) public_address = choose (config, options->public_address, "public");

  if (!parse_log_format (&format, &settings->log_format, error) ||
      !parse_log_level (&level, &settings->log_level, error) ||
      !check_public (&public_address, error))
    return FALSE;
  settings->public_address = g_steal_pointer (&public_address.text);
  return TRUE;
}

static JfServeSettings *
settings_read (JfConfig *config, const JfServeOptions *options, GError **error)
{
  g_autoptr (JfServeSettings) settings = g_new0 (JfServeSettings, 1);

  settings->config_path = g_strdup (options->config_path);
  settings->state_dir = options->state_dir ? g_strdup (options->state_dir)
                                           : jf_state_dir_default ();
  if (!read_listen (config, options, settings, error) ||
      !read_texts (config, options, settings, error) || !read_numbers (config, settings, error) ||
      !read_certificate (config, settings, error))
    return NULL;
  return g_steal_pointer (&settings);
}

gboolean
jf_serve_options_check (const JfServeOptions *options, GError **error)
{
  g_autoptr (JfServeSettings) settings = settings_read (NULL, options, error);

  return settings != NULL;
}

JfServeSettings *
jf_serve_settings_new (const JfServeOptions *options, GError **error)
{
  g_autoptr (JfConfig) config = NULL;

  if (options->config_path)
    {
      config = jf_config_load (options->config_path, known_groups, error);
      if (!config)
        return NULL;
    }
  return settings_read (config, options, error);
}

void
jf_serve_settings_free (JfServeSettings *settings)
{
  if (!settings)
    return;
  g_free (settings->config_path);
  g_free (settings->state_dir);
  g_strfreev (settings->listen);
  g_free (settings->public_address);
  g_free (settings->certificate);
  g_free (settings->key);
  g_free (settings);
}

char *
jf_serve_public_address (const char *listen, const char *host_name)
{
  const char *colon = strrchr (listen, ':');
  g_autofree char *host = colon ? g_strndup (listen, (size_t) (colon - listen)) : NULL;

  if (!host)
    return g_strdup (listen);
  if (host[0] == '\0' || strcmp (host, "0.0.0.0") == 0 || strcmp (host, "[::]") == 0 ||
      strcmp (host, "*") == 0)
    return g_strconcat (host_name, colon, NULL);
  return g_strdup (listen);
}
