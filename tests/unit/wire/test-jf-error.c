/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/wire/jf-error.h"

static void
test_names (void)
{
  for (int code = 0; code < JF_N_ERRORS; code++)
    {
      const char *name = jf_error_name ((JfError) code);

      g_assert_nonnull (name);
      g_assert_cmpint (jf_error_from_name (name), ==, code);
    }
  g_assert_cmpstr (jf_error_name (JF_ERROR_NOT_AVAILABLE), ==, "not-available");
}

static void
test_unknown (void)
{
  g_assert_cmpint (jf_error_from_name ("from-the-future"), ==, JF_ERROR_FAILED);
  g_assert_cmpint (jf_error_from_name (""), ==, JF_ERROR_FAILED);
  g_assert_cmpint (jf_error_from_name (NULL), ==, JF_ERROR_FAILED);
  g_assert_cmpstr (jf_error_name ((JfError) 999), ==, "failed");
  g_assert_cmpstr (jf_error_name ((JfError) -1), ==, "failed");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire/error/names", test_names);
  g_test_add_func ("/wire/error/unknown", test_unknown);
  return g_test_run ();
}
