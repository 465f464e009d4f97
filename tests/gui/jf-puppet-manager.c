/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gio/gio.h>
#include <gio/gunixinputstream.h>
#include <stdio.h>
#include <string.h>

#include "gateway/wire/jf-invitation.h"
#include "tests/unit/engine/fake-manager.h"

/* A manager on strings: it says what it reads from standard input, a JSON text a line (or "drop" to
 * end the connection), and prints what it hears, after a line with an invitation to itself. */

typedef struct
{
  FakeManager *manager;
  GDataInputStream *input;
  gboolean ended;
} Puppet;

static void read_next (Puppet *self);

static void
line_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Puppet *self = data;
  g_autofree char *line = g_data_input_stream_read_line_finish (G_DATA_INPUT_STREAM (source),
                                                                result, NULL, NULL);

  self->ended = line == NULL;
  if (self->ended)
    return;
  if (strcmp (line, "drop") == 0)
    fake_manager_drop (self->manager);
  else
    fake_manager_send (self->manager, "%s", line);
  read_next (self);
}

static void
read_next (Puppet *self)
{
  g_data_input_stream_read_line_async (self->input, G_PRIORITY_DEFAULT, NULL, line_cb, self);
}

static void
print_heard (FakeManager *manager)
{
  JsonObject *message;

  while ((message = fake_manager_pop (manager)) != NULL)
    {
      g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), message);
      g_autofree char *text = json_to_string (node, FALSE);

      printf ("%s\n", text);
      json_object_unref (message);
    }
  fflush (stdout);
}

static void
print_invitation (FakeManager *manager)
{
  JfInvitation invitation = {
    .host = (char[]){ "127.0.0.1" },
    .port = fake_manager_port (manager),
    .manager = *fake_manager_key_id (manager),
  };
  g_autofree char *link = NULL;

  jf_invitation_code_new (invitation.code);
  link = jf_invitation_format (&invitation, "https");
  printf ("%s\n", link);
  fflush (stdout);
}

int
main (void)
{
  g_autoptr (GInputStream) stdin_stream = g_unix_input_stream_new (0, FALSE);
  Puppet self = { .manager = fake_manager_new () };

  self.input = g_data_input_stream_new (stdin_stream);
  print_invitation (self.manager);
  read_next (&self);
  while (!self.ended)
    {
      g_main_context_iteration (NULL, TRUE);
      print_heard (self.manager);
    }
  g_object_unref (self.input);
  fake_manager_free (self.manager);
  return 0;
}
