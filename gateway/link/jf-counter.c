/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/link/jf-counter.h"

static uint64_t counters[JF_N_COUNTS];

static const char *const names[JF_N_COUNTS] = {
  [JF_COUNT_ACCEPTED] = "accepted",
  [JF_COUNT_CLOSED_ADDRESS_LIMIT] = "closed-address-limit",
  [JF_COUNT_CLOSED_TOTAL_LIMIT] = "closed-total-limit",
  [JF_COUNT_CLOSED_STALLED] = "closed-stalled",
  [JF_COUNT_HELLO_INVALID] = "hello-invalid",
  [JF_COUNT_HANDSHAKE_FAILED] = "handshake-failed",
  [JF_COUNT_HANDSHAKE_TIMEOUT] = "handshake-timeout",
  [JF_COUNT_PREAMBLE_INVALID] = "preamble-invalid",
  [JF_COUNT_WEB_REFUSED] = "web-refused",
  [JF_COUNT_CONTROL_OPENED] = "control-opened",
  [JF_COUNT_CONTROL_EVICTED] = "control-evicted",
  [JF_COUNT_CONTROL_SILENT] = "control-silent",
  [JF_COUNT_MESSAGE_INVALID] = "message-invalid",
  [JF_COUNT_MESSAGE_LIMIT] = "message-limit",
  [JF_COUNT_NOT_ENROLLED] = "not-enrolled",
  [JF_COUNT_BAD_INVITATION] = "bad-invitation",
  [JF_COUNT_TICKET_UNKNOWN] = "ticket-unknown",
  [JF_COUNT_TICKET_WRONG_DEVICE] = "ticket-wrong-device",
  [JF_COUNT_LEG_UNPAIRED] = "leg-unpaired",
  [JF_COUNT_LEGS_JOINED] = "legs-joined",
  [JF_COUNT_SWITCH_COPIED] = "switch-copied",
  [JF_COUNT_CHANNEL_FAILED] = "channel-failed",
  [JF_COUNT_CHANNEL_WRONG_KEY] = "channel-wrong-key",
  [JF_COUNT_FRAME_INVALID] = "frame-invalid",
  [JF_COUNT_STREAM_OPENED] = "stream-opened",
  [JF_COUNT_STREAM_REFUSED] = "stream-refused",
  [JF_COUNT_STREAM_LIMIT] = "stream-limit",
  [JF_COUNT_UID_REFUSED] = "uid-refused",
};

void
jf_count (JfCount which)
{
  g_return_if_fail ((unsigned) which < JF_N_COUNTS);

  __atomic_fetch_add (&counters[which], 1, __ATOMIC_RELAXED);
}

uint64_t
jf_count_get (JfCount which)
{
  g_return_val_if_fail ((unsigned) which < JF_N_COUNTS, 0);

  return __atomic_load_n (&counters[which], __ATOMIC_RELAXED);
}

const char *
jf_count_name (JfCount which)
{
  g_return_val_if_fail ((unsigned) which < JF_N_COUNTS, NULL);

  return names[which];
}
