/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-service-list.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "gateway/engine/jf-service.h"
#include "gateway/link/jf-log.h"
#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-limits.h"
#include "gateway/wire/jf-message.h"

struct JfServiceList
{
  JfSession *session;
  GPtrArray *tasks;  /* of GTask: to be answered by the question under way, or by the next */
  GPtrArray *answer; /* of JfServiceInfo; NULL: no question is under way */
};

/* One service that cannot be understood must not take the others along. */
static void
read_entry (JfServiceList *self, JsonObject *entry)
{
  g_autoptr (GError) error = NULL;
  JfServiceInfo *info = jf_service_info_parse (entry, &error);

  if (info != NULL)
    g_ptr_array_add (self->answer, info);
  else
    jf_log (JF_LOG_WARNING, "service-left-out", "reason", JF_S (error->message), NULL);
}

static gboolean
read_entries (JfServiceList *self, JsonObject *message, GError **error)
{
  JsonArray *entries;

  if (!jf_message_get_objects (message, "services", JF_SERVICES_MAX_PER_LIST, &entries, error))
    return FALSE;
  for (unsigned i = 0; i < json_array_get_length (entries); i++)
    read_entry (self, json_array_get_object_element (entries, i));
  if (self->answer->len <= JF_SERVICES_MAX_PER_LIST)
    return TRUE;
  g_set_error (error, JF_ERROR, JF_ERROR_PROTOCOL, "services: too many");
  return FALSE;
}

static int
compare_infos (gconstpointer a, gconstpointer b)
{
  const JfServiceInfo *const *one = a;
  const JfServiceInfo *const *other = b;

  return strcmp ((*one)->service, (*other)->service);
}

static void
destroy_infos (gpointer infos)
{
  g_ptr_array_unref (infos);
}

static void
return_answer (JfServiceList *self)
{
  g_autoptr (GPtrArray) tasks = self->tasks;
  g_autoptr (GPtrArray) answer = g_steal_pointer (&self->answer);

  self->tasks = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_sort (answer, compare_infos);
  for (unsigned i = 0; i < tasks->len; i++)
    {
      GPtrArray *own = g_ptr_array_new_with_free_func ((GDestroyNotify) jf_service_info_free);

      for (unsigned j = 0; j < answer->len; j++)
        g_ptr_array_add (own, jf_service_info_copy (g_ptr_array_index (answer, j)));
      g_task_return_pointer (g_ptr_array_index (tasks, i), own, destroy_infos);
    }
}

void
jf_service_list_fail (JfServiceList *self, const GError *reason)
{
  g_autoptr (GPtrArray) tasks = self->tasks;

  self->tasks = g_ptr_array_new_with_free_func (g_object_unref);
  g_clear_pointer (&self->answer, g_ptr_array_unref);
  for (unsigned i = 0; i < tasks->len; i++)
    g_task_return_error (g_ptr_array_index (tasks, i), g_error_copy (reason));
}

static gboolean
list_reply (JfSession *session,
            JsonObject *message,
            const GError *failure,
            gpointer data,
            GError **error)
{
  JfServiceList *self = data;
  gboolean more;

  if (self->answer == NULL)
    return TRUE;
  if (failure != NULL)
    {
      /* A lost session asks again after the next welcome. */
      if (jf_session_get_state (session) == JF_SESSION_CONNECTED)
        jf_service_list_fail (self, failure);
      else
        g_clear_pointer (&self->answer, g_ptr_array_unref);
      return TRUE;
    }
  if (!read_entries (self, message, error) || !jf_message_get_bool (message, "more", &more, error))
    return FALSE;
  if (!more)
    return_answer (self);
  return TRUE;
}

void
jf_service_list_start (JfServiceList *self)
{
  g_autoptr (JsonObject) message = NULL;

  if (self->tasks->len == 0 || self->answer != NULL)
    return;
  message = jf_message_new (JF_MSG_LIST);
  if (jf_session_request (self->session, message, list_reply, self))
    self->answer = g_ptr_array_new_with_free_func ((GDestroyNotify) jf_service_info_free);
}

void
jf_service_list_add (JfServiceList *self, GTask *task)
{
  const GError *error = jf_session_get_error (self->session);

  if (jf_session_get_state (self->session) == JF_SESSION_FAILED)
    {
      g_task_return_error (task, g_error_copy (error));
      return;
    }
  g_ptr_array_add (self->tasks, g_object_ref (task));
  jf_service_list_start (self);
}

JfServiceList *
jf_service_list_new (JfSession *session)
{
  JfServiceList *self = g_new0 (JfServiceList, 1);

  self->session = session;
  self->tasks = g_ptr_array_new_with_free_func (g_object_unref);
  return self;
}

void
jf_service_list_free (JfServiceList *self)
{
  g_autoptr (GError) ended = g_error_new (JF_ERROR, JF_ERROR_CLOSED, _ ("the gateway has ended"));

  jf_session_forget (self->session, self);
  jf_service_list_fail (self, ended);
  g_ptr_array_unref (self->tasks);
  g_free (self);
}
