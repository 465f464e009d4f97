/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/model/jf-keyring.h"

#include <glib/gi18n-lib.h>
#include <libsecret/secret.h>
#include <string.h>

#include "client-gui/model/jf-keyring-file.h"
#include "gateway/wire/jf-error.h"

/* libsecret waits for as long as the daemon pleases, and what it does after a cancellation is its own
 * affair. So each call has a timer of its own that answers in its place; what comes later is
 * dropped. */

struct _JfKeyring
{
  GObject parent_instance;

  unsigned timeout_ms;
  unsigned prompt_timeout_ms;
};

G_DEFINE_FINAL_TYPE (JfKeyring, jf_keyring, G_TYPE_OBJECT)

/* One call, a chain of steps with one of libsecret's under way at a time. It is freed when that has
 * come back, however late. */
typedef struct
{
  JfKeyring *keyring;
  GTask *task; /* NULL: answered */
  GCancellable *outer;
  gulong outer_handler;
  GCancellable *inner;
  unsigned timer;
  GHashTable *attributes;
  char *label;
  JfIdentity *identity; /* to be stored */
  gboolean may_prompt;
  gboolean prompted;
} Call;

static const SecretSchema schema = {
  "io.github.jackfield.Jackfield.DeviceKey",
  SECRET_SCHEMA_NONE,
  {
      { "id", SECRET_SCHEMA_ATTRIBUTE_STRING },
      { NULL, 0 },
  },
};

static void search (Call *call);

static void
call_free (Call *call)
{
  g_clear_handle_id (&call->timer, g_source_remove);
  if (call->outer_handler != 0)
    g_cancellable_disconnect (call->outer, call->outer_handler);
  g_clear_object (&call->outer);
  g_clear_object (&call->inner);
  g_clear_object (&call->task);
  g_clear_object (&call->keyring);
  g_hash_table_unref (call->attributes);
  g_clear_pointer (&call->identity, jf_identity_unref);
  g_free (call->label);
  g_free (call);
}

/* (transfer full) */
static GError *
new_timeout (Call *call)
{
  if (call->prompted)
    return g_error_new_literal (JF_ERROR, JF_ERROR_TIMEOUT,
                                _ ("the keyring was not unlocked in time"));
  return g_error_new_literal (JF_ERROR, JF_ERROR_TIMEOUT, _ ("the keyring does not answer"));
}

static gboolean
timeout_cb (gpointer data)
{
  Call *call = data;
  g_autoptr (GTask) task = g_steal_pointer (&call->task);
  g_autoptr (GCancellable) inner = g_object_ref (call->inner);

  call->timer = 0;
  if (g_cancellable_is_cancelled (inner))
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled");
  else
    g_task_return_error (task, new_timeout (call));
  /* The step under way comes back with it, now or later, and frees the call. */
  g_cancellable_cancel (inner);
  return G_SOURCE_REMOVE;
}

static void
set_timer (Call *call, unsigned timeout_ms)
{
  g_clear_handle_id (&call->timer, g_source_remove);
  call->timer = g_timeout_add (timeout_ms, timeout_cb, call);
}

static void
outer_cancelled_cb (GCancellable *outer, gpointer data)
{
  g_cancellable_cancel (data);
}

static Call *
call_new (JfKeyring *self,
          const char *id,
          GCancellable *cancellable,
          GAsyncReadyCallback callback,
          gpointer data)
{
  Call *call = g_new0 (Call, 1);

  call->keyring = g_object_ref (self);
  call->task = g_task_new (self, NULL, callback, data);
  call->inner = g_cancellable_new ();
  call->attributes = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  g_hash_table_insert (call->attributes, (char *) "id", g_strdup (id));
  if (cancellable != NULL)
    {
      call->outer = g_object_ref (cancellable);
      call->outer_handler = g_cancellable_connect (cancellable, G_CALLBACK (outer_cancelled_cb),
                                                   g_object_ref (call->inner), g_object_unref);
    }
  set_timer (call, self->timeout_ms);
  return call;
}

static void
end_with (Call *call, GError *error)
{
  if (call->task != NULL)
    g_task_return_error (call->task, error);
  else
    g_error_free (error);
  call_free (call);
}

static void
end_with_code (Call *call, JfError code, const char *message)
{
  end_with (call, g_error_new_literal (JF_ERROR, (int) code, message));
}

static void
end_well (Call *call)
{
  if (call->task != NULL)
    g_task_return_boolean (call->task, TRUE);
  call_free (call);
}

static JfError
code_of (const GError *error)
{
  if (error->domain == SECRET_ERROR)
    return error->code == SECRET_ERROR_IS_LOCKED ? JF_ERROR_NOT_ALLOWED : JF_ERROR_FAILED;
  if (error->domain == G_DBUS_ERROR)
    switch ((GDBusError) error->code)
      {
      case G_DBUS_ERROR_NO_REPLY:
      case G_DBUS_ERROR_TIMEOUT:
      case G_DBUS_ERROR_TIMED_OUT:
        return JF_ERROR_TIMEOUT;
      case G_DBUS_ERROR_ACCESS_DENIED:
      case G_DBUS_ERROR_AUTH_FAILED:
        return JF_ERROR_NOT_ALLOWED;
      default:
        return JF_ERROR_NOT_AVAILABLE;
      }
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_DBUS_ERROR))
    return JF_ERROR_FAILED;
  return JF_ERROR_NOT_AVAILABLE;
}

/* (transfer full) error of libsecret */
static void
end_with_foreign (Call *call, GError *error)
{
  g_autoptr (GError) owned = error;
  JfError code = code_of (error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    end_with (call, g_steal_pointer (&owned));
  else if (code == JF_ERROR_NOT_AVAILABLE)
    end_with (call,
              g_error_new (JF_ERROR, (int) code, _ ("there is no keyring: %s"), error->message));
  else if (code == JF_ERROR_NOT_ALLOWED)
    end_with_code (call, code, _ ("the keyring is locked"));
  else
    end_with (call,
              g_error_new (JF_ERROR, (int) code, _ ("the keyring failed: %s"), error->message));
}

/* Asks the person: from here on that is what takes time. */
static void
begin_prompt (Call *call)
{
  call->prompted = TRUE;
  if (call->task != NULL)
    set_timer (call, call->keyring->prompt_timeout_ms);
}

/* TRUE: nobody waits any more, and the call is gone. */
static gboolean
is_over (Call *call)
{
  if (call->task != NULL && !g_cancellable_is_cancelled (call->inner))
    return FALSE;
  end_with (call, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled"));
  return TRUE;
}

static gboolean
refused_cb (gpointer data)
{
  Call *call = data;

  end_with (call, new_timeout (call));
  return G_SOURCE_REMOVE;
}

/* In a sandbox: where secrets are in a file, nothing is locked and nobody is asked. */
static void
use_file (Call *call, JfKeyringFileVerb verb, const char *pem, JfKeyringFileDone done)
{
  const char *id = g_hash_table_lookup (call->attributes, "id");

  if (!jf_keyring_file_start (verb, &schema, id, call->label, pem, done, call))
    g_idle_add (refused_cb, call);
}

static void
file_done_cb (const char *secret, const GError *error, gpointer data)
{
  Call *call = data;

  if (error != NULL)
    end_with_foreign (call, g_error_copy (error));
  else if (!is_over (call))
    end_well (call);
}

static void
store_in_file (Call *call)
{
  g_autofree char *pem = jf_identity_to_pem (call->identity);

  use_file (call, JF_KEYRING_FILE_STORE, pem, file_done_cb);
  explicit_bzero (pem, strlen (pem));
}

static void
stored_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Call *call = data;
  GError *error = NULL;

  if (secret_password_store_finish (result, &error))
    end_well (call);
  else if (error != NULL)
    end_with_foreign (call, error);
  else
    end_with_code (call, JF_ERROR_NOT_ALLOWED, _ ("the keyring was not unlocked"));
}

static void
store (Call *call)
{
  g_autofree char *pem = jf_identity_to_pem (call->identity);

  secret_password_storev (&schema, call->attributes, SECRET_COLLECTION_DEFAULT, call->label, pem,
                          call->inner, stored_cb, call);
  explicit_bzero (pem, strlen (pem));
}

static void
unlocked_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Call *call = data;
  GError *error = NULL;
  int n = secret_service_unlock_finish (SECRET_SERVICE (source), result, NULL, &error);

  if (error != NULL)
    end_with_foreign (call, error);
  else if (is_over (call))
    return;
  else if (n == 0)
    end_with_code (call, JF_ERROR_NOT_ALLOWED, _ ("the keyring was not unlocked"));
  else if (call->identity != NULL)
    store (call);
  else
    search (call);
}

/* (transfer none) object: an item or a collection that is locked */
static void
unlock (Call *call, SecretService *service, GObject *object)
{
  g_autoptr (GList) objects = g_list_append (NULL, object);

  if (!call->may_prompt || call->prompted)
    {
      end_with_code (call, JF_ERROR_NOT_ALLOWED, _ ("the keyring is locked"));
      return;
    }
  begin_prompt (call);
  secret_service_unlock (service, objects, call->inner, unlocked_cb, call);
}

/* What is the default keyring's state? A locked one is unlocked before: when a prompt inside of storing is
 * dismissed, libsecret 0.20 has no error to give. Where there is none it will have to be made. */
static void
store_collection_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Call *call = data;
  GError *error = NULL;
  g_autoptr (SecretCollection) collection = secret_collection_for_alias_finish (result, &error);

  if (error != NULL)
    {
      end_with_foreign (call, error);
      return;
    }
  if (is_over (call))
    return;
  if (collection != NULL && secret_collection_get_locked (collection))
    {
      unlock (call, secret_collection_get_service (collection), G_OBJECT (collection));
      return;
    }
  if (collection == NULL)
    begin_prompt (call);
  store (call);
}

static void
store_service_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Call *call = data;
  g_autoptr (SecretService) service = secret_service_get_finish (result, NULL);

  if (is_over (call))
    return;
  if (service != NULL)
    secret_collection_for_alias (service, SECRET_COLLECTION_DEFAULT, SECRET_COLLECTION_NONE,
                                 call->inner, store_collection_cb, call);
  else
    store (call);
}

void
jf_keyring_store_async (JfKeyring *self,
                        const char *id,
                        const char *label,
                        JfIdentity *identity,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer data)
{
  Call *call = call_new (self, id, cancellable, callback, data);

  call->may_prompt = TRUE;
  call->label = g_strdup (label);
  call->identity = jf_identity_ref (identity);
  if (jf_keyring_file_is_used ())
    store_in_file (call);
  else
    secret_service_get (SECRET_SERVICE_OPEN_SESSION, call->inner, store_service_cb, call);
}

gboolean
jf_keyring_store_finish (JfKeyring *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
take_pem (Call *call, const char *pem)
{
  g_autoptr (GError) error = NULL;
  JfIdentity *identity = pem != NULL ? jf_identity_new_from_pem (pem, &error) : NULL;

  if (identity == NULL)
    {
      end_with_code (call, JF_ERROR_INVALID,
                     _ ("what the keyring holds for this device is not a key"));
      return;
    }
  if (call->task != NULL)
    g_task_return_pointer (call->task, identity, (GDestroyNotify) jf_identity_unref);
  else
    jf_identity_unref (identity);
  call_free (call);
}

static void
file_loaded_cb (const char *secret, const GError *error, gpointer data)
{
  Call *call = data;

  if (error != NULL)
    end_with_foreign (call, g_error_copy (error));
  else if (is_over (call))
    return;
  else if (secret == NULL)
    end_with_code (call, JF_ERROR_NOT_ENROLLED, _ ("the keyring does not have this device's key"));
  else
    take_pem (call, secret);
}

static void
secret_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Call *call = data;
  GError *error = NULL;
  SecretValue *value = secret_retrievable_retrieve_secret_finish (SECRET_RETRIEVABLE (source),
                                                                  result, &error);

  if (error != NULL)
    end_with_foreign (call, error);
  else if (value == NULL)
    end_with_code (call, JF_ERROR_NOT_ALLOWED, _ ("the keyring is locked"));
  else
    take_pem (call, secret_value_get_text (value));
  g_clear_pointer (&value, secret_value_unref);
}

/* Some keyrings show nothing while they are locked. */
static void
load_collection_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Call *call = data;
  GError *error = NULL;
  g_autoptr (SecretCollection) collection = secret_collection_for_alias_finish (result, &error);

  if (error != NULL)
    end_with_foreign (call, error);
  else if (is_over (call))
    return;
  else if (collection != NULL && secret_collection_get_locked (collection))
    unlock (call, secret_collection_get_service (collection), G_OBJECT (collection));
  else
    end_with_code (call, JF_ERROR_NOT_ENROLLED, _ ("the keyring does not have this device's key"));
}

static void
load_service_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Call *call = data;
  g_autoptr (SecretService) service = secret_service_get_finish (result, NULL);

  if (is_over (call))
    return;
  if (service != NULL)
    secret_collection_for_alias (service, SECRET_COLLECTION_DEFAULT, SECRET_COLLECTION_NONE,
                                 call->inner, load_collection_cb, call);
  else
    end_with_code (call, JF_ERROR_NOT_ENROLLED, _ ("the keyring does not have this device's key"));
}

static void
found_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Call *call = data;
  GError *error = NULL;
  GList *found = secret_password_search_finish (result, &error);

  if (error != NULL)
    end_with_foreign (call, error);
  else if (is_over (call))
    ;
  else if (found == NULL)
    secret_service_get (SECRET_SERVICE_OPEN_SESSION, call->inner, load_service_cb, call);
  else if (SECRET_IS_ITEM (found->data) && secret_item_get_locked (found->data))
    unlock (call, secret_item_get_service (found->data), found->data);
  else
    secret_retrievable_retrieve_secret (found->data, call->inner, secret_cb, call);
  g_list_free_full (found, g_object_unref);
}

static void
search (Call *call)
{
  secret_password_searchv (&schema, call->attributes, SECRET_SEARCH_NONE, call->inner, found_cb,
                           call);
}

void
jf_keyring_load_async (JfKeyring *self,
                       const char *id,
                       gboolean may_prompt,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer data)
{
  Call *call = call_new (self, id, cancellable, callback, data);

  call->may_prompt = may_prompt;
  if (jf_keyring_file_is_used ())
    use_file (call, JF_KEYRING_FILE_LOAD, NULL, file_loaded_cb);
  else
    search (call);
}

JfIdentity *
jf_keyring_load_finish (JfKeyring *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
cleared_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Call *call = data;
  GError *error = NULL;

  (void) secret_password_clear_finish (result, &error);
  if (error != NULL)
    end_with_foreign (call, error);
  else
    end_well (call);
}

void
jf_keyring_remove_async (JfKeyring *self,
                         const char *id,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer data)
{
  Call *call = call_new (self, id, cancellable, callback, data);

  if (jf_keyring_file_is_used ())
    use_file (call, JF_KEYRING_FILE_REMOVE, NULL, file_done_cb);
  else
    secret_password_clearv (&schema, call->attributes, call->inner, cleared_cb, call);
}

gboolean
jf_keyring_remove_finish (JfKeyring *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
jf_keyring_set_prompt_timeout (JfKeyring *self, unsigned timeout_ms)
{
  self->prompt_timeout_ms = timeout_ms;
}

static void
jf_keyring_class_init (JfKeyringClass *klass)
{
}

static void
jf_keyring_init (JfKeyring *self)
{
  self->timeout_ms = JF_KEYRING_TIMEOUT_MS;
  self->prompt_timeout_ms = JF_KEYRING_PROMPT_TIMEOUT_MS;
}

JfKeyring *
jf_keyring_new (unsigned timeout_ms)
{
  JfKeyring *self = g_object_new (JF_TYPE_KEYRING, NULL);

  if (timeout_ms > 0)
    self->timeout_ms = timeout_ms;
  return self;
}
