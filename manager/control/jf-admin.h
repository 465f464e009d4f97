/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "manager/control/jf-control.h"

G_BEGIN_DECLS

/* The operator's door: a UNIX socket (0600) in the state directory. Only root and the manager's own
 * user get in (SO_PEERCRED). One request a connection:
 *
 *   request  one line of JSON, at most 64 KiB, within 10 s: {"verb":"members"}
 *   answer   one JSON object a line, then {"status":"ok"}
 *            or {"status":"error","code":"not-available","message":"…"}, then the end
 *
 * Verbs and their members (optional ones in brackets), and the rows of their answers:
 *   invite    member, [role], [groups], [expires_s 900]   link, member, role, expires
 *             (no role: the one that the member has, "user" for a new one)
 *   members                    member, role, groups, devices, online, created
 *   devices                    device, member, online, enrolled
 *   services                   service, kind, port, title, allow, online, gateways, streams
 *   tunnels                    tunnel, service, user, device, gateway, state, since, pairs,
 *                              bytes_to_server, bytes_to_client
 *   status                     version, key (the manager's), uptime_s, gateways, tunnels, pairs,
 *                              tickets, members, devices, counters
 *   audit     [after], [limit 1000]                       id, time, event, member, device,
 *                              service, tunnel, detail
 *   revoke    who: a member's label, a key id, or the first 6 or more characters of one key id
 *                              revoked ("member" or "device"), member, device
 *   close     tunnel           tunnel
 *
 * Belongs to the main thread. */
typedef struct JfAdmin JfAdmin;

/* Borrows `control`. A socket that nobody listens at any more is replaced; one with a listener is
 * JF_ERROR_BUSY. Other failures: JF_ERROR_STORAGE, JF_ERROR_INVALID (path too long). */
JfAdmin *jf_admin_new (JfControl *control, const char *socket_path, GError **error);
/* Stops, closes what is under way, removes the socket. Before jf_control_free(). */
void jf_admin_free (JfAdmin *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfAdmin, jf_admin_free)

G_END_DECLS
