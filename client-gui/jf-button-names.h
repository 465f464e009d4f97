/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* GTK before 4.10 tells screen readers that a button with a mnemonic is called "_Open Open": once by its
 * label as it is written, once by the label inside that the mnemonic belongs to; and when that label
 * is a child of its own, the button is called "GtkButton". This gives every button and check button
 * the name "Open", as soon as it is on the screen and when its label changes. Once, before the first
 * window. (A button with an accessible label of its own needs no mnemonic: the name would be
 * overwritten.) A button with a picture and no label gets its tooltip. */
void jf_button_names_follow (void);

G_END_DECLS
