/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-traffic-group.h"

#include <glib/gi18n.h>

#include "client-gui/jf-app.h"
#include "client-gui/jf-sparkline.h"
#include "client-gui/model/jf-words.h"

struct _JfTrafficGroup
{
  AdwPreferencesGroup parent_instance;

  JfSparkline *sparkline;
  GtkWidget *received_row;
  GtkLabel *received;
  GtkWidget *sent_row;
  GtkLabel *sent;
  GtkWidget *round_trip_row;
  GtkLabel *round_trip;
  GtkWidget *streams_row;
  GtkLabel *streams;
};

G_DEFINE_FINAL_TYPE (JfTrafficGroup, jf_traffic_group, ADW_TYPE_PREFERENCES_GROUP)

/* The value is beside the row's title on the screen; for a screen reader it is a part of the row. */
static void
set_value (GtkWidget *row, GtkLabel *label, const char *value)
{
  if (g_strcmp0 (gtk_label_get_label (label), value) == 0)
    return;
  gtk_label_set_label (label, value);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, value,
                                  -1);
}

static void
set_amount (GtkWidget *row, GtkLabel *label, uint64_t total, double rate)
{
  g_autofree char *amount = jf_words_size (total);
  g_autofree char *speed = jf_words_rate (rate);
  g_autofree char *value = NULL;

  if (rate >= 1)
    /* TRANSLATORS: bytes in all, and bytes a second */
    value = g_strdup_printf (_ ("%s, now %s"), amount, speed);
  set_value (row, label, value != NULL ? value : amount);
}

static void
show_stats (JfTrafficGroup *self, const JfTunnelStats *stats, JfThroughput *throughput)
{
  double received[JF_THROUGHPUT_SAMPLES], sent[JF_THROUGHPUT_SAMPLES];
  unsigned n = jf_throughput_get (throughput, received, sent);
  g_autofree char *round_trip = jf_words_round_trip (stats->round_trip_us);
  g_autofree char *total = g_strdup_printf ("%" G_GUINT64_FORMAT, stats->streams_total);
  /* TRANSLATORS: connections of programs, open now and since the beginning */
  g_autofree char *streams = g_strdup_printf (_ ("%u now, %s in all"), stats->streams_open, total);

  set_amount (self->received_row, self->received, stats->bytes_received,
              n > 0 ? received[n - 1] : 0);
  set_amount (self->sent_row, self->sent, stats->bytes_sent, n > 0 ? sent[n - 1] : 0);
  set_value (self->round_trip_row, self->round_trip,
             round_trip != NULL ? round_trip : _ ("Not known yet"));
  set_value (self->streams_row, self->streams, streams);
}

void
jf_traffic_group_show (JfTrafficGroup *self, JfItem *item)
{
  JfJoin *join = item != NULL ? jf_item_get_join (item) : NULL;
  JfTunnelStats stats;
  gboolean there = join != NULL && jf_join_get_stats (join, &stats);

  g_return_if_fail (JF_IS_TRAFFIC_GROUP (self));
  jf_sparkline_set_throughput (self->sparkline,
                               item != NULL ? jf_item_get_throughput (item) : NULL);
  if (there)
    show_stats (self, &stats, jf_item_get_throughput (item));
  gtk_widget_set_visible (GTK_WIDGET (self), there);
}

static void
jf_traffic_group_class_init (JfTrafficGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (JF_TYPE_SPARKLINE);
  gtk_widget_class_set_template_from_resource (widget_class, JF_APP_RESOURCE "jf-traffic-group.ui");
  gtk_widget_class_bind_template_child (widget_class, JfTrafficGroup, sparkline);
  gtk_widget_class_bind_template_child (widget_class, JfTrafficGroup, received_row);
  gtk_widget_class_bind_template_child (widget_class, JfTrafficGroup, received);
  gtk_widget_class_bind_template_child (widget_class, JfTrafficGroup, sent_row);
  gtk_widget_class_bind_template_child (widget_class, JfTrafficGroup, sent);
  gtk_widget_class_bind_template_child (widget_class, JfTrafficGroup, round_trip_row);
  gtk_widget_class_bind_template_child (widget_class, JfTrafficGroup, round_trip);
  gtk_widget_class_bind_template_child (widget_class, JfTrafficGroup, streams_row);
  gtk_widget_class_bind_template_child (widget_class, JfTrafficGroup, streams);
}

static void
jf_traffic_group_init (JfTrafficGroup *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
