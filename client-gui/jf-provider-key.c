/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-provider-key.h"

#include <glib/gi18n.h>

#include "client-gui/model/jf-account.h"
#include "gateway/engine/jf-known-gateways.h"

/* More are not shown: nobody compares them. */
#define SHOWN_MAX 8

/* The date is a day of the calendar, so it is not moved to this computer's zone. */
char *
jf_provider_key_describe (int64_t since)
{
  g_autoptr (GDateTime) day = since > 0 ? g_date_time_new_from_unix_utc (since) : NULL;
  g_autofree char *date = NULL;

  if (day == NULL)
    return g_strdup (_ ("Provider’s key, known so far"));
  /* TRANSLATORS: a date for g_date_time_format(), e.g. "3 March 2026" */
  date = g_date_time_format (day, C_ ("first use", "%-d %B %Y"));
  /* TRANSLATORS: %s is a date */
  return g_strdup_printf (_ ("Provider’s key, known since %s"), date);
}

static JfProviderKey *
join_keys (GPtrArray *gateways)
{
  JfProviderKey *key = g_new0 (JfProviderKey, 1);
  GString *text = g_string_new (NULL);
  int64_t first = 0;

  for (unsigned i = 0; i < gateways->len; i++)
    {
      const JfKnownGateway *gateway = gateways->pdata[i];
      char short_form[JF_KEY_ID_SHORT_SIZE];

      if (gateway->since > 0 && (first == 0 || gateway->since < first))
        first = gateway->since;
      if (i >= SHOWN_MAX)
        continue;
      jf_key_id_format_short (&gateway->key_id, short_form);
      g_string_append_printf (text, "%s%s", i > 0 ? "\n" : "", short_form);
    }
  if (gateways->len > SHOWN_MAX)
    g_string_append (text, "\n…");
  key->text = g_string_free (text, FALSE);
  key->known_as = jf_provider_key_describe (first);
  return key;
}

JfProviderKey *
jf_provider_key_new (JfItem *item)
{
  JfAccount *account = jf_item_get_account (item);
  JfEngine *engine = account != NULL ? jf_account_get_engine (account) : NULL;
  g_autoptr (GPtrArray) gateways = NULL;

  if (engine == NULL)
    return NULL;
  gateways = jf_known_gateways_list (jf_engine_get_known_gateways (engine),
                                     jf_item_get_provider (item), NULL);
  if (gateways == NULL || gateways->len == 0)
    return NULL;
  return join_keys (gateways);
}

void
jf_provider_key_free (JfProviderKey *key)
{
  if (key == NULL)
    return;
  g_free (key->text);
  g_free (key->known_as);
  g_free (key);
}
