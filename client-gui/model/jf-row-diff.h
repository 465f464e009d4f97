/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Turns the rows of a list model into others, saying as little as is sensible: what stays in order is
 * not said, so that a view keeps its place and its focus; beyond a few separate places it says it
 * in one. `rows` (of JfSectionRow, holding references) is what the model shows, and is so
 * at each signal; `fresh` likewise, each row at most once. */
void jf_row_diff_apply (GListModel *model, GPtrArray *rows, GPtrArray *fresh);

G_END_DECLS
