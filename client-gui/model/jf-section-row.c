/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/model/jf-section-row.h"

G_DEFINE_FINAL_TYPE (JfSectionRow, jf_section_row, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_ITEM,
  PROP_HEADING,
  PROP_FIRST,
  PROP_LAST,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

JfItem *
jf_section_row_get_item (JfSectionRow *self)
{
  return self->item;
}

const char *
jf_section_row_get_heading (JfSectionRow *self)
{
  return self->heading;
}

gboolean
jf_section_row_get_first (JfSectionRow *self)
{
  return self->first;
}

gboolean
jf_section_row_get_last (JfSectionRow *self)
{
  return self->last;
}

void
jf_section_row_place (JfSectionRow *self, gboolean first, gboolean last)
{
  if (!first != !self->first)
    {
      self->first = !!first;
      g_object_notify_by_pspec (G_OBJECT (self), props[PROP_FIRST]);
    }
  if (!last != !self->last)
    {
      self->last = !!last;
      g_object_notify_by_pspec (G_OBJECT (self), props[PROP_LAST]);
    }
}

static void
get_property (GObject *object, unsigned id, GValue *value, GParamSpec *pspec)
{
  JfSectionRow *self = JF_SECTION_ROW (object);

  switch (id)
    {
    case PROP_ITEM:
      g_value_set_object (value, self->item);
      break;
    case PROP_HEADING:
      g_value_set_string (value, self->heading);
      break;
    case PROP_FIRST:
      g_value_set_boolean (value, self->first);
      break;
    case PROP_LAST:
      g_value_set_boolean (value, self->last);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
jf_section_row_finalize (GObject *object)
{
  JfSectionRow *self = JF_SECTION_ROW (object);

  g_clear_object (&self->item);
  g_free (self->heading);

  G_OBJECT_CLASS (jf_section_row_parent_class)->finalize (object);
}

static void
jf_section_row_class_init (JfSectionRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = (G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  object_class->get_property = get_property;
  object_class->finalize = jf_section_row_finalize;
  props[PROP_ITEM] = g_param_spec_object ("item", NULL, NULL, JF_TYPE_ITEM, flags);
  props[PROP_HEADING] = g_param_spec_string ("heading", NULL, NULL, NULL, flags);
  props[PROP_FIRST] = g_param_spec_boolean ("first", NULL, NULL, FALSE, flags);
  props[PROP_LAST] = g_param_spec_boolean ("last", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
jf_section_row_init (JfSectionRow *self)
{
}

JfSectionRow *
jf_section_row_new_item (JfItem *item)
{
  JfSectionRow *self = g_object_new (JF_TYPE_SECTION_ROW, NULL);

  self->item = g_object_ref (item);
  return self;
}

JfSectionRow *
jf_section_row_new_heading (const char *heading)
{
  JfSectionRow *self = g_object_new (JF_TYPE_SECTION_ROW, NULL);

  self->heading = g_strdup (heading);
  return self;
}
