/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/link/jf-dial-gate.h"

#include "gateway/wire/jf-limits.h"

#define N_LEGS (JF_LEGS_DIALLED_AT_ONCE + 3)

static char order[N_LEGS + 1];
static unsigned n_taken;

typedef struct
{
  JfDialSeat seat; /* first */
  char name;
} Leg;

static void
taken_cb (JfDialSeat *seat)
{
  order[n_taken++] = ((Leg *) seat)->name;
}

static void
enter_all (Leg legs[N_LEGS])
{
  n_taken = 0;
  for (unsigned i = 0; i < N_LEGS; i++)
    {
      legs[i].name = (char) ('a' + i);
      jf_dial_gate_enter (&legs[i].seat, taken_cb);
    }
  g_assert_cmpuint (n_taken, ==, JF_LEGS_DIALLED_AT_ONCE);
}

static void
test_order (void)
{
  Leg legs[N_LEGS] = { 0 };

  enter_all (legs);
  for (unsigned i = 0; i < N_LEGS; i++)
    {
      jf_dial_gate_leave (&legs[i].seat);
      jf_dial_gate_leave (&legs[i].seat); /* idempotent */
      g_assert_cmpuint (n_taken, ==, MIN (N_LEGS, JF_LEGS_DIALLED_AT_ONCE + i + 1));
    }
  g_assert_cmpstr (order, ==, "abcdefg");
}

/* Whoever gives up while waiting takes nobody's place, and keeps none. */
static void
test_give_up (void)
{
  Leg legs[N_LEGS] = { 0 };

  enter_all (legs);
  jf_dial_gate_leave (&legs[JF_LEGS_DIALLED_AT_ONCE].seat);
  g_assert_cmpuint (n_taken, ==, JF_LEGS_DIALLED_AT_ONCE);
  jf_dial_gate_leave (&legs[0].seat);
  g_assert_cmpuint (n_taken, ==, JF_LEGS_DIALLED_AT_ONCE + 1);
  g_assert_cmpint (order[n_taken - 1], ==, legs[JF_LEGS_DIALLED_AT_ONCE + 1].name);
  for (unsigned i = 0; i < N_LEGS; i++)
    jf_dial_gate_leave (&legs[i].seat);
  enter_all (legs); /* all seats are free again */
  for (unsigned i = 0; i < N_LEGS; i++)
    jf_dial_gate_leave (&legs[i].seat);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/link/dial-gate/order", test_order);
  g_test_add_func ("/link/dial-gate/give-up", test_give_up);
  return g_test_run ();
}
