/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/model/jf-keyring-file.h"

#include <gio/gio.h>
#include <string.h>

#include "gateway/link/jf-post.h"

/* Threads at a time. More than that only hang. */
#define STEPS_MAX 16
/* How long the portal's answer is held back, so that libsecret listens when it comes. */
#define HOLD_BACK_US 50000
/* A step that has not come back by then is done once more. */
#define AGAIN_MS 1500

/* What was asked for: one step, or two when the first one hangs. Lives in the main context; the
 * threads read it, too. */
typedef struct
{
  JfKeyringFileVerb verb;
  const SecretSchema *schema;
  GHashTable *attributes;
  char *label;
  char *secret; /* to be stored */
  JfKeyringFileDone done;
  gpointer data;
  gboolean answered;
  unsigned timer;
  unsigned n_steps;
} Request;

typedef struct
{
  Request *request;
  char *found;
  GError *error;
} Step;

/* of the main context */
static unsigned n_steps;

gboolean
jf_keyring_file_is_used (void)
{
  return g_file_test ("/.flatpak-info", G_FILE_TEST_EXISTS) ||
         g_strcmp0 (g_getenv ("SECRET_BACKEND"), "file") == 0;
}

static void
wipe (char **secret)
{
  if (*secret != NULL)
    explicit_bzero (*secret, strlen (*secret));
  g_clear_pointer (secret, g_free);
}

static void
request_free (Request *request)
{
  wipe (&request->secret);
  g_hash_table_unref (request->attributes);
  g_free (request->label);
  g_free (request);
}

static void
done_cb (gpointer data)
{
  Step *step = data;
  Request *request = step->request;

  n_steps--;
  request->n_steps--;
  g_clear_handle_id (&request->timer, g_source_remove);
  if (!request->answered)
    {
      request->answered = TRUE;
      request->done (step->found, step->error, request->data);
    }
  if (request->n_steps == 0)
    request_free (request);
  wipe (&step->found);
  g_clear_error (&step->error);
  g_free (step);
}

/* In the thread of the bus. libsecret's thread has the acknowledgement by now, and listens while
 * this one waits. */
static GDBusMessage *
hold_back_cb (GDBusConnection *bus, GDBusMessage *message, gboolean incoming, gpointer data)
{
  if (incoming && g_dbus_message_get_message_type (message) == G_DBUS_MESSAGE_TYPE_SIGNAL &&
      g_strcmp0 (g_dbus_message_get_member (message), "Response") == 0 &&
      g_strcmp0 (g_dbus_message_get_interface (message), "org.freedesktop.portal.Request") == 0)
    g_usleep (HOLD_BACK_US);
  return message;
}

/* For as long as the process lives: there is one bus, and few such answers. */
static void
hold_answers_back (void)
{
  static size_t done;

  if (g_once_init_enter (&done))
    {
      GDBusConnection *bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL);

      if (bus != NULL)
        g_dbus_connection_add_filter (bus, hold_back_cb, NULL, NULL);
      g_once_init_leave (&done, 1);
    }
}

static void
load (Step *step)
{
  Request *request = step->request;
  char *found = secret_password_lookupv_sync (request->schema, request->attributes, NULL,
                                              &step->error);

  step->found = g_strdup (found);
  secret_password_free (found);
}

static gpointer
run_thread (gpointer data)
{
  Step *step = data;
  Request *request = step->request;

  if (g_file_test ("/.flatpak-info", G_FILE_TEST_EXISTS))
    hold_answers_back ();
  switch (request->verb)
    {
    case JF_KEYRING_FILE_STORE:
      secret_password_storev_sync (request->schema, request->attributes, SECRET_COLLECTION_DEFAULT,
                                   request->label, request->secret, NULL, &step->error);
      break;
    case JF_KEYRING_FILE_LOAD:
      load (step);
      break;
    case JF_KEYRING_FILE_REMOVE:
    default:
      secret_password_clearv_sync (request->schema, request->attributes, NULL, &step->error);
      break;
    }
  jf_post (NULL, done_cb, step, NULL);
  return NULL;
}

static void
start_step (Request *request)
{
  Step *step = g_new0 (Step, 1);

  n_steps++;
  request->n_steps++;
  step->request = request;
  g_thread_unref (g_thread_new ("jf-keyring", run_thread, step));
}

static gboolean
again_cb (gpointer data)
{
  Request *request = data;

  request->timer = 0;
  if (n_steps < STEPS_MAX)
    start_step (request);
  return G_SOURCE_REMOVE;
}

gboolean
jf_keyring_file_start (JfKeyringFileVerb verb,
                       const SecretSchema *schema,
                       const char *id,
                       const char *label,
                       const char *secret,
                       JfKeyringFileDone done,
                       gpointer data)
{
  Request *request;

  if (n_steps >= STEPS_MAX)
    return FALSE;
  request = g_new0 (Request, 1);
  request->verb = verb;
  request->schema = schema;
  request->attributes = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  g_hash_table_insert (request->attributes, (char *) "id", g_strdup (id));
  request->label = g_strdup (label);
  request->secret = g_strdup (secret);
  request->done = done;
  request->data = data;
  request->timer = g_timeout_add (AGAIN_MS, again_cb, request);
  start_step (request);
  return TRUE;
}
