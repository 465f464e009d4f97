/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Inputs for the driver: a seed of the corpus, changed a little. The same GRand gives the same
 * inputs everywhere. */
#define FUZZ_INPUT_MAX_BYTES (80 * 1024)

/* A changed copy of one of the seeds (GByteArray, at least one). */
GByteArray *fuzz_mutate (GRand *random, const GPtrArray *seeds);

G_END_DECLS
