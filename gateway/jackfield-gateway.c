/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/jf-gateway-verbs.h"

int
main (int argc, char **argv)
{
  return jf_gateway_main (argc, argv);
}
