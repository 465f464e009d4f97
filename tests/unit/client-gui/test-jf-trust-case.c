/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-trust-case.h"

#include <string.h>

#include "gateway/wire/jf-error.h"

static JfTrustCase
of_service (JfError code, gboolean offered, gboolean expected)
{
  g_autoptr (GError) error = g_error_new_literal (JF_ERROR, code, "x");

  return jf_trust_case_of_service (error, offered, expected);
}

static JfTrustCase
of_manager (JfError code)
{
  g_autoptr (GError) error = g_error_new_literal (JF_ERROR, code, "x");

  return jf_trust_case_of_manager (error);
}

static void
test_service (void)
{
  g_assert_cmpint (jf_trust_case_of_service (NULL, TRUE, TRUE), ==, JF_TRUST_OK);
  g_assert_cmpint (of_service (JF_ERROR_BUSY, TRUE, TRUE), ==, JF_TRUST_OK);
  g_assert_cmpint (of_service (JF_ERROR_WRONG_KEY, TRUE, TRUE), ==, JF_TRUST_PROVIDER_KEY);
  /* nothing that could be trusted */
  g_assert_cmpint (of_service (JF_ERROR_WRONG_KEY, FALSE, TRUE), ==, JF_TRUST_PROVIDER_FALSE);
  /* the session failed, and took the service with it */
  g_assert_cmpint (of_service (JF_ERROR_WRONG_KEY, FALSE, FALSE), ==, JF_TRUST_OK);
}

static void
test_manager (void)
{
  g_autoptr (GError) other = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "not one of ours");

  g_assert_cmpint (jf_trust_case_of_manager (NULL), ==, JF_TRUST_OK);
  g_assert_cmpint (jf_trust_case_of_manager (other), ==, JF_TRUST_OK);
  g_assert_cmpint (of_manager (JF_ERROR_UNREACHABLE), ==, JF_TRUST_OK);
  g_assert_cmpint (of_manager (JF_ERROR_WRONG_KEY), ==, JF_TRUST_MANAGER_KEY);
  g_assert_cmpint (of_manager (JF_ERROR_INTERCEPTED), ==, JF_TRUST_INTERCEPTED);
  g_assert_cmpint (of_manager (JF_ERROR_NOT_ENROLLED), ==, JF_TRUST_REVOKED);
  g_assert_cmpint (of_manager (JF_ERROR_BAD_INVITATION), ==, JF_TRUST_INVITATION);
}

/* Each case says what happened, what it may mean and what to do, and of whom. */
static void
test_words (void)
{
  for (int trust = JF_TRUST_OK + 1; trust <= JF_TRUST_INVITATION; trust++)
    {
      g_autoptr (JfTrustWords) words = jf_trust_words_new ((JfTrustCase) trust, "wiki <b>");

      g_assert_cmpstr (words->heading, !=, "");
      g_assert_nonnull (strstr (words->happened, "wiki <b>"));
      g_assert_true (g_str_has_suffix (words->meaning, "."));
      g_assert_true (g_str_has_suffix (words->advice, "."));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gui/trust-case/service", test_service);
  g_test_add_func ("/gui/trust-case/manager", test_manager);
  g_test_add_func ("/gui/trust-case/words", test_words);
  return g_test_run ();
}
