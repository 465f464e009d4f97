/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manager/front/jf-front-limits.h"

#include <netinet/in.h>
#include <string.h>

#include "gateway/link/jf-counter.h"
#include "gateway/wire/jf-limits.h"

typedef struct
{
  uint64_t bits;   /* IPv4 address, or the first half of an IPv6 address */
  uint64_t family; /* so that the two never meet */
} Key;

typedef struct
{
  Key key;
  GQueue slots; /* oldest first */
} Address;

struct JfFrontSlot
{
  atomic_uint refs;
  JfLoop *loop;
  void (*evicted) (gpointer owner); /* the loop's own */
  gpointer owner;
  /* Guarded by the lock: */
  Address *address; /* NULL: it counts no more */
  int64_t since_us;
  GList all_link;
  GList address_link;
};

static unsigned
key_hash (gconstpointer data)
{
  const Key *key = data;

  return (unsigned) (key->bits ^ key->bits >> 32) * 2654435761u;
}

static gboolean
key_equal (gconstpointer a, gconstpointer b)
{
  return memcmp (a, b, sizeof (Key)) == 0;
}

static Key
make_key (const struct sockaddr *address)
{
  Key key = { 0 };

  if (address->sa_family == AF_INET)
    {
      const struct sockaddr_in *in = (const void *) address;

      key.family = AF_INET;
      key.bits = in->sin_addr.s_addr;
    }
  else if (address->sa_family == AF_INET6)
    {
      const struct sockaddr_in6 *in6 = (const void *) address;
      gboolean mapped = IN6_IS_ADDR_V4MAPPED (&in6->sin6_addr);

      key.family = mapped ? AF_INET : AF_INET6;
      if (mapped)
        memcpy (&key.bits, &in6->sin6_addr.s6_addr[12], 4);
      else
        memcpy (&key.bits, in6->sin6_addr.s6_addr, 8);
    }
  return key;
}

void
jf_front_limits_init (JfFrontLimits *self)
{
  pthread_mutex_init (&self->lock, NULL);
  self->addresses = g_hash_table_new_full (key_hash, key_equal, NULL, g_free);
  g_queue_init (&self->all);
}

void
jf_front_limits_clear (JfFrontLimits *self)
{
  g_clear_pointer (&self->addresses, g_hash_table_unref);
  pthread_mutex_destroy (&self->lock);
}

static void
slot_unref (JfFrontSlot *slot)
{
  if (atomic_fetch_sub_explicit (&slot->refs, 1, memory_order_acq_rel) == 1)
    g_free (slot);
}

static void
evict_cb (gpointer data)
{
  JfFrontSlot *slot = data;

  if (slot->owner != NULL)
    slot->evicted (g_steal_pointer (&slot->owner));
  slot_unref (slot);
}

static void
forget_locked (JfFrontLimits *self, JfFrontSlot *slot)
{
  Address *address = g_steal_pointer (&slot->address);

  if (address == NULL)
    return;
  g_queue_unlink (&self->all, &slot->all_link);
  g_queue_unlink (&address->slots, &slot->address_link);
  if (address->slots.length == 0)
    g_hash_table_remove (self->addresses, &address->key);
}

/* Takes the oldest of `slots` out when it has stalled. The caller tells it, without the lock. */
static gboolean
make_room_locked (JfFrontLimits *self, GQueue *slots, int64_t now_us, JfFrontSlot **out)
{
  JfFrontSlot *oldest = slots->head->data;

  if (now_us - oldest->since_us < (int64_t) JF_UNKNOWN_STALLED_MS * 1000)
    return FALSE;
  atomic_fetch_add_explicit (&oldest->refs, 1, memory_order_relaxed);
  forget_locked (self, oldest);
  *out = oldest;
  return TRUE;
}

static JfFrontSlot *
enter_locked (JfFrontLimits *self, const Key *key, int64_t now_us)
{
  Address *address = g_hash_table_lookup (self->addresses, key);
  JfFrontSlot *slot = g_new0 (JfFrontSlot, 1);

  if (address == NULL)
    {
      address = g_new0 (Address, 1);
      address->key = *key;
      g_hash_table_insert (self->addresses, &address->key, address);
    }
  slot->address = address;
  slot->since_us = now_us;
  slot->all_link.data = slot->address_link.data = slot;
  g_queue_push_tail_link (&self->all, &slot->all_link);
  g_queue_push_tail_link (&address->slots, &slot->address_link);
  return slot;
}

static JfFrontSlot *
admit_locked (JfFrontLimits *self, const Key *key, JfFrontSlot **victim)
{
  Address *address = g_hash_table_lookup (self->addresses, key);
  int64_t now_us = g_get_monotonic_time ();

  if (address != NULL && address->slots.length >= JF_UNKNOWN_MAX_PER_ADDRESS &&
      !make_room_locked (self, &address->slots, now_us, victim))
    {
      jf_count (JF_COUNT_CLOSED_ADDRESS_LIMIT);
      return NULL;
    }
  if (self->all.length >= JF_UNKNOWN_MAX && !make_room_locked (self, &self->all, now_us, victim))
    {
      jf_count (JF_COUNT_CLOSED_TOTAL_LIMIT);
      return NULL;
    }
  return enter_locked (self, key, now_us);
}

JfFrontSlot *
jf_front_limits_admit (JfFrontLimits *self, const struct sockaddr *address, JfLoop *loop)
{
  const Key key = make_key (address);
  JfFrontSlot *victim = NULL;
  JfFrontSlot *slot;

  pthread_mutex_lock (&self->lock);
  slot = admit_locked (self, &key, &victim);
  if (slot != NULL)
    {
      slot->refs = 1;
      slot->loop = loop;
    }
  pthread_mutex_unlock (&self->lock);
  if (victim != NULL)
    {
      jf_count (JF_COUNT_CLOSED_STALLED);
      jf_loop_post (victim->loop, evict_cb, victim);
    }
  return slot;
}

void
jf_front_slot_set_owner (JfFrontSlot *slot, void (*evicted) (gpointer owner), gpointer owner)
{
  slot->evicted = evicted;
  slot->owner = owner;
}

void
jf_front_slot_leave (JfFrontLimits *self, JfFrontSlot *slot)
{
  if (slot == NULL)
    return;
  slot->owner = NULL;
  pthread_mutex_lock (&self->lock);
  forget_locked (self, slot);
  pthread_mutex_unlock (&self->lock);
  slot_unref (slot);
}
