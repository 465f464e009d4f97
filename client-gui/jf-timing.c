/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-timing.h"

#define DOMAIN "jackfield-timing"

typedef struct
{
  GdkFrameClock *clock;
  const char *what;
  int64_t work_us;
  int64_t frame_us; /* when the frame began; 0 not yet */
  gulong before_id;
  gulong after_id;
} Frame;

void
jf_timing_mark (const char *what)
{
  g_log (DOMAIN, G_LOG_LEVEL_DEBUG, "%s: at %" G_GINT64_FORMAT " us", what,
         g_get_monotonic_time ());
}

static void
before_paint_cb (GdkFrameClock *clock, Frame *self)
{
  self->frame_us = g_get_monotonic_time ();
}

static void
after_paint_cb (GdkFrameClock *clock, Frame *self)
{
  int64_t now_us = g_get_monotonic_time ();

  if (self->frame_us == 0)
    return; /* the end of a frame that was under way */
  g_log (DOMAIN, G_LOG_LEVEL_DEBUG,
         "%s: %" G_GINT64_FORMAT " us work, %" G_GINT64_FORMAT " us frame, at %" G_GINT64_FORMAT
         " us",
         self->what, self->work_us, now_us - self->frame_us, now_us);
  g_clear_signal_handler (&self->before_id, clock);
  g_clear_signal_handler (&self->after_id, clock);
  g_object_unref (self->clock);
  g_free (self);
}

void
jf_timing_frame (GtkWidget *widget, const char *what, int64_t begin_us)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (widget);
  Frame *self;

  if (clock == NULL || g_log_writer_default_would_drop (G_LOG_LEVEL_DEBUG, DOMAIN))
    return;
  self = g_new0 (Frame, 1);
  self->clock = g_object_ref (clock);
  self->what = what;
  self->work_us = g_get_monotonic_time () - begin_us;
  self->before_id = g_signal_connect (clock, "before-paint", G_CALLBACK (before_paint_cb), self);
  self->after_id = g_signal_connect (clock, "after-paint", G_CALLBACK (after_paint_cb), self);
  gtk_widget_queue_draw (widget);
}
