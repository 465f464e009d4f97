/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-service-row.h"

#include <glib/gi18n.h>

#include "client-gui/jf-app.h"
#include "client-gui/jf-service-kind.h"
#include "client-gui/jf-service-menu.h"
#include "client-gui/jf-timing.h"

#define EDGE         12 /* from the sides to what is inside */
#define GAP          12 /* between the parts */
#define BUTTON_GAP   6  /* between buttons */
#define STATE_GAP    6  /* between the state's symbol and its words */
#define LINE_GAP     2  /* between the two lines of text */
#define HEIGHT       64 /* unless the font asks for more */
#define TEXT_NATURAL 200
#define MORE         34 /* the menu's button, also while there is none */
#define TEXT_MIN     72
#define BUTTON_COUNT 5

#define LEFT_TO_RIGHT "\xe2\x80\x8e" /* marks without width */
#define RIGHT_TO_LEFT "\xe2\x80\x8f"

struct _JfServiceRow
{
  GtkWidget parent;

  GtkWidget *kind;
  GtkInscription *title;
  GtkWidget *state;
  GtkInscription *subtitle;
  GtkWidget *favourite;
  GtkWidget *main;
  /* made when first needed: most rows never need them, and buttons are dear */
  GtkWidget *copy;
  GtkWidget *open;
  GtkWidget *more;
  GtkWidget *popover;

  JfItem *item;
  gulong notify_id;
  const char *action; /* of the main button */
  const char *shade;  /* the style class of the state; NULL none */
  gboolean narrow;
};

G_DEFINE_FINAL_TYPE (JfServiceRow, jf_service_row, GTK_TYPE_WIDGET)

JfItem *
jf_service_row_get_item (JfServiceRow *self)
{
  return self->item;
}

char *
jf_service_row_describe (JfItem *item)
{
  /* Translators: a service for screen readers: title, state, provider */
  return g_strdup_printf (_("%s, %s, %s"), jf_item_get_title (item), jf_item_get_state_text (item),
                             jf_item_get_provider (item));
}

static void
act (JfServiceRow *self, const char *action)
{
  if (self->item != NULL)
    gtk_widget_activate_action (GTK_WIDGET (self), action, "s", jf_item_get_id (self->item));
}

static void
copy_cb (JfServiceRow *self)
{
  act (self, "app.copy-address");
}

static void
favourite_cb (JfServiceRow *self)
{
  act (self, "app.favourite");
}

static void
open_cb (JfServiceRow *self)
{
  act (self, "app.open");
}

static void
main_cb (JfServiceRow *self)
{
  act (self, self->action);
}

static void
more_cb (JfServiceRow *self)
{
  jf_service_row_popup (self, -1, -1);
}

/* Closing runs the chosen action first, so the menu goes later. */
static gboolean
drop_popover_cb (gpointer data)
{
  JfServiceRow *self = data;

  if (self->popover != NULL && !gtk_widget_get_visible (self->popover))
    g_clear_pointer (&self->popover, gtk_widget_unparent);
  return G_SOURCE_REMOVE;
}

static void
closed_cb (JfServiceRow *self)
{
  g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, drop_popover_cb, g_object_ref (self), g_object_unref);
}

void
jf_service_row_popup (JfServiceRow *self, double x, double y)
{
  g_autoptr (GMenuModel) menu = self->item != NULL ? jf_service_menu_new (self->item) : NULL;
  GtkWidget *anchor = self->narrow && self->more != NULL ? self->more : self->main;
  graphene_rect_t at;
  GdkRectangle place = { (int) x, (int) y, 1, 1 };

  if (menu == NULL)
    return;
  g_clear_pointer (&self->popover, gtk_widget_unparent);
  self->popover = gtk_popover_menu_new_from_model (menu);
  gtk_widget_set_parent (self->popover, GTK_WIDGET (self));
  if (x < 0 && gtk_widget_compute_bounds (anchor, GTK_WIDGET (self), &at))
    place = (GdkRectangle){ (int) at.origin.x, (int) at.origin.y, (int) at.size.width,
                            (int) at.size.height };
  gtk_popover_set_pointing_to (GTK_POPOVER (self->popover), &place);
  gtk_popover_set_has_arrow (GTK_POPOVER (self->popover), x < 0);
  g_signal_connect_swapped (self->popover, "closed", G_CALLBACK (closed_cb), self);
  gtk_popover_popup (GTK_POPOVER (self->popover));
}

/* Colour goes with words and a symbol; it never says anything alone. */
static const char *
shade_of (JfItemState state)
{
  switch (state)
    {
    case JF_ITEM_CONNECTED:
      return "success";
    case JF_ITEM_WAITING:
      return "warning";
    case JF_ITEM_FAILED:
    case JF_ITEM_GONE:
      return "error";
    case JF_ITEM_CONNECTING:
    case JF_ITEM_LEAVING:
      return "accent";
    case JF_ITEM_AVAILABLE:
    case JF_ITEM_OFFLINE:
    case JF_ITEM_UNKNOWN:
    default:
      return "dim-label";
    }
}

static void
set_shade (JfServiceRow *self, const char *shade)
{
  if (self->shade == shade)
    return;
  if (self->shade != NULL)
    gtk_widget_remove_css_class (self->state, self->shade);
  self->shade = shade;
  gtk_widget_add_css_class (self->state, shade);
}

/* The pattern has %s for the title. */
static void
set_name (GtkWidget *widget, const char *pattern, const char *title)
{
  g_auto (GStrv) parts = g_strsplit (pattern, "%s", 2);
  g_autofree char *name = g_strjoinv (title, parts);

  gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

static void
set_icon (GtkWidget *image, const char *icon)
{
  if (g_strcmp0 (gtk_image_get_icon_name (GTK_IMAGE (image)), icon) != 0)
    gtk_image_set_from_icon_name (GTK_IMAGE (image), icon);
}

static gboolean
is_right_to_left (gunichar letter)
{
  switch (g_unichar_get_script (letter))
    {
    case G_UNICODE_SCRIPT_ADLAM:
    case G_UNICODE_SCRIPT_ARABIC:
    case G_UNICODE_SCRIPT_HANIFI_ROHINGYA:
    case G_UNICODE_SCRIPT_HEBREW:
    case G_UNICODE_SCRIPT_MANDAIC:
    case G_UNICODE_SCRIPT_NKO:
    case G_UNICODE_SCRIPT_SAMARITAN:
    case G_UNICODE_SCRIPT_SYRIAC:
    case G_UNICODE_SCRIPT_THAANA:
      return TRUE;
    default:
      return FALSE;
    }
}

/* (transfer full) the text so that it begins where reading begins in the user's language, whatever
 * its own is: Pango goes by the first letter */
static char *
directed (JfServiceRow *self, const char *text)
{
  gboolean mirrored = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
  const char *at = text;

  while (*at != '\0' && !g_unichar_isalpha (g_utf8_get_char (at)))
    at = g_utf8_next_char (at);
  if (*at == '\0' || is_right_to_left (g_utf8_get_char (at)) == mirrored)
    return g_strdup (text);
  return g_strconcat (mirrored ? RIGHT_TO_LEFT : LEFT_TO_RIGHT, text, NULL);
}

/* (transfer full) whose it is; with the manager, where there are several: labels are theirs */
static char *
provider_of (JfItem *item)
{
  JfAccounts *accounts = jf_app_get_accounts (JF_APP (g_application_get_default ()));
  JfAccount *account = jf_item_get_account (item);

  if (account == NULL || g_list_model_get_n_items (G_LIST_MODEL (accounts)) < 2)
    return g_strdup (jf_item_get_provider (item));
  return g_strdup_printf (C_ ("list", "%s at %s"), jf_item_get_provider (item),
                          jf_account_get_title (account));
}

static void
update_text (JfServiceRow *self)
{
  const char *state = jf_item_get_state_text (self->item);
  g_autofree char *provider = provider_of (self->item);
  /* Translators: below the title of a service: its state, then who provides it */
  g_autofree char *subtitle = g_strdup_printf (_("%s · %s"), state, provider);

  g_autofree char *title = directed (self, jf_item_get_title (self->item));
  g_autofree char *directed_subtitle = directed (self, subtitle);

  gtk_inscription_set_text (self->title, title);
  gtk_inscription_set_text (self->subtitle, directed_subtitle);
  set_icon (self->state, jf_item_get_icon_name (self->item));
  set_icon (self->kind, jf_service_kind_icon (jf_item_get_open (self->item),
                                              jf_item_get_service_port (self->item)));
  set_shade (self, shade_of (jf_item_get_state (self->item)));
}

static void
update_buttons (JfServiceRow *self)
{
  JfServiceVerb verb = jf_service_menu_verb (self->item);
  const char *title = jf_item_get_title (self->item);
  gboolean favourite = jf_item_get_favourite (self->item);
  const char *star = favourite ? "starred-symbolic" : "non-starred-symbolic";

  self->action = verb.action;
  gtk_button_set_label (GTK_BUTTON (self->main), verb.label);
  gtk_widget_set_sensitive (self->main, verb.sensitive);
  if (g_strcmp0 (gtk_button_get_icon_name (GTK_BUTTON (self->favourite)), star) != 0)
    gtk_button_set_icon_name (GTK_BUTTON (self->favourite), star);
  set_name (self->main, verb.name, title);
  set_name (self->favourite,
            favourite ? _("Remove %s from favourites") : _("Add %s to favourites"), title);
  gtk_widget_set_tooltip_text (self->favourite,
                               favourite ? _("Remove from Favourites") : _("Add to Favourites"));
}

static GtkWidget *
new_icon_button (const char *icon_name, const char *tooltip)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon_name);

  gtk_widget_add_css_class (button, "flat");
  gtk_widget_add_css_class (button, "circular");
  gtk_widget_set_tooltip_text (button, tooltip);
  return button;
}

/* Takes its place before the favourite's button. */
static GtkWidget *
add_button (JfServiceRow *self, GtkWidget *button, void (*clicked) (JfServiceRow *))
{
  g_signal_connect_swapped (button, "clicked", G_CALLBACK (clicked), self);
  gtk_widget_insert_before (button, GTK_WIDGET (self), self->favourite);
  return button;
}

static void
update_copy (JfServiceRow *self)
{
  gboolean needed = jf_item_get_address (self->item) != NULL;

  if (needed && self->copy == NULL)
    self->copy = add_button (self, new_icon_button ("edit-copy-symbolic", _("Copy Address")),
                                                    copy_cb);
  if (self->copy == NULL)
    return;
  gtk_widget_set_visible (self->copy, needed);
  set_name (self->copy, _("Copy address of %s"), jf_item_get_title (self->item));
}

static void
update_open (JfServiceRow *self)
{
  gboolean needed = jf_service_menu_can_open (self->item);

  if (needed && self->open == NULL)
    {
      self->open = add_button (self, gtk_button_new_with_label (_("Open")), open_cb);
      gtk_widget_add_css_class (self->open, "suggested-action");
    }
  if (self->open == NULL)
    return;
  gtk_widget_set_visible (self->open, needed);
  set_name (self->open, _("Open %s"), jf_item_get_title (self->item));
}

static void
update_more (JfServiceRow *self)
{
  if (self->narrow && self->more == NULL)
    self->more = add_button (self, new_icon_button ("view-more-symbolic", _("More Actions")),
                                                    more_cb);
  if (self->more == NULL)
    return;
  gtk_widget_set_visible (self->more, self->narrow);
  set_name (self->more, _("More actions for %s"), jf_item_get_title (self->item));
}

static void
update (JfServiceRow *self)
{
  update_text (self);
  update_buttons (self);
  update_copy (self);
  update_open (self);
  update_more (self);
}

void
jf_service_row_set_narrow (JfServiceRow *self, gboolean narrow)
{
  if (self->narrow == narrow)
    return;
  self->narrow = narrow;
  if (self->item != NULL)
    update_more (self);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

static void
notify_cb (JfItem *item, GParamSpec *property, JfServiceRow *self)
{
  static const char *const shown[] = { "address",    "favourite", "icon-name", "state",
                                       "state-text", "title",     NULL };

  if (g_strv_contains (shown, property->name))
    update (self);
  if (g_str_equal (property->name, "state") && jf_item_get_state (item) == JF_ITEM_CONNECTED)
    jf_timing_frame (GTK_WIDGET (self), "connected", g_get_monotonic_time ());
}

void
jf_service_row_set_item (JfServiceRow *self, JfItem *item)
{
  if (self->item == item)
    return;
  g_clear_signal_handler (&self->notify_id, self->item);
  g_set_object (&self->item, item);
  g_clear_pointer (&self->popover, gtk_widget_unparent);
  if (item == NULL)
    return;
  self->notify_id = g_signal_connect (item, "notify", G_CALLBACK (notify_cb), self);
  update (self);
}

static int
natural (GtkWidget *widget, GtkOrientation orientation)
{
  int size = 0;

  if (widget != NULL && gtk_widget_should_layout (widget))
    gtk_widget_measure (widget, orientation, -1, NULL, &size, NULL, NULL);
  return size;
}

/* A row is as high as its fonts ask for, never as its text. */
static int
height_of (JfServiceRow *self)
{
  int lines = natural (GTK_WIDGET (self->title), GTK_ORIENTATION_VERTICAL) + LINE_GAP +
              natural (GTK_WIDGET (self->subtitle), GTK_ORIENTATION_VERTICAL);
  int button = natural (self->main, GTK_ORIENTATION_VERTICAL);

  return MAX (MAX (lines, button) + 2 * EDGE, HEIGHT);
}

static int
width_of_text (JfServiceRow *self, int text)
{
  return EDGE + natural (self->kind, GTK_ORIENTATION_HORIZONTAL) + GAP + text + GAP + EDGE;
}

/* At least: one button and the menu, also while it is wide, so that it can become narrow. */
static int
width_of_narrow (JfServiceRow *self)
{
  int main = natural (self->main, GTK_ORIENTATION_HORIZONTAL);
  int open = natural (self->open, GTK_ORIENTATION_HORIZONTAL);

  return width_of_text (self, TEXT_MIN) + (open > 0 ? open : main) + BUTTON_GAP + MORE;
}

static int
width_of_wide (JfServiceRow *self, int text)
{
  int open = natural (self->open, GTK_ORIENTATION_HORIZONTAL);
  int copy = natural (self->copy, GTK_ORIENTATION_HORIZONTAL);

  return width_of_text (self, text) + natural (self->main, GTK_ORIENTATION_HORIZONTAL) +
         (open > 0 ? open + BUTTON_GAP : 0) + (copy > 0 ? copy + BUTTON_GAP : 0) + BUTTON_GAP +
         natural (self->favourite, GTK_ORIENTATION_HORIZONTAL);
}

static void
measure (GtkWidget *widget,
         GtkOrientation orientation,
         int for_size,
         int *minimum,
         int *natural_size,
         int *minimum_baseline,
         int *natural_baseline)
{
  JfServiceRow *self = JF_SERVICE_ROW (widget);

  if (orientation == GTK_ORIENTATION_VERTICAL)
    {
      *minimum = *natural_size = height_of (self);
      return;
    }
  *minimum = width_of_narrow (self);
  *natural_size = MAX (*minimum, width_of_wide (self, TEXT_NATURAL));
}

/* At x from the side where reading begins; in the middle of y and height. */
static void
place (JfServiceRow *self, GtkWidget *child, int x, int y, int width, int height)
{
  int high = MIN (natural (child, GTK_ORIENTATION_VERTICAL), height);
  gboolean mirrored = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
  GtkAllocation at = { x, y + (height - high) / 2, width, high };

  if (mirrored)
    at.x = gtk_widget_get_width (GTK_WIDGET (self)) - x - width;
  gtk_widget_size_allocate (child, &at, -1);
}

/* Buttons from the far side inwards; returns where they begin. */
static int
place_buttons (JfServiceRow *self, int width, int height)
{
  GtkWidget *const buttons[BUTTON_COUNT] = { self->more, self->main, self->open, self->favourite,
                                             self->copy };
  gboolean narrow = self->narrow || width < width_of_wide (self, TEXT_MIN);
  gboolean open = self->open != NULL && gtk_widget_get_visible (self->open);
  const gboolean shown[BUTTON_COUNT] = { narrow, !narrow || !open, open, !narrow, !narrow };
  int end = width - EDGE;

  for (size_t i = 0; i < BUTTON_COUNT; i++)
    {
      int size = natural (buttons[i], GTK_ORIENTATION_HORIZONTAL);

      if (buttons[i] == NULL)
        continue;
      gtk_widget_set_child_visible (buttons[i], shown[i]);
      if (!shown[i] || !gtk_widget_get_visible (buttons[i]))
        continue;
      end -= size;
      place (self, buttons[i], end, 0, size, height);
      end -= BUTTON_GAP;
    }
  return end + BUTTON_GAP - GAP;
}

static void
size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  JfServiceRow *self = JF_SERVICE_ROW (widget);
  int kind = natural (self->kind, GTK_ORIENTATION_HORIZONTAL);
  int state = natural (self->state, GTK_ORIENTATION_HORIZONTAL);
  int first = natural (GTK_WIDGET (self->title), GTK_ORIENTATION_VERTICAL);
  int second = natural (GTK_WIDGET (self->subtitle), GTK_ORIENTATION_VERTICAL);
  int x = EDGE + kind + GAP;
  int y = (height - first - LINE_GAP - second) / 2;
  int text = MAX (place_buttons (self, width, height) - x, state + STATE_GAP + 1);

  place (self, self->kind, EDGE, 0, kind, height);
  place (self, GTK_WIDGET (self->title), x, y, text, first);
  y += first + LINE_GAP;
  place (self, self->state, x, y, state, second);
  x += state + STATE_GAP;
  place (self, GTK_WIDGET (self->subtitle), x, y, text - state - STATE_GAP, second);
  if (self->popover != NULL)
    gtk_popover_present (GTK_POPOVER (self->popover));
}

static void
jf_service_row_dispose (GObject *object)
{
  JfServiceRow *self = JF_SERVICE_ROW (object);
  GtkWidget *child;

  jf_service_row_set_item (self, NULL);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (jf_service_row_parent_class)->dispose (object);
}

static void
bind_template (GtkWidgetClass *klass)
{
  gtk_widget_class_set_template_from_resource (klass, JF_APP_RESOURCE "jf-service-row.ui");
  gtk_widget_class_bind_template_child (klass, JfServiceRow, kind);
  gtk_widget_class_bind_template_child (klass, JfServiceRow, title);
  gtk_widget_class_bind_template_child (klass, JfServiceRow, state);
  gtk_widget_class_bind_template_child (klass, JfServiceRow, subtitle);
  gtk_widget_class_bind_template_child (klass, JfServiceRow, favourite);
  gtk_widget_class_bind_template_child (klass, JfServiceRow, main);
  gtk_widget_class_bind_template_callback (klass, favourite_cb);
  gtk_widget_class_bind_template_callback (klass, main_cb);
}

static void
jf_service_row_class_init (JfServiceRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = jf_service_row_dispose;
  widget_class->measure = measure;
  widget_class->size_allocate = size_allocate;
  gtk_widget_class_set_css_name (widget_class, "jfservice");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  bind_template (widget_class);
}

static void
jf_service_row_init (JfServiceRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
jf_service_row_new (void)
{
  return g_object_new (JF_TYPE_SERVICE_ROW, NULL);
}
