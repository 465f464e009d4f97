/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* Every limit of the protocol and of both programs, in one place. PROTOCOL.md repeats those that
 * a peer can notice. Units are in the names: bytes, milliseconds (ms), otherwise a count. */

/* Frames between gateways (PROTOCOL.md section 6). A frame lies whole inside one TLS record. */
#define JF_RECORD_MAX_BYTES        16384
#define JF_FRAME_HEADER_BYTES      16
#define JF_FRAME_PAYLOAD_MAX_BYTES (JF_RECORD_MAX_BYTES - JF_FRAME_HEADER_BYTES)

/* What a gateway's outer connection may send before it is known (sections 2 and 3). */
#define JF_CLIENT_HELLO_MAX_BYTES  16384
#define JF_HANDSHAKE_TIMEOUT_MS    5000
#define JF_PREAMBLE_TIMEOUT_MS     5000
#define JF_ENROLL_TIMEOUT_MS       10000
#define JF_UNKNOWN_MAX_PER_ADDRESS 32
#define JF_UNKNOWN_MAX             1000
/* A new connection beyond a limit takes the place of one that has stalled for this long;
 * where there is none, the new one is closed. */
#define JF_UNKNOWN_STALLED_MS 1000

/* Control connection (section 4). */
#define JF_MESSAGE_MAX_BYTES 65536
#define JF_MESSAGE_MAX_DEPTH 16
#define JF_HEARTBEAT_MS      5000
#define JF_SILENCE_MAX_MS    14000
/* Unsent bytes of one control connection; a peer that lets more pile up is closed. */
#define JF_CONTROL_QUEUE_MAX_BYTES (1024 * 1024)

/* Legs and tickets (section 5). */
#define JF_TICKET_BYTES            16
#define JF_TICKET_LIFETIME_MS      15000
#define JF_TICKETS_PER_MESSAGE_MAX 8
/* A worker's legs that are not READY yet. With four workers, and both gateways at one address, that
 * is what JF_UNKNOWN_MAX_PER_ADDRESS lets through. */
#define JF_LEGS_DIALLED_AT_ONCE 4

/* Channels and streams (sections 6 and 7). */
#define JF_CHANNELS_MIN         2
#define JF_CHANNELS_MAX         8
#define JF_CHANNEL_IDLE_MS      60000
#define JF_CHANNEL_HANDSHAKE_MS 10000
#define JF_CHANNEL_PING_MS      15000
/* Unsent ciphertext of one channel; a peer that lets more pile up is closed. */
#define JF_CHANNEL_QUEUE_MAX_BYTES   (2 * 1024 * 1024)
#define JF_VOUCH_MAX                 64
#define JF_STREAMS_MAX_PER_TUNNEL    8192
#define JF_WINDOW_INITIAL_BYTES      (256 * 1024)
#define JF_WINDOW_MAX_BYTES          (16 * 1024 * 1024)
#define JF_TARGET_CONNECT_TIMEOUT_MS 10000

/* Redialling with full jitter. */
#define JF_REDIAL_MIN_MS 500
#define JF_REDIAL_MAX_MS 30000

/* Names and texts. */
#define JF_LABEL_MAX_BYTES         63
#define JF_TITLE_MAX_BYTES         200
#define JF_TEXT_MAX_BYTES          1024
#define JF_ALLOW_MAX               256
#define JF_SERVICES_MAX_PER_DEVICE 4096
#define JF_JOINS_MAX_PER_DEVICE    1024
/* Of one member. The manager lists no more, the first by name; a gateway that is told of more
 * closes. */
#define JF_SERVICES_MAX_PER_LIST 65536
