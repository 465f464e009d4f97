/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "gateway/wire/jf-invitation.h"
#include "tests/fuzz/fuzz.h"

static void
check_format (const JfInvitation *invitation, const char *scheme)
{
  g_autofree char *link = jf_invitation_format (invitation, scheme);
  g_autofree char *link_again = NULL;
  g_autoptr (JfInvitation) again = jf_invitation_parse (link, NULL);

  g_assert_nonnull (again);
  g_assert_cmpstr (again->host, ==, invitation->host);
  g_assert_cmpuint (again->port, ==, invitation->port);
  g_assert_cmpstr (again->code, ==, invitation->code);
  g_assert_true (jf_key_id_equal (&again->manager, &invitation->manager));
  link_again = jf_invitation_format (again, scheme);
  g_assert_cmpstr (link_again, ==, link);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *link = g_strndup ((const char *) data, size);
  GError *error = NULL;
  g_autoptr (JfInvitation) invitation = jf_invitation_parse (link, &error);

  if (invitation == NULL)
    {
      fuzz_check_error (error);
      return 0;
    }
  g_assert_no_error (error);
  g_assert_cmpuint (strlen (invitation->code), ==, JF_INVITATION_CODE_SIZE - 1);
  g_assert_cmpuint (invitation->port, >, 0);
  g_assert_nonnull (strstr (link, invitation->code));
  check_format (invitation, "https");
  check_format (invitation, "jackfield");
  return 0;
}
