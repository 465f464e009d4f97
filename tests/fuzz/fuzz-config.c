/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "gateway/link/jf-config.h"
#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-names.h"
#include "tests/fuzz/fuzz.h"

static const char *const manager_keys[] = { "listen", "state-dir", "limit", "log", NULL };
static const char *const service_keys[] = { "title", "target", "allow", "open", "app", NULL };
static const JfConfigGroup known[] = {
  { "manager", manager_keys },
  { "service *", service_keys },
  { NULL, NULL },
};

/* The message quotes the operator's own file, and is one line of a bearable length all the same. */
static void
check_error (GError *error)
{
  g_autofree char *clean = NULL;

  g_assert_true (error != NULL && error->domain == JF_ERROR);
  g_assert_true (g_str_has_prefix (error->message, "test.conf:"));
  g_assert_cmpuint (strlen (error->message), <, 512);
  clean = jf_text_clean (error->message, 512);
  g_assert_cmpstr (error->message, ==, clean);
  g_error_free (error);
}

static void
read_key (JfConfig *config, const char *group, const char *key)
{
  g_autofree char *text = jf_config_get_string (config, group, key, NULL);
  g_auto (GStrv) list = jf_config_get_list (config, group, key);
  GError *error = NULL;
  gboolean flag = FALSE;
  int64_t number = 0;

  g_assert_true ((text != NULL) == !!jf_config_has (config, group, key));
  g_assert_nonnull (list);
  if (!jf_config_get_bool (config, group, key, TRUE, &flag, &error))
    check_error (g_steal_pointer (&error));
  g_assert_no_error (error);
  if (!jf_config_get_int (config, group, key, -3, 70000, 5, &number, &error))
    check_error (g_steal_pointer (&error));
  else
    g_assert_true (number >= -3 && number <= 70000);
  g_assert_no_error (error);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  GError *error = NULL;
  g_autoptr (JfConfig)
      config = jf_config_new ("test.conf", (const char *) data, size, known, &error);
  g_auto (GStrv) groups = NULL;

  if (config == NULL)
    {
      check_error (error);
      return 0;
    }
  g_assert_no_error (error);
  groups = jf_config_get_groups (config);
  for (char **group = groups; *group != NULL; group++)
    {
      gboolean is_manager = strcmp (*group, "manager") == 0;

      g_assert_true (is_manager || g_str_has_prefix (*group, "service "));
      for (const char *const *key = is_manager ? manager_keys : service_keys; *key != NULL; key++)
        read_key (config, *group, *key);
    }
  return 0;
}
