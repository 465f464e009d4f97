/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-services.h"

#include <string.h>

struct _JfServices
{
  GObject parent_instance;

  GSequence *sequence; /* of JfService, by name: places are found in O(log n) */
  GHashTable *places;  /* service (the object's) -> its GSequenceIter */
};

/* What is to be said in one "items-changed". */
typedef struct
{
  unsigned position;
  unsigned removed;
  unsigned added;
} Run;

static GType
get_item_type (GListModel *model)
{
  return JF_TYPE_SERVICE;
}

static unsigned
get_n_items (GListModel *model)
{
  return (unsigned) g_sequence_get_length (JF_SERVICES (model)->sequence);
}

static gpointer
get_item (GListModel *model, unsigned position)
{
  JfServices *self = JF_SERVICES (model);

  if (position >= get_n_items (model))
    return NULL;
  return g_object_ref (
      g_sequence_get (g_sequence_get_iter_at_pos (self->sequence, (int) position)));
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (JfServices,
                               jf_services,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static void
jf_services_finalize (GObject *object)
{
  JfServices *self = JF_SERVICES (object);

  g_hash_table_unref (self->places);
  g_sequence_free (self->sequence);

  G_OBJECT_CLASS (jf_services_parent_class)->finalize (object);
}

static void
jf_services_class_init (JfServicesClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = jf_services_finalize;
}

static void
jf_services_init (JfServices *self)
{
  self->sequence = g_sequence_new (g_object_unref);
  self->places = g_hash_table_new (g_str_hash, g_str_equal);
}

JfServices *
jf_services_new (void)
{
  return g_object_new (JF_TYPE_SERVICES, NULL);
}

JfService *
jf_services_lookup (JfServices *self, const char *service)
{
  GSequenceIter *place = g_hash_table_lookup (self->places, service);

  return place != NULL ? g_sequence_get (place) : NULL;
}

/* Before the list is touched at `position`: what was done elsewhere is told first, so that who
 * looks then sees the list as the signals have said. */
static void
reach (JfServices *self, Run *run, unsigned position)
{
  if (run->removed + run->added > 0 && position != run->position + run->added)
    {
      g_list_model_items_changed (G_LIST_MODEL (self), run->position, run->removed, run->added);
      *run = (Run){ 0 };
    }
  if (run->removed + run->added == 0)
    run->position = position;
}

static int
compare_services (gconstpointer a, gconstpointer b, gpointer data)
{
  return strcmp (jf_service_get_service ((JfService *) a),
                 jf_service_get_service ((JfService *) b));
}

/* (transfer full) info */
static void
add (JfServices *self, Run *run, JfServiceInfo *info)
{
  g_autoptr (JfService) service = jf_service_new (info);
  GSequenceIter *place = g_sequence_search (self->sequence, service, compare_services, NULL);

  reach (self, run, (unsigned) g_sequence_iter_get_position (place));
  place = g_sequence_insert_before (place, g_object_ref (service));
  g_hash_table_insert (self->places, (char *) jf_service_get_service (service), place);
  run->added++;
}

static void
drop (JfServices *self, Run *run, const char *service)
{
  GSequenceIter *place = g_hash_table_lookup (self->places, service);

  if (place == NULL)
    return;
  reach (self, run, (unsigned) g_sequence_iter_get_position (place));
  g_hash_table_remove (self->places, service);
  g_sequence_remove (place);
  run->removed++;
}

/* One that is to come, or (info NULL) to go. */
typedef struct
{
  char *service;
  JfServiceInfo *info;
} Step;

static void
step_free (gpointer data)
{
  Step *step = data;

  g_free (step->service);
  g_free (step);
}

static void
add_step (GPtrArray *steps, const char *service, JfServiceInfo *info)
{
  Step *step = g_new (Step, 1);

  step->service = g_strdup (service);
  step->info = info;
  g_ptr_array_add (steps, step);
}

static int
compare_steps (gconstpointer a, gconstpointer b)
{
  const Step *const *one = a;
  const Step *const *other = b;

  return strcmp ((*one)->service, (*other)->service);
}

static void
add_missing (JfServices *self, GPtrArray *infos, GPtrArray *steps)
{
  g_autoptr (GHashTable) named = g_hash_table_new (g_str_hash, g_str_equal);
  GHashTableIter iter;
  gpointer service;

  for (unsigned i = 0; i < infos->len; i++)
    g_hash_table_add (named, ((JfServiceInfo *) g_ptr_array_index (infos, i))->service);
  g_hash_table_iter_init (&iter, self->places);
  while (g_hash_table_iter_next (&iter, &service, NULL))
    if (!g_hash_table_contains (named, service))
      add_step (steps, service, NULL);
}

/* Those that are there already are brought up to date, the others become steps. */
static void
take_infos (JfServices *self, GPtrArray *infos, GPtrArray *steps)
{
  size_t n;
  g_autofree gpointer *taken = g_ptr_array_steal (infos, &n);

  for (size_t i = 0; i < n; i++)
    {
      JfServiceInfo *info = taken[i];
      JfService *service = jf_services_lookup (self, info->service);

      if (service != NULL)
        jf_service_update (service, info);
      else
        add_step (steps, info->service, info);
    }
}

void
jf_services_apply (JfServices *self, GPtrArray *infos, GPtrArray *gone, gboolean whole)
{
  g_autoptr (GPtrArray) steps = g_ptr_array_new_with_free_func (step_free);
  G_GNUC_UNUSED g_autoptr (JfServices) alive = g_object_ref (self);
  Run run = { 0 };

  if (whole)
    add_missing (self, infos, steps);
  for (unsigned i = 0; gone != NULL && i < gone->len; i++)
    add_step (steps, g_ptr_array_index (gone, i), NULL);
  take_infos (self, infos, steps);
  g_ptr_array_sort (steps, compare_steps);
  for (unsigned i = 0; i < steps->len; i++)
    {
      const Step *step = g_ptr_array_index (steps, i);

      if (step->info != NULL)
        add (self, &run, step->info);
      else
        drop (self, &run, step->service);
    }
  reach (self, &run, G_MAXUINT);
}
