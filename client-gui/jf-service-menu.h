/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "client-gui/model/jf-item.h"

G_BEGIN_DECLS

/* What can be done with a service in its state. */
typedef struct
{
  const char *label;  /* of the button; translated */
  const char *name;   /* with %s for the title: what screen readers say; translated */
  const char *action; /* of the application, takes the item's id */
  gboolean suggested; /* what a person most likely wants */
  gboolean sensitive;
} JfServiceVerb;

/* Connect, Disconnect, Cancel, or what is to be done about it: there is always one. */
JfServiceVerb jf_service_menu_verb (JfItem *item);
/* Connected to something that a program can open. */
gboolean jf_service_menu_can_open (JfItem *item);
/* (transfer full) everything, for a popover */
GMenuModel *jf_service_menu_new (JfItem *item);

G_END_DECLS
