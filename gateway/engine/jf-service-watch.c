/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-service-watch.h"

#include "gateway/link/jf-log.h"
#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-limits.h"
#include "gateway/wire/jf-message.h"

/* Names in one message: the least that one takes is four bytes. */
#define GONE_MAX (JF_MESSAGE_MAX_BYTES / 4)
/* "PROVIDER/NAME" */
#define SERVICE_MAX_BYTES (2 * JF_LABEL_MAX_BYTES + 1)

typedef enum
{
  IDLE,    /* nothing is asked for: not wanted, or no session, or the manager could not */
  LISTING, /* the answer is on its way */
  LISTED,  /* `changes` may come */
} Stage;

struct JfServiceWatch
{
  JfSession *session;
  void (*known) (gpointer data);
  gpointer data;
  JfServices *services;
  gboolean wanted;
  gboolean is_known;
  Stage stage;
  GPtrArray *infos;  /* of JfServiceInfo: of the answer as far as it is here */
  GHashTable *names; /* set of their names */
};

static void
forget_answer (JfServiceWatch *self)
{
  g_hash_table_remove_all (self->names);
  g_ptr_array_set_size (self->infos, 0);
}

static gboolean
break_rule (GError **error, const char *text)
{
  g_set_error_literal (error, JF_ERROR, JF_ERROR_PROTOCOL, text);
  return FALSE;
}

/* Adds the message's services to `infos`. */
static gboolean
read_services (JsonObject *message, GPtrArray *infos, GHashTable *names, GError **error)
{
  JsonArray *entries;

  if (!jf_message_get_objects (message, "services", JF_SERVICES_MAX_PER_LIST, &entries, error))
    return FALSE;
  for (unsigned i = 0; i < json_array_get_length (entries); i++)
    {
      JfServiceInfo *info = jf_service_info_parse (json_array_get_object_element (entries, i),
                                                   error);

      if (info == NULL)
        return FALSE;
      g_ptr_array_add (infos, info);
      if (!g_hash_table_add (names, info->service))
        return break_rule (error, "services: one is there twice");
    }
  return TRUE;
}

static gboolean
check_count (size_t count, GError **error)
{
  if (count <= JF_SERVICES_MAX_PER_LIST)
    return TRUE;
  g_set_error (error, JF_ERROR, JF_ERROR_PROTOCOL, "services: more than %d",
               JF_SERVICES_MAX_PER_LIST);
  return FALSE;
}

static void
become_known (JfServiceWatch *self)
{
  if (self->is_known)
    return;
  self->is_known = TRUE;
  self->known (self->data);
}

static void
take_failure (JfServiceWatch *self, const GError *failure)
{
  self->stage = IDLE;
  forget_answer (self);
  if (jf_session_get_state (self->session) == JF_SESSION_CONNECTED)
    jf_log (JF_LOG_WARNING, "services-not-listed", "reason", JF_S (failure->message), NULL);
}

static gboolean
list_reply (JfSession *session,
            JsonObject *message,
            const GError *failure,
            gpointer data,
            GError **error)
{
  JfServiceWatch *self = data;
  gboolean more;

  if (failure != NULL)
    {
      take_failure (self, failure);
      return TRUE;
    }
  if (!jf_message_get_bool (message, "more", &more, error) ||
      !read_services (message, self->infos, self->names, error) ||
      !check_count (self->infos->len, error))
    return FALSE;
  if (more)
    return TRUE;
  self->stage = LISTED;
  g_hash_table_remove_all (self->names);
  jf_services_apply (self->services, self->infos, NULL, TRUE);
  become_known (self);
  return TRUE;
}

/* The names that go must be there, and not be among those that change. */
static gboolean
read_gone (JfServiceWatch *self,
           JsonObject *message,
           GHashTable *changed,
           GPtrArray *gone,
           GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  g_auto (GStrv) names = NULL;

  if (!jf_message_get_strings (message, "gone", GONE_MAX, SERVICE_MAX_BYTES, &names, error))
    return FALSE;
  for (unsigned i = 0; names[i] != NULL; i++)
    {
      if (jf_services_lookup (self->services, names[i]) == NULL)
        return break_rule (error, "changes: one goes that was not there");
      if (!g_hash_table_add (seen, names[i]) || g_hash_table_contains (changed, names[i]))
        return break_rule (error, "changes: one is there twice");
      g_ptr_array_add (gone, g_strdup (names[i]));
    }
  return TRUE;
}

static size_t
count_after (JfServiceWatch *self, GPtrArray *infos, GPtrArray *gone)
{
  size_t count = g_list_model_get_n_items (G_LIST_MODEL (self->services)) - gone->len;

  for (unsigned i = 0; i < infos->len; i++)
    {
      const JfServiceInfo *info = g_ptr_array_index (infos, i);

      count += jf_services_lookup (self->services, info->service) == NULL;
    }
  return count;
}

gboolean
jf_service_watch_handle (JfServiceWatch *self, JsonObject *message, GError **error)
{
  g_autoptr (GPtrArray)
      infos = g_ptr_array_new_with_free_func ((GDestroyNotify) jf_service_info_free);
  g_autoptr (GPtrArray) gone = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);

  if (self->stage != LISTED)
    return break_rule (error, "message \"" JF_MSG_CHANGES "\" is out of turn");
  if (!read_services (message, infos, names, error) ||
      !read_gone (self, message, names, gone, error) ||
      !check_count (count_after (self, infos, gone), error))
    return FALSE;
  jf_services_apply (self->services, infos, gone, FALSE);
  return TRUE;
}

static void
ask (JfServiceWatch *self)
{
  g_autoptr (JsonObject) message = jf_message_new (JF_MSG_LIST);

  json_object_set_boolean_member (message, "watch", TRUE);
  if (jf_session_request (self->session, message, list_reply, self))
    self->stage = LISTING;
}

void
jf_service_watch_begin (JfServiceWatch *self)
{
  if (self->wanted)
    return;
  self->wanted = TRUE;
  ask (self);
}

/* Requests of the session before have failed by now. */
void
jf_service_watch_start (JfServiceWatch *self)
{
  self->stage = IDLE;
  forget_answer (self);
  if (self->wanted)
    ask (self);
}

JfServices *
jf_service_watch_get_services (JfServiceWatch *self)
{
  return self->services;
}

gboolean
jf_service_watch_is_known (JfServiceWatch *self)
{
  return self->is_known;
}

JfServiceWatch *
jf_service_watch_new (JfSession *session, void (*known) (gpointer data), gpointer data)
{
  JfServiceWatch *self = g_new0 (JfServiceWatch, 1);

  self->session = session;
  self->known = known;
  self->data = data;
  self->services = jf_services_new ();
  self->infos = g_ptr_array_new_with_free_func ((GDestroyNotify) jf_service_info_free);
  self->names = g_hash_table_new (g_str_hash, g_str_equal);
  return self;
}

void
jf_service_watch_free (JfServiceWatch *self)
{
  jf_session_forget (self->session, self);
  g_object_unref (self->services);
  g_hash_table_unref (self->names);
  g_ptr_array_unref (self->infos);
  g_free (self);
}
