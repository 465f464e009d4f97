/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "gateway/wire/jf-endpoint.h"
#include "gateway/wire/jf-target.h"
#include "tests/fuzz/fuzz.h"

static void
check_target (const char *text)
{
  GError *error = NULL;
  g_autoptr (JfTarget) target = jf_target_parse (text, &error);
  g_autoptr (JfTarget) copy = NULL;
  g_autofree char *formatted = NULL;

  if (target == NULL)
    {
      fuzz_check_error (error);
      return;
    }
  g_assert_no_error (error);
  copy = jf_target_copy (target);
  formatted = jf_target_format (copy);
  g_assert_cmpstr (formatted, ==, text);
  g_assert_true (target->kind == JF_TARGET_UNIX ? target->path[0] == '/' : target->port > 0);
}

static void
check_endpoint (const char *text, uint16_t default_port)
{
  GError *error = NULL;
  g_autofree char *host = NULL, *formatted = NULL;
  uint16_t port = 0;

  if (!jf_endpoint_parse (text, default_port, &host, &port, &error))
    {
      fuzz_check_error (error);
      return;
    }
  g_assert_no_error (error);
  g_assert_true (jf_endpoint_host_is_valid (host));
  g_assert_cmpuint (port, >, 0);
  formatted = jf_endpoint_format (host, port);
  g_assert_true (g_str_has_prefix (formatted, text));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);

  check_target (text);
  check_endpoint (text, 0);
  check_endpoint (text, 443);
  return 0;
}
