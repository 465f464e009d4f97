/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

/* The two functions that libFuzzer calls. Each fuzz-NAME.c has the first, fuzz-setup.c the second,
 * which makes every warning of GLib fatal. */
int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);
int LLVMFuzzerInitialize (int *argc, char ***argv);

/* A failed call with an error that a person can read on one line; frees the error. */
void fuzz_check_error (GError *error);

G_END_DECLS
