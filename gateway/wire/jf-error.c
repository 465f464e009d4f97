/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/wire/jf-error.h"

G_DEFINE_QUARK (jf_error, jf_error)

/* PROTOCOL.md section 4.6 */
static const char *const names[JF_N_ERRORS] = {
  [JF_ERROR_FAILED] = "failed",
  [JF_ERROR_PROTOCOL] = "protocol",
  [JF_ERROR_VERSION] = "version",
  [JF_ERROR_LIMIT] = "limit",
  [JF_ERROR_TIMEOUT] = "timeout",
  [JF_ERROR_CLOSED] = "closed",
  [JF_ERROR_WRONG_KEY] = "wrong-key",
  [JF_ERROR_NOT_ENROLLED] = "not-enrolled",
  [JF_ERROR_BAD_INVITATION] = "bad-invitation",
  [JF_ERROR_NOT_AVAILABLE] = "not-available",
  [JF_ERROR_NOT_ALLOWED] = "not-allowed",
  [JF_ERROR_INVALID] = "invalid",
  [JF_ERROR_BUSY] = "busy",
  [JF_ERROR_UNREACHABLE] = "unreachable",
  [JF_ERROR_STORAGE] = "storage",
  [JF_ERROR_INTERCEPTED] = "intercepted",
};

const char *
jf_error_name (JfError code)
{
  return (unsigned) code < JF_N_ERRORS ? names[code] : names[JF_ERROR_FAILED];
}

JfError
jf_error_from_name (const char *name)
{
  for (unsigned i = 0; i < JF_N_ERRORS; i++)
    if (g_strcmp0 (name, names[i]) == 0)
      return (JfError) i;
  return JF_ERROR_FAILED;
}
