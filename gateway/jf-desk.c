/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/jf-desk.h"

#include <string.h>
#include <unistd.h>

#include "gateway/jf-desk-private.h"
#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-message.h"

gboolean
jf_desk_is_last (JsonObject *event)
{
  const char *type = jf_message_type (event);
  gboolean last = FALSE;

  return strcmp (type, "end") == 0 || strcmp (type, JF_MSG_ERROR) == 0 ||
         (jf_message_get_bool (event, "last", &last, NULL) && last);
}

JsonObject *
jf_desk_error (const GError *error)
{
  JfError code = error->domain == JF_ERROR ? (JfError) error->code : JF_ERROR_FAILED;

  return jf_message_new_error (0, code, error->message);
}

void
jf_desk_emit (JfDeskCall *call, JsonObject *event)
{
  g_autoptr (JsonObject) owned = event;

  call->over = call->over || jf_desk_is_last (event);
  call->event (owned, call->data);
}

void
jf_desk_emit_error (JfDeskCall *call, const GError *error)
{
  jf_desk_emit (call, jf_desk_error (error));
}

void
jf_desk_emit_end (JfDeskCall *call)
{
  jf_desk_emit (call, jf_message_new ("end"));
}

static void
clear_source (JfDeskCall *call)
{
  if (call->source == NULL)
    return;
  g_source_destroy (call->source);
  g_clear_pointer (&call->source, g_source_unref);
}

void
jf_desk_set_source (JfDeskCall *call, unsigned timeout_ms, GSourceFunc func)
{
  clear_source (call);
  call->source = g_timeout_source_new (timeout_ms);
  g_source_set_callback (call->source, func, call, NULL);
  g_source_attach (call->source, g_main_context_get_thread_default ());
}

static gboolean
begin_cb (gpointer data)
{
  static const struct
  {
    const char *type;
    void (*begin) (JfDeskCall *call);
  } requests[] = {
    { "join", jf_desk_begin_join },
    { "services", jf_desk_begin_services },
    { "status", jf_desk_begin_status },
    { "offer", jf_desk_begin_offer },
  };
  JfDeskCall *call = data;
  const char *type = jf_message_type (call->request);
  g_autoptr (GError) error = NULL;

  clear_source (call);
  for (unsigned i = 0; i < G_N_ELEMENTS (requests); i++)
    if (strcmp (type, requests[i].type) == 0)
      {
        requests[i].begin (call);
        return G_SOURCE_REMOVE;
      }
  error = g_error_new (JF_ERROR, JF_ERROR_INVALID,
                       "the running jackfield-gateway does not know the request \"%s\"; is it of "
                       "another version?",
                       type);
  jf_desk_emit_error (call, error);
  return G_SOURCE_REMOVE;
}

JfDeskCall *
jf_desk_call (JfDesk *self, JsonObject *request, int fd, JfDeskEvent event, gpointer data)
{
  JfDeskCall *call = g_new0 (JfDeskCall, 1);

  call->desk = self;
  call->request = json_object_ref (request);
  call->event = event;
  call->data = data;
  call->fd = fd;
  call->stdio = fd >= 0;
  call->cancellable = g_cancellable_new ();
  g_ptr_array_add (self->calls, call);
  jf_desk_set_source (call, 0, begin_cb);
  return call;
}

void
jf_desk_call_end (JfDeskCall *call)
{
  JfDesk *desk = call->desk;
  gboolean stdio = call->stdio;

  clear_source (call);
  g_cancellable_cancel (call->cancellable);
  g_ptr_array_remove_fast (desk->calls, call);
  jf_desk_end_join (call);
  jf_desk_end_offer (call);
  jf_desk_end_watch (call);
  if (call->fd >= 0)
    close (call->fd);
  g_object_unref (call->cancellable);
  json_object_unref (call->request);
  g_free (call->shown);
  g_free (call);
  if (stdio && desk->stdio_ended != NULL)
    desk->stdio_ended (desk->stdio_data);
}

gboolean
jf_desk_call_is_over (JfDeskCall *call)
{
  return call->over;
}

void
jf_desk_call_withdraw (JfDeskCall *call)
{
  jf_desk_end_offer (call);
}

unsigned
jf_desk_count_stdio (JfDesk *self)
{
  unsigned n = 0;

  for (unsigned i = 0; i < self->calls->len; i++)
    {
      const JfDeskCall *call = g_ptr_array_index (self->calls, i);

      n += call->stdio ? 1 : 0;
    }
  return n;
}

void
jf_desk_watch_stdio (JfDesk *self, void (*ended) (gpointer data), gpointer data)
{
  self->stdio_ended = ended;
  self->stdio_data = data;
}

void
jf_desk_close (JfDesk *self)
{
  self->closed = TRUE;
}

JfDesk *
jf_desk_new (JfEngine *engine)
{
  JfDesk *self = g_new0 (JfDesk, 1);

  self->engine = g_object_ref (engine);
  self->users = g_hash_table_new_full (NULL, NULL, g_object_unref, NULL);
  self->calls = g_ptr_array_new ();
  self->fixed = g_ptr_array_new_with_free_func ((GDestroyNotify) jf_offer_unref);
  return self;
}

void
jf_desk_free (JfDesk *self)
{
  g_object_unref (self->engine);
  g_hash_table_unref (self->users);
  g_ptr_array_unref (self->calls);
  g_ptr_array_unref (self->fixed);
  g_free (self);
}
