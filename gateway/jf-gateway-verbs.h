/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The program jackfield-gateway without its main(). argv[0] is the program; returns the exit
 * status: 0 done, 1 failed, 2 wrong usage. */
int jf_gateway_main (int argc, char **argv);

/* One file a verb; argv[0] is the verb. */
int jf_gateway_enroll (int argc, char **argv);
int jf_gateway_serve (int argc, char **argv);
int jf_gateway_offer (int argc, char **argv);
int jf_gateway_services (int argc, char **argv);
int jf_gateway_join (int argc, char **argv);
int jf_gateway_status (int argc, char **argv);

G_END_DECLS
