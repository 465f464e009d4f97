/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-enroll-words.h"

#include <gio/gio.h>
#include <string.h>

#include "gateway/wire/jf-error.h"

/* Every failure has a heading, a symbol, and sentences that name the host or the cause. */
static void
test_every_failure (void)
{
  for (int code = 0; code < JF_N_ERRORS; code++)
    {
      g_autoptr (GError) error = g_error_new_literal (JF_ERROR, code, "the cause of it");
      g_autofree char *body = jf_enroll_words_failure (error, "manager.example");

      g_test_message ("%s: %s", jf_error_name (code), body);
      g_assert_cmpstr (jf_enroll_words_heading (error), !=, "");
      g_assert_true (g_str_has_suffix (jf_enroll_words_icon (error), "-symbolic"));
      g_assert_true (strstr (body, "manager.example") != NULL ||
                     strstr (body, "he cause of it") != NULL);
    }
}

/* An enrolment is one attempt: nothing of it may promise that it goes on by itself. */
static void
test_promises_nothing (void)
{
  static const JfError codes[] = { JF_ERROR_UNREACHABLE, JF_ERROR_TIMEOUT, JF_ERROR_CLOSED,
                                   JF_ERROR_INTERCEPTED, JF_ERROR_WRONG_KEY };

  for (size_t i = 0; i < G_N_ELEMENTS (codes); i++)
    {
      g_autoptr (GError) error = g_error_new_literal (JF_ERROR, (int) codes[i], "cause");
      g_autofree char *body = jf_enroll_words_failure (error, "manager.example");

      g_assert_null (strstr (body, "by itself"));
      g_assert_nonnull (strstr (body, "invitation"));
    }
}

static void
test_another_domain (void)
{
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "disk on fire");
  g_autofree char *body = jf_enroll_words_failure (error, "manager.example");

  g_assert_nonnull (strstr (body, "isk on fire"));
  g_assert_true (jf_enroll_words_may_try_again (error));
}

static void
test_try_again (void)
{
  g_autoptr (GError) used = g_error_new_literal (JF_ERROR, JF_ERROR_BAD_INVITATION, "used");
  g_autoptr (GError) wrong = g_error_new_literal (JF_ERROR, JF_ERROR_WRONG_KEY, "wrong");
  g_autoptr (GError) away = g_error_new_literal (JF_ERROR, JF_ERROR_UNREACHABLE, "away");

  g_assert_false (jf_enroll_words_may_try_again (used));
  g_assert_false (jf_enroll_words_may_try_again (wrong));
  g_assert_true (jf_enroll_words_may_try_again (away));
}

static void
test_mistakes (void)
{
  g_autoptr (GError) error = g_error_new_literal (JF_ERROR, JF_ERROR_INVALID, "not a link: why");
  g_autofree char *mistake = jf_enroll_words_mistake (error);
  g_autofree char *service = jf_enroll_words_mistake (NULL);

  g_assert_cmpstr (mistake, ==, "Not a link: why.");
  g_assert_nonnull (strstr (service, "service"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/client-gui/enroll-words/every-failure", test_every_failure);
  g_test_add_func ("/client-gui/enroll-words/promises-nothing", test_promises_nothing);
  g_test_add_func ("/client-gui/enroll-words/another-domain", test_another_domain);
  g_test_add_func ("/client-gui/enroll-words/try-again", test_try_again);
  g_test_add_func ("/client-gui/enroll-words/mistakes", test_mistakes);
  return g_test_run ();
}
