/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-sparkline.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "client-gui/jf-sparkline-scale.h"

#define HEIGHT_PX     112
#define WIDTH_LEAST   120
#define WIDTH_NATURAL 360
#define LABEL_GAP     4 /* between a label and the curves */
#define SENT_WIDTH    2.0
#define EDGE_WIDTH    1.5

struct _JfSparkline
{
  GtkWidget parent_instance;

  JfThroughput *throughput;
  unsigned long changed_id; /* only while it is mapped */
  int64_t spoken_us;
  char *spoken;
};

G_DEFINE_FINAL_TYPE (JfSparkline, jf_sparkline, GTK_TYPE_WIDGET)

/* The curves are copied once for each frame. */
typedef struct
{
  double received[JF_THROUGHPUT_SAMPLES];
  double sent[JF_THROUGHPUT_SAMPLES];
  unsigned n;
} Samples;

typedef struct
{
  GdkRGBA text;
  GdkRGBA accent;
  double faint; /* opacity of the grid */
  double fill;  /* opacity of the area */
} Look;

static Look
get_look (JfSparkline *self)
{
  GtkStyleContext *style = gtk_widget_get_style_context (GTK_WIDGET (self));
  gboolean contrast = adw_style_manager_get_high_contrast (adw_style_manager_get_default ());
  Look look = { .faint = contrast ? 0.6 : 0.16, .fill = contrast ? 0.5 : 0.28 };

  gtk_style_context_get_color (style, &look.text);
  look.accent = look.text;
  gtk_style_context_lookup_color (style, "accent_color", &look.accent);
  return look;
}

static void
set_colour (cairo_t *cr, const GdkRGBA *colour, double opacity)
{
  cairo_set_source_rgba (cr, colour->red, colour->green, colour->blue, colour->alpha * opacity);
}

/* Whole lines of one pixel are sharp in the middle of a pixel. */
static void
draw_grid (cairo_t *cr, const JfSparklineScale *scale, const Look *look)
{
  static const double shares[] = { 0, 0.5, 1 };

  cairo_set_line_width (cr, 1);
  set_colour (cr, &look->text, look->faint);
  for (size_t i = 0; i < G_N_ELEMENTS (shares); i++)
    {
      double y = (int) jf_sparkline_scale_y (scale, shares[i] * scale->max) + 0.5;

      cairo_move_to (cr, scale->x, y);
      cairo_line_to (cr, scale->x + scale->width, y);
      cairo_stroke (cr);
    }
}

static void
trace (cairo_t *cr, const JfSparklineScale *scale, const double values[], unsigned n)
{
  for (unsigned i = 0; i < n; i++)
    cairo_line_to (cr, jf_sparkline_scale_x (scale, i, n), jf_sparkline_scale_y (scale, values[i]));
}

static void
draw_curves (cairo_t *cr, const JfSparklineScale *scale, const Look *look, const Samples *samples)
{
  unsigned n = samples->n;

  if (n < 2)
    return;
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
  cairo_set_line_cap (cr, CAIRO_LINE_CAP_ROUND);

  cairo_move_to (cr, jf_sparkline_scale_x (scale, 0, n), scale->y + scale->height);
  trace (cr, scale, samples->received, n);
  cairo_line_to (cr, jf_sparkline_scale_x (scale, n - 1, n), scale->y + scale->height);
  cairo_close_path (cr);
  set_colour (cr, &look->accent, look->fill);
  cairo_fill (cr);
  trace (cr, scale, samples->received, n);
  set_colour (cr, &look->accent, 1);
  cairo_set_line_width (cr, EDGE_WIDTH);
  cairo_stroke (cr);

  trace (cr, scale, samples->sent, n);
  set_colour (cr, &look->text, 1);
  cairo_set_line_width (cr, SENT_WIDTH);
  cairo_stroke (cr);
}

static PangoLayout *
make_label (JfSparkline *self, const char *text)
{
  PangoLayout *layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), text);
  PangoAttrList *attributes = pango_attr_list_new ();

  pango_attr_list_insert (attributes, pango_attr_scale_new (PANGO_SCALE_SMALL));
  pango_attr_list_insert (attributes, pango_attr_font_features_new ("tnum=1"));
  pango_layout_set_attributes (layout, attributes);
  pango_attr_list_unref (attributes);
  return layout;
}

/* at_start: where the oldest sample is */
static void
draw_label (GtkSnapshot *snapshot,
            PangoLayout *layout,
            const JfSparklineScale *scale,
            gboolean at_start,
            double y,
            const GdkRGBA *colour)
{
  int width;
  double x = scale->x;

  pango_layout_get_pixel_size (layout, &width, NULL);
  if (at_start == scale->mirrored)
    x += scale->width - width;
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float) x, (float) y));
  gtk_snapshot_append_layout (snapshot, layout, colour);
  gtk_snapshot_restore (snapshot);
}

static void
draw (JfSparkline *self, GtkSnapshot *snapshot, JfSparklineScale *scale, const Samples *samples)
{
  g_autofree char *top = jf_sparkline_scale_label (scale->max);
  g_autoptr (PangoLayout) top_label = make_label (self, top);
  g_autoptr (PangoLayout) old_label = make_label (self, _ ("2 minutes ago"));
  g_autoptr (PangoLayout) new_label = make_label (self, _ ("Now"));
  Look look = get_look (self);
  int line;
  int height = gtk_widget_get_height (GTK_WIDGET (self));
  cairo_t *cr;

  pango_layout_get_pixel_size (top_label, NULL, &line);
  scale->y = line + LABEL_GAP;
  scale->height = MAX (1, height - 2 * (line + LABEL_GAP));
  draw_label (snapshot, top_label, scale, TRUE, 0, &look.text);
  draw_label (snapshot, old_label, scale, TRUE, height - line, &look.text);
  draw_label (snapshot, new_label, scale, FALSE, height - line, &look.text);

  cr = gtk_snapshot_append_cairo (
      snapshot, &GRAPHENE_RECT_INIT (0, (float) scale->y - 2,
                                     (float) gtk_widget_get_width (GTK_WIDGET (self)),
                                     (float) scale->height + 4));
  draw_grid (cr, scale, &look);
  draw_curves (cr, scale, &look, samples);
  cairo_destroy (cr);
}

static void
snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  JfSparkline *self = JF_SPARKLINE (widget);
  Samples samples = { .n = 0 };
  JfSparklineScale scale = {
    .x = 1,
    .width = MAX (1, gtk_widget_get_width (widget) - 2),
    .slots = JF_THROUGHPUT_SAMPLES,
    .mirrored = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL,
    .max = JF_SPARKLINE_MAX_LEAST,
  };

  if (self->throughput != NULL)
    {
      samples.n = jf_throughput_get (self->throughput, samples.received, samples.sent);
      scale.max = jf_sparkline_scale_top (jf_throughput_get_peak (self->throughput));
    }
  draw (self, snapshot, &scale, &samples);
}

static void
measure (GtkWidget *widget,
         GtkOrientation orientation,
         int for_size,
         int *minimum,
         int *natural,
         int *minimum_baseline,
         int *natural_baseline)
{
  gboolean across = orientation == GTK_ORIENTATION_HORIZONTAL;

  *minimum = across ? WIDTH_LEAST : HEIGHT_PX;
  *natural = across ? WIDTH_NATURAL : HEIGHT_PX;
  *minimum_baseline = *natural_baseline = -1;
}

/* A screen reader may read each change aloud, so changes are rare, and only real ones. */
static void
speak (JfSparkline *self, gboolean at_once)
{
  g_autofree char *text = NULL;
  int64_t now_us = g_get_monotonic_time ();

  if (!at_once && now_us - self->spoken_us < JF_SPARKLINE_SPEAK_S * G_USEC_PER_SEC)
    return;
  text = self->throughput != NULL ? jf_throughput_describe (self->throughput)
                                  : g_strdup (_ ("Nothing has been measured yet"));
  self->spoken_us = now_us;
  if (g_strcmp0 (text, self->spoken) == 0)
    return;
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text,
                                  -1);
  g_free (self->spoken);
  self->spoken = g_steal_pointer (&text);
}

static void
changed_cb (JfThroughput *throughput, JfSparkline *self)
{
  gtk_widget_queue_draw (GTK_WIDGET (self));
  speak (self, FALSE);
}

static void
follow (JfSparkline *self)
{
  if (self->throughput == NULL || !gtk_widget_get_mapped (GTK_WIDGET (self)))
    return;
  self->changed_id = g_signal_connect (self->throughput, "changed", G_CALLBACK (changed_cb), self);
  jf_throughput_watch (self->throughput);
}

static void
unfollow (JfSparkline *self)
{
  if (self->changed_id == 0)
    return;
  g_clear_signal_handler (&self->changed_id, self->throughput);
  jf_throughput_unwatch (self->throughput);
}

static void
map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (jf_sparkline_parent_class)->map (widget);
  follow (JF_SPARKLINE (widget));
  speak (JF_SPARKLINE (widget), TRUE);
}

static void
unmap (GtkWidget *widget)
{
  unfollow (JF_SPARKLINE (widget));
  GTK_WIDGET_CLASS (jf_sparkline_parent_class)->unmap (widget);
}

void
jf_sparkline_set_throughput (JfSparkline *self, JfThroughput *throughput)
{
  g_return_if_fail (JF_IS_SPARKLINE (self));

  if (throughput == self->throughput)
    return;
  unfollow (self);
  g_set_object (&self->throughput, throughput);
  follow (self);
  speak (self, TRUE);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
jf_sparkline_dispose (GObject *object)
{
  JfSparkline *self = JF_SPARKLINE (object);

  unfollow (self);
  g_clear_object (&self->throughput);
  G_OBJECT_CLASS (jf_sparkline_parent_class)->dispose (object);
}

static void
jf_sparkline_finalize (GObject *object)
{
  g_free (JF_SPARKLINE (object)->spoken);
  G_OBJECT_CLASS (jf_sparkline_parent_class)->finalize (object);
}

static void
jf_sparkline_class_init (JfSparklineClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = jf_sparkline_dispose;
  object_class->finalize = jf_sparkline_finalize;
  widget_class->snapshot = snapshot;
  widget_class->measure = measure;
  widget_class->map = map;
  widget_class->unmap = unmap;
  gtk_widget_class_set_css_name (widget_class, "sparkline");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
jf_sparkline_init (JfSparkline *self)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Throughput in the last two minutes"), -1);
}
