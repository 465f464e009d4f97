/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gateway/link/jf-loop.h"

G_BEGIN_DECLS

/* Adds a test whose body runs in the thread of a loop that is made for it. The body may call
 * everything that belongs to that thread, and look at what its callbacks noted, without a lock;
 * in between it lets the loop go on. */
void loop_test_add (const char *path, void (*body) (JfLoop *loop));

/* Lets the loop go on until `condition` holds; ends the test after 30 s. For the body only. */
#define LOOP_TEST_AWAIT(loop, condition)                                                           \
  G_STMT_START                                                                                     \
  {                                                                                                \
    int64_t deadline_us_ = g_get_monotonic_time () + 30 * G_USEC_PER_SEC;                          \
    while (!(condition))                                                                           \
      {                                                                                            \
        g_assert_cmpint (g_get_monotonic_time (), <, deadline_us_);                                \
        loop_test_iterate (loop);                                                                  \
      }                                                                                            \
  }                                                                                                \
  G_STMT_END
/* Once; what nobody reports to the loop is looked at again after 5 ms. */
void loop_test_iterate (JfLoop *loop);
/* Lets the loop go on for that long, to see that nothing happens. Returns how often it woke up. */
unsigned loop_test_linger (JfLoop *loop, unsigned ms);

G_END_DECLS
