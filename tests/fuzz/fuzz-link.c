/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "client-gui/model/jf-link.h"
#include "gateway/wire/jf-names.h"
#include "tests/fuzz/fuzz.h"

/* What was found in the text is a link of its own, and says the same. */
static void
check_service (const JfLink *link)
{
  g_autofree char *formatted = jf_link_format_service ("jackfield", link->host, link->port,
                                                       link->service);
  g_autofree char *in_a_mail = g_strdup_printf ("Look: <%s>.\nYours", formatted);
  g_autofree char *provider = NULL;
  g_autofree char *name = NULL;
  g_autoptr (JfLink) again = jf_link_parse (in_a_mail, NULL);

  g_assert_true (jf_service_split (link->service, &provider, &name, NULL));
  g_assert_nonnull (provider);
  g_assert_nonnull (again);
  g_assert_null (again->invitation);
  g_assert_cmpstr (again->host, ==, link->host);
  g_assert_cmpuint (again->port, ==, link->port);
  g_assert_cmpstr (again->service, ==, link->service);
}

static void
check_invitation (const JfLink *link)
{
  g_autofree char *formatted = jf_invitation_format (link->invitation, "https");
  g_autoptr (JfLink) again = jf_link_parse (formatted, NULL);

  g_assert_null (link->service);
  g_assert_cmpstr (link->host, ==, link->invitation->host);
  g_assert_nonnull (again);
  g_assert_cmpstr (again->invitation->code, ==, link->invitation->code);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  GError *error = NULL;
  g_autoptr (JfLink) link = jf_link_parse (text, &error);

  if (link == NULL)
    {
      fuzz_check_error (error);
      return 0;
    }
  g_assert_no_error (error);
  g_assert_cmpuint (link->port, >, 0);
  if (link->invitation != NULL)
    check_invitation (link);
  else
    check_service (link);
  return 0;
}
