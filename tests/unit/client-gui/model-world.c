/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/client-gui/model-world.h"

#include "client-gui/model/jf-account-files.h"
#include "tests/unit/engine/engine-dir.h"

#define PER_MESSAGE 200

/* What an enrolment leaves behind. */
static void
write_account (ModelWorld *self)
{
  g_autofree char *draft = jf_account_files_make_draft (self->base, NULL);
  g_autoptr (JfState) state = jf_state_open (draft, NULL);
  g_autoptr (JfIdentity) identity = jf_identity_new (NULL);
  g_autoptr (JfEnrolment) enrolment = g_new0 (JfEnrolment, 1);
  g_autofree char *dir = NULL;

  enrolment->host = g_strdup ("127.0.0.1");
  enrolment->port = fake_manager_port (self->manager);
  enrolment->key = *fake_manager_key_id (self->manager);
  enrolment->member = g_strdup ("alice");
  enrolment->role = g_strdup ("user");
  g_assert_true (jf_state_save_enrolment (state, enrolment, NULL));
  g_assert_true (jf_account_files_set_key (state, identity, NULL));
  dir = jf_account_files_publish (draft, self->base, &enrolment->key, NULL);
  g_assert_nonnull (dir);
}

ModelWorld *
model_world_new (void)
{
  ModelWorld *self = g_new0 (ModelWorld, 1);
  g_autoptr (JsonObject) list = NULL;

  self->base = engine_dir_new ();
  self->manager = fake_manager_new ();
  write_account (self);
  self->accounts = jf_accounts_new (self->base, NULL);
  self->catalog = jf_catalog_new (self->accounts);
  self->sections = jf_sections_new (self->catalog);
  jf_accounts_load (self->accounts, TRUE);
  fake_manager_welcome (self->manager, "alice", "user");
  list = fake_manager_expect (self->manager, "list");
  self->request = json_object_get_int_member (list, "request");
  return self;
}

static void
left_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  *(gboolean *) data = TRUE;
}

void
model_world_free (ModelWorld *self)
{
  gboolean left = FALSE;

  jf_accounts_leave_async (self->accounts, left_cb, &left);
  fake_wait_for (&left);
  g_object_unref (self->sections);
  g_object_unref (self->catalog);
  g_object_unref (self->accounts);
  fake_manager_free (self->manager);
  engine_dir_free (self->base);
  g_free (self);
}

JfAccount *
model_world_account (ModelWorld *self)
{
  g_autoptr (JfAccount) account = g_list_model_get_item (G_LIST_MODEL (self->accounts), 0);

  return account;
}

JfItem *
model_world_item (ModelWorld *self, const char *service)
{
  return jf_account_find (model_world_account (self), service);
}

char *
model_world_entry (const char *service, const char *title, gboolean online)
{
  return g_strdup_printf ("{\"service\":\"%s\",\"kind\":\"tcp\",\"port\":80,\"title\":\"%s\","
                          "\"online\":%s}",
                          service, title, online ? "true" : "false");
}

void
model_world_list (ModelWorld *self, unsigned n, unsigned providers)
{
  for (unsigned i = 0; i < n || i == 0;)
    {
      g_autoptr (GString) text = g_string_new (NULL);

      for (unsigned j = 0; j < PER_MESSAGE && i < n; j++, i++)
        {
          g_autofree char *service = g_strdup_printf ("p%u/s%u", i % providers, i);
          g_autofree char *title = g_strdup_printf ("Service %u", i);
          g_autofree char *entry = model_world_entry (service, title, TRUE);

          g_string_append_printf (text, "%s%s", j > 0 ? "," : "", entry);
        }
      fake_manager_send (self->manager,
                         "{\"type\":\"services\",\"request\":%" G_GINT64_FORMAT
                         ",\"more\":%s,\"services\":[%s]}",
                         self->request, i < n ? "true" : "false", text->str);
      if (n == 0)
        break;
    }
}

void
model_world_change (ModelWorld *self, const char *services, const char *gone)
{
  fake_manager_send (self->manager, "{\"type\":\"changes\",\"services\":[%s],\"gone\":[%s]}",
                     services, gone);
}

static gboolean
wake_cb (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

void
model_world_turn (unsigned timeout_ms)
{
  gboolean done = FALSE;

  g_timeout_add (timeout_ms, wake_cb, &done);
  fake_wait_for (&done);
}

void
model_world_wait_items (ModelWorld *self, unsigned n)
{
  while (g_list_model_get_n_items (G_LIST_MODEL (self->catalog)) != n ||
         jf_sections_get_n_services (self->sections) != n)
    g_main_context_iteration (NULL, TRUE);
}
