/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manager/control/jf-offers.h"

typedef struct
{
  JfKeyId device;
  char *member;
  GHashTable *names;  /* set */
  JfMemberConn *conn; /* NULL: offline. Borrowed; jf_offers_offline() comes before it goes. */
} Offerer;

struct JfOffers
{
  JfRegistry *registry;
  void (*changed) (const char *service, gpointer data);
  gpointer data;
  GHashTable *devices;   /* key id -> Offerer */
  GHashTable *services;  /* "PROVIDER/NAME" -> array of Offerer */
  GHashTable *unclaimed; /* member -> set of names */
};

static void
offerer_free (Offerer *offerer)
{
  g_free (offerer->member);
  g_hash_table_unref (offerer->names);
  g_free (offerer);
}

static GHashTable *
name_set_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

JfOffers *
jf_offers_new (JfRegistry *registry,
               void (*changed) (const char *service, gpointer data),
               gpointer data)
{
  JfOffers *self = g_new0 (JfOffers, 1);
  g_autoptr (GPtrArray) services = jf_registry_list_services (registry);

  self->registry = registry;
  self->changed = changed;
  self->data = data;
  self->devices = g_hash_table_new_full (jf_key_id_hash, jf_key_id_equal_func, NULL,
                                         (GDestroyNotify) offerer_free);
  self->services = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                          (GDestroyNotify) g_ptr_array_unref);
  self->unclaimed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                           (GDestroyNotify) g_hash_table_unref);

  for (unsigned i = 0; i < services->len; i++)
    {
      const JfServiceRecord *record = g_ptr_array_index (services, i);
      GHashTable *names = g_hash_table_lookup (self->unclaimed, record->provider);

      if (names == NULL)
        {
          names = name_set_new ();
          g_hash_table_insert (self->unclaimed, g_strdup (record->provider), names);
        }
      g_hash_table_add (names, g_strdup (record->name));
    }
  return self;
}

void
jf_offers_free (JfOffers *self)
{
  g_hash_table_unref (self->services);
  g_hash_table_unref (self->devices);
  g_hash_table_unref (self->unclaimed);
  g_free (self);
}

/* It comes or goes: only one that is here makes a difference. */
static void
tell_changed (JfOffers *self, const Offerer *offerer)
{
  GHashTableIter iter;
  gpointer name;

  if (offerer->conn == NULL)
    return;
  g_hash_table_iter_init (&iter, offerer->names);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    {
      g_autofree char *service = g_strdup_printf ("%s/%s", offerer->member, (char *) name);

      self->changed (service, self->data);
    }
}

static void
index_remove (JfOffers *self, Offerer *offerer)
{
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, offerer->names);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    {
      g_autofree char *service = g_strdup_printf ("%s/%s", offerer->member, (char *) name);
      GPtrArray *offerers = g_hash_table_lookup (self->services, service);

      g_ptr_array_remove_fast (offerers, offerer);
      if (offerers->len == 0)
        g_hash_table_remove (self->services, service);
    }
}

static void
index_add (JfOffers *self, Offerer *offerer)
{
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, offerer->names);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    {
      g_autofree char *service = g_strdup_printf ("%s/%s", offerer->member, (char *) name);
      GPtrArray *offerers = g_hash_table_lookup (self->services, service);

      if (offerers == NULL)
        {
          offerers = g_ptr_array_new ();
          g_hash_table_insert (self->services, g_steal_pointer (&service), offerers);
        }
      g_ptr_array_add (offerers, offerer);
    }
}

void
jf_offers_settle (JfOffers *self, const char *member, GPtrArray *names)
{
  GHashTable *unclaimed = g_hash_table_lookup (self->unclaimed, member);

  if (unclaimed == NULL)
    return;
  for (unsigned i = 0; i < names->len; i++)
    g_hash_table_remove (unclaimed, g_ptr_array_index (names, i));
  if (g_hash_table_size (unclaimed) == 0)
    g_hash_table_remove (self->unclaimed, member);
}

void
jf_offers_set (JfOffers *self,
               const JfKeyId *device,
               const char *member,
               GPtrArray *names,
               JfMemberConn *conn)
{
  Offerer *offerer;

  jf_offers_forget (self, device);

  offerer = g_new0 (Offerer, 1);
  offerer->device = *device;
  offerer->member = g_strdup (member);
  offerer->names = name_set_new ();
  offerer->conn = conn;
  for (unsigned i = 0; i < names->len; i++)
    g_hash_table_add (offerer->names, g_strdup (g_ptr_array_index (names, i)));
  g_hash_table_insert (self->devices, &offerer->device, offerer);
  index_add (self, offerer);
  tell_changed (self, offerer);
  jf_offers_settle (self, member, names);
}

void
jf_offers_offline (JfOffers *self, const JfKeyId *device)
{
  Offerer *offerer = g_hash_table_lookup (self->devices, device);

  if (offerer == NULL)
    return;
  tell_changed (self, offerer);
  offerer->conn = NULL;
}

void
jf_offers_forget (JfOffers *self, const JfKeyId *device)
{
  Offerer *offerer = g_hash_table_lookup (self->devices, device);

  if (offerer == NULL)
    return;
  tell_changed (self, offerer);
  index_remove (self, offerer);
  g_hash_table_remove (self->devices, device);
}

void
jf_offers_forget_member (JfOffers *self, const char *member)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_remove (self->unclaimed, member);
  g_hash_table_iter_init (&iter, self->devices);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Offerer *offerer = value;

      if (!g_str_equal (offerer->member, member))
        continue;
      tell_changed (self, offerer);
      index_remove (self, offerer);
      g_hash_table_iter_remove (&iter);
    }
}

/* Does any other device that has spoken since the start offer it, online or not? */
static gboolean
others_offer (JfOffers *self, const JfKeyId *device, const char *member, const char *name)
{
  g_autofree char *service = g_strdup_printf ("%s/%s", member, name);
  GPtrArray *offerers = g_hash_table_lookup (self->services, service);

  for (unsigned i = 0; offerers != NULL && i < offerers->len; i++)
    {
      const Offerer *offerer = g_ptr_array_index (offerers, i);

      if (!jf_key_id_equal (&offerer->device, device))
        return TRUE;
    }
  return FALSE;
}

static gboolean
others_have_spoken (JfOffers *self, const JfKeyId *device, const char *member)
{
  g_autoptr (GPtrArray) devices = jf_registry_list_devices (self->registry);

  for (unsigned i = 0; i < devices->len; i++)
    {
      const JfDevice *other = g_ptr_array_index (devices, i);

      if (g_str_equal (other->member, member) && !jf_key_id_equal (&other->key_id, device) &&
          !g_hash_table_contains (self->devices, &other->key_id))
        return FALSE;
    }
  return TRUE;
}

static gboolean
has_all (GHashTable *names, GHashTable *wanted)
{
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, wanted);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    if (!g_hash_table_contains (names, name))
      return FALSE;
  return TRUE;
}

static void
compare_unclaimed (JfOffers *self,
                   const JfKeyId *device,
                   const char *member,
                   GHashTable *names,
                   GPtrArray *forgotten)
{
  GHashTable *unclaimed = g_hash_table_lookup (self->unclaimed, member);
  GHashTableIter iter;
  gpointer name;

  /* The rule after a restart is that a provider's only device names what is known. Looking through
   * all devices of all members for each of them would be quadratic. */
  if (unclaimed == NULL || has_all (names, unclaimed) || !others_have_spoken (self, device, member))
    return;
  g_hash_table_iter_init (&iter, unclaimed);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    {
      if (!g_hash_table_contains (names, name))
        g_ptr_array_add (forgotten, g_strdup (name));
    }
}

void
jf_offers_compare (JfOffers *self,
                   const JfKeyId *device,
                   const char *member,
                   GHashTable *names,
                   GPtrArray *moved,
                   GPtrArray *forgotten)
{
  Offerer *offerer = g_hash_table_lookup (self->devices, device);
  GHashTableIter iter;
  gpointer name;

  if (offerer != NULL)
    {
      g_hash_table_iter_init (&iter, offerer->names);
      while (g_hash_table_iter_next (&iter, &name, NULL))
        {
          if (g_hash_table_contains (names, name))
            continue;
          g_ptr_array_add (others_offer (self, device, member, name) ? moved : forgotten,
                           g_strdup (name));
        }
    }
  compare_unclaimed (self, device, member, names, forgotten);
}

unsigned
jf_offers_count_online (JfOffers *self, const char *service)
{
  GPtrArray *offerers = g_hash_table_lookup (self->services, service);
  unsigned count = 0;

  for (unsigned i = 0; offerers != NULL && i < offerers->len; i++)
    {
      const Offerer *offerer = g_ptr_array_index (offerers, i);

      count += offerer->conn != NULL;
    }
  return count;
}

unsigned
jf_offers_count_streams (JfOffers *self, const char *service)
{
  GPtrArray *offerers = g_hash_table_lookup (self->services, service);
  unsigned count = 0;

  for (unsigned i = 0; offerers != NULL && i < offerers->len; i++)
    {
      const Offerer *offerer = g_ptr_array_index (offerers, i);

      if (offerer->conn != NULL)
        count += offerer->conn->streams;
    }
  return count;
}

static gboolean
is_less_busy (const JfMemberConn *a, const JfMemberConn *b)
{
  if (a->streams != b->streams)
    return a->streams < b->streams;
  return g_hash_table_size (a->serving) < g_hash_table_size (b->serving);
}

JfMemberConn *
jf_offers_pick (JfOffers *self, const char *service, const JfKeyId *except)
{
  GPtrArray *offerers = g_hash_table_lookup (self->services, service);
  JfMemberConn *best = NULL;

  for (unsigned i = 0; offerers != NULL && i < offerers->len; i++)
    {
      const Offerer *offerer = g_ptr_array_index (offerers, i);

      if (offerer->conn == NULL || jf_key_id_equal (&offerer->device, except))
        continue;
      if (best == NULL || is_less_busy (offerer->conn, best))
        best = offerer->conn;
    }
  return best;
}
