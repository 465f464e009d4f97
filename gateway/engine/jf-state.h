/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

#include "gateway/link/jf-identity.h"
#include "gateway/wire/jf-key-id.h"

G_BEGIN_DECLS

/* The state directory of one device (mode 0700): device.key, manager, ports, known_gateways, lock,
 * gateway.sock. Files are replaced whole or not at all. Belongs to one thread. */
typedef struct JfState JfState;

/* $XDG_STATE_HOME/jackfield-gateway, or /var/lib/jackfield-gateway for root. */
char *jf_state_default_dir (void);

/* Makes the directory when there is none; NULL means the default. JF_ERROR_STORAGE. */
JfState *jf_state_open (const char *dir, GError **error);
void jf_state_free (JfState *self); /* unlocks */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfState, jf_state_free)
const char *jf_state_get_dir (JfState *self);
char *jf_state_path (JfState *self, const char *name);

/* The device has one control connection, so one process at a time may use it: who holds this
 * lock. JF_ERROR_BUSY when another process does; it goes with the process. */
gboolean jf_state_lock (JfState *self, GError **error);

/* The device's key is kept elsewhere (a keyring): it is this one, and device.key is neither read
 * nor made. Takes a reference; before jf_enroll_async() and jf_engine_new(). */
void jf_state_set_identity (JfState *self, JfIdentity *identity);
/* (transfer full) what jf_state_set_identity() gave; otherwise of device.key, made when there is
 * none. JF_ERROR_STORAGE, JF_ERROR_INVALID. */
JfIdentity *jf_state_load_identity (JfState *self, GError **error);

/* Which proxy leads to the manager (jf-proxy.h): kept in memory, JF_PROXY_AUTO at first; before
 * jf_enroll_async() and jf_engine_new(). JF_ERROR_INVALID. */
gboolean jf_state_set_proxy (JfState *self, const char *proxy, GError **error);
const char *jf_state_get_proxy (JfState *self); /* may hold a secret */

/* Which manager this device is enrolled with, and as what. */
typedef struct
{
  char *host;
  uint16_t port;
  JfKeyId key;
  char *member;
  char *role; /* "user" or "provider" */
} JfEnrolment;

void jf_enrolment_free (JfEnrolment *enrolment);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfEnrolment, jf_enrolment_free)

/* JF_ERROR_NOT_ENROLLED (the message says what to do), JF_ERROR_INVALID, JF_ERROR_STORAGE. */
JfEnrolment *jf_state_load_enrolment (JfState *self, GError **error);
gboolean jf_state_save_enrolment (JfState *self, const JfEnrolment *enrolment, GError **error);

/* The port that a service was given when it could not have its own; 0 none. A hint: a file that
 * cannot be read counts as empty. */
uint16_t jf_state_get_port (JfState *self, const char *service);
gboolean jf_state_set_port (JfState *self, const char *service, uint16_t port, GError **error);
/* FALSE: ports are neither remembered nor looked up. TRUE from the beginning. */
void jf_state_set_keep_ports (JfState *self, gboolean keep);

/* Replaces STATE_DIR/`name` whole or not at all, 0600. JF_ERROR_STORAGE. */
gboolean jf_state_write (const char *path, const char *data, size_t size, GError **error);

G_END_DECLS
