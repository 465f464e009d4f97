/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/model/jf-keyring-file.h"

#include <string.h>

#include "gateway/link/jf-post.h"

/* Threads at a time. More than that only hang. */
#define STEPS_MAX 16

typedef struct
{
  JfKeyringFileVerb verb;
  const SecretSchema *schema;
  GHashTable *attributes;
  char *label;
  char *secret; /* to be stored, then what was found */
  GError *error;
  JfKeyringFileDone done;
  gpointer data;
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
step_free (Step *step)
{
  wipe (&step->secret);
  g_hash_table_unref (step->attributes);
  g_clear_error (&step->error);
  g_free (step->label);
  g_free (step);
}

static void
done_cb (gpointer data)
{
  Step *step = data;

  n_steps--;
  step->done (step->secret, step->error, step->data);
  step_free (step);
}

static void
load (Step *step)
{
  char *found = secret_password_lookupv_sync (step->schema, step->attributes, NULL, &step->error);

  step->secret = g_strdup (found);
  secret_password_free (found);
}

static gpointer
run_thread (gpointer data)
{
  Step *step = data;

  switch (step->verb)
    {
    case JF_KEYRING_FILE_STORE:
      secret_password_storev_sync (step->schema, step->attributes, SECRET_COLLECTION_DEFAULT,
                                   step->label, step->secret, NULL, &step->error);
      wipe (&step->secret);
      break;
    case JF_KEYRING_FILE_LOAD:
      load (step);
      break;
    case JF_KEYRING_FILE_REMOVE:
    default:
      secret_password_clearv_sync (step->schema, step->attributes, NULL, &step->error);
      break;
    }
  jf_post (NULL, done_cb, step, NULL);
  return NULL;
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
  Step *step;

  if (n_steps >= STEPS_MAX)
    return FALSE;
  n_steps++;
  step = g_new0 (Step, 1);
  step->verb = verb;
  step->schema = schema;
  step->attributes = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  g_hash_table_insert (step->attributes, (char *) "id", g_strdup (id));
  step->label = g_strdup (label);
  step->secret = g_strdup (secret);
  step->done = done;
  step->data = data;
  g_thread_unref (g_thread_new ("jf-keyring", run_thread, step));
  return TRUE;
}
