/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/link/jf-dial.h"

#include "gateway/link/jf-proxy.h"

struct JfUplink
{
  int references; /* g_atomic_int: ThreadSanitizer sees through those, not gatomicrefcount */
  const JfCarrier *carrier;
  JfIdentity *identity;
  JfKeyId manager;
  uint16_t port;
  char *host;
  char *proxy; /* a secret, maybe */
};

JfUplink *
jf_uplink_new (const JfCarrier *carrier,
               const char *host,
               uint16_t port,
               const JfKeyId *manager,
               JfIdentity *identity)
{
  JfUplink *self = g_new0 (JfUplink, 1);

  self->references = 1;
  self->carrier = carrier;
  self->identity = jf_identity_ref (identity);
  self->manager = *manager;
  self->port = port;
  self->host = g_strdup (host);
  self->proxy = g_strdup (JF_PROXY_AUTO);
  return self;
}

static JfUplink *
take_proxy (JfUplink *self, const char *proxy)
{
  g_free (self->proxy);
  self->proxy = g_strdup (proxy);
  return self;
}

JfUplink *
jf_uplink_new_node (JfUplink *base, const char *host, uint16_t port, const JfKeyId *manager)
{
  return take_proxy (jf_uplink_new (base->carrier, host, port, manager, base->identity),
                     base->proxy);
}

JfUplink *
jf_uplink_new_proxied (JfUplink *base, const char *proxy)
{
  return take_proxy (
      jf_uplink_new (base->carrier, base->host, base->port, &base->manager, base->identity), proxy);
}

JfUplink *
jf_uplink_ref (JfUplink *self)
{
  g_atomic_int_inc (&self->references);
  return self;
}

void
jf_uplink_unref (JfUplink *self)
{
  if (!self || !g_atomic_int_dec_and_test (&self->references))
    return;
  jf_identity_unref (self->identity);
  g_free (self->host);
  g_free (self->proxy);
  g_free (self);
}

const JfCarrier *
jf_uplink_get_carrier (JfUplink *self)
{
  return self->carrier;
}

const char *
jf_uplink_get_host (JfUplink *self)
{
  return self->host;
}

uint16_t
jf_uplink_get_port (JfUplink *self)
{
  return self->port;
}

const JfKeyId *
jf_uplink_get_manager (JfUplink *self)
{
  return &self->manager;
}

JfIdentity *
jf_uplink_get_identity (JfUplink *self)
{
  return self->identity;
}

const char *
jf_uplink_get_proxy (JfUplink *self)
{
  return self->proxy;
}
