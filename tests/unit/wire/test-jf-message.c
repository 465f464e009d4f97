/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/wire/jf-message.h"

#include <string.h>

#include "gateway/wire/jf-limits.h"

#define KEY_ID "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"
#define TICKET "AAECAwQFBgcICQoLDA0ODw"

typedef struct
{
  JsonObject *message;
  GError *error;
} Fixture;

static void
set_up (Fixture *fixture, const void *text)
{
  fixture->message = jf_message_parse (text, strlen (text), &fixture->error);
  g_assert_no_error (fixture->error);
}

static void
tear_down (Fixture *fixture, const void *text)
{
  json_object_unref (fixture->message);
  g_assert_null (fixture->error);
}

/* The last call failed because of this member of message "t". */
static void
assert_refused (Fixture *fixture, const char *member)
{
  g_assert_error (fixture->error, JF_ERROR, JF_ERROR_PROTOCOL);
  g_assert_nonnull (strstr (fixture->error->message, "“t”"));
  g_assert_nonnull (strstr (fixture->error->message, member));
  g_clear_error (&fixture->error);
}

static const char strings_text[] = "{\"type\":\"t\",\"a\":\"12345\",\"n\":null,\"i\":1}";

static void
test_strings (Fixture *fixture, const void *data)
{
  JsonObject *m = fixture->message;
  GError **error = &fixture->error;
  const char *out = NULL;

  g_assert_cmpstr (jf_message_type (m), ==, "t");
  g_assert_true (jf_message_get_string (m, "a", 5, &out, error));
  g_assert_cmpstr (out, ==, "12345");
  g_assert_false (jf_message_get_string (m, "a", 4, &out, error));
  assert_refused (fixture, "too long");
  g_assert_false (jf_message_get_string (m, "n", 9, &out, error));
  assert_refused (fixture, "“n” is not a string");
  g_assert_false (jf_message_get_string (m, "i", 9, &out, error));
  assert_refused (fixture, "“i” is not a string");
  g_assert_false (jf_message_get_string (m, "x", 9, &out, error));
  assert_refused (fixture, "“x” is missing");
  g_assert_true (jf_message_get_optional_string (m, "x", 9, "else", &out, error));
  g_assert_cmpstr (out, ==, "else");
  g_assert_true (jf_message_get_optional_string (m, "x", 9, NULL, &out, error));
  g_assert_null (out);
  g_assert_true (jf_message_get_optional_string (m, "a", 9, NULL, &out, error));
  g_assert_cmpstr (out, ==, "12345");
  g_assert_false (jf_message_get_optional_string (m, "n", 9, NULL, &out, error));
  assert_refused (fixture, "“n”");
}

static const char numbers_text[] =
    "{\"type\":\"t\",\"i\":17,\"neg\":-17,\"big\":9007199254740991,\"f\":1.5,\"e\":1e999,"
    "\"s\":\"17\",\"yes\":true,\"no\":false,\"n\":null}";

static void
test_numbers (Fixture *fixture, const void *data)
{
  static const char *const bad[] = { "f", "e", "s", "yes", "n", "x" };
  JsonObject *m = fixture->message;
  GError **error = &fixture->error;
  int64_t out = 0;

  g_assert_true (jf_message_get_int (m, "i", 0, 17, &out, error));
  g_assert_cmpint (out, ==, 17);
  g_assert_true (jf_message_get_int (m, "neg", -17, 0, &out, error));
  g_assert_cmpint (out, ==, -17);
  g_assert_true (jf_message_get_int (m, "big", 1, INT64_MAX, &out, error));
  g_assert_cmpint (out, ==, 9007199254740991);
  g_assert_false (jf_message_get_int (m, "i", 0, 16, &out, error));
  assert_refused (fixture, "out of range");
  g_assert_false (jf_message_get_int (m, "i", 18, 99, &out, error));
  assert_refused (fixture, "out of range");
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_assert_false (jf_message_get_int (m, bad[i], INT64_MIN, INT64_MAX, &out, error));
      assert_refused (fixture, bad[i]);
    }
  g_assert_true (jf_message_get_optional_int (m, "x", 0, 9, -1, &out, error));
  g_assert_cmpint (out, ==, -1);
  g_assert_true (jf_message_get_optional_int (m, "i", 0, 99, -1, &out, error));
  g_assert_cmpint (out, ==, 17);
  g_assert_false (jf_message_get_optional_int (m, "f", 0, 99, -1, &out, error));
  assert_refused (fixture, "“f”");
}

static void
test_bools (Fixture *fixture, const void *data)
{
  JsonObject *m = fixture->message;
  gboolean out = -1;

  g_assert_true (jf_message_get_bool (m, "yes", &out, &fixture->error));
  g_assert_cmpint (out, ==, TRUE);
  g_assert_true (jf_message_get_bool (m, "no", &out, &fixture->error));
  g_assert_cmpint (out, ==, FALSE);
  g_assert_true (jf_message_get_bool (m, "x", &out, &fixture->error));
  g_assert_cmpint (out, ==, FALSE);
  g_assert_false (jf_message_get_bool (m, "i", &out, &fixture->error));
  assert_refused (fixture, "“i”");
  g_assert_false (jf_message_get_bool (m, "n", &out, &fixture->error));
  assert_refused (fixture, "“n”");
}

static const char arrays_text[] =
    "{\"type\":\"t\",\"none\":[],\"s\":[\"a\",\"bcd\"],\"mixed\":[\"a\",1],\"nested\":[[\"a\"]],"
    "\"o\":[{},{\"type\":7}],\"half\":[{},null],\"not\":{},\"k\":\"" KEY_ID "\","
    "\"tk\":[\"" TICKET "\",\"" TICKET "\"],\"bad\":[\"" TICKET "x\"],"
    "\"many\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\"]}";

static void
test_string_lists (Fixture *fixture, const void *data)
{
  static const char *const bad[] = { "mixed", "nested", "not", "k", "o" };
  JsonObject *m = fixture->message;
  GError **error = &fixture->error;
  g_auto (GStrv) two = NULL;
  g_auto (GStrv) none = NULL;
  g_auto (GStrv) absent = NULL;
  char **out = NULL;

  g_assert_true (jf_message_get_strings (m, "s", 2, 3, &two, error));
  g_assert_cmpuint (g_strv_length (two), ==, 2);
  g_assert_cmpstr (two[1], ==, "bcd");
  g_assert_true (jf_message_get_strings (m, "none", 2, 3, &none, error));
  g_assert_cmpuint (g_strv_length (none), ==, 0);
  g_assert_true (jf_message_get_strings (m, "x", 2, 3, &absent, error));
  g_assert_cmpuint (g_strv_length (absent), ==, 0);
  g_assert_false (jf_message_get_strings (m, "s", 1, 3, &out, error));
  assert_refused (fixture, "too many");
  g_assert_false (jf_message_get_strings (m, "s", 2, 2, &out, error));
  assert_refused (fixture, "too long");
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_assert_false (jf_message_get_strings (m, bad[i], 9, 99, &out, error));
      assert_refused (fixture, bad[i]);
    }
  g_assert_null (out);
}

static void
test_objects (Fixture *fixture, const void *data)
{
  static const char *const bad[] = { "half", "not", "s", "x" };
  JsonObject *m = fixture->message;
  GError **error = &fixture->error;
  JsonArray *out = NULL;
  const char *text;

  g_assert_true (jf_message_get_objects (m, "o", 2, &out, error));
  g_assert_cmpuint (json_array_get_length (out), ==, 2);
  /* objects inside a message are read the same way, whatever their "type" is */
  for (unsigned i = 0; i < 2; i++)
    {
      JsonObject *object = json_array_get_object_element (out, i);

      g_assert_null (jf_message_type (object));
      g_assert_false (jf_message_get_string (object, "name", 9, &text, error));
      g_assert_error (*error, JF_ERROR, JF_ERROR_PROTOCOL);
      g_clear_error (error);
    }
  g_assert_false (jf_message_get_objects (m, "o", 1, &out, error));
  assert_refused (fixture, "too many");
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_assert_false (jf_message_get_objects (m, bad[i], 9, &out, error));
      assert_refused (fixture, bad[i]);
    }
}

static void
test_keys_and_tickets (Fixture *fixture, const void *data)
{
  static const char *const bad[] = { "bad", "many", "mixed", "x", "k" };
  JsonObject *m = fixture->message;
  GError **error = &fixture->error;
  g_autoptr (GArray) tickets = NULL;
  GArray *none = NULL;
  JfKeyId key_id;

  g_assert_true (jf_message_get_key_id (m, "k", &key_id, error));
  g_assert_cmpuint (key_id.bytes[0], ==, 0xba);
  g_assert_false (jf_message_get_key_id (m, "type", &key_id, error));
  assert_refused (fixture, "not a key id");
  g_assert_false (jf_message_get_key_id (m, "s", &key_id, error));
  assert_refused (fixture, "not a key id");
  g_assert_true (jf_message_get_tickets (m, "tk", &tickets, error));
  g_assert_cmpuint (tickets->len, ==, 2);
  g_assert_cmpuint (g_array_index (tickets, JfTicket, 1).bytes[15], ==, 15);
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_assert_false (jf_message_get_tickets (m, bad[i], &none, error));
      g_assert_null (strstr ((*error)->message, TICKET));
      assert_refused (fixture, bad[i]);
    }
  g_assert_null (none);
}

static void
test_round_trip (void)
{
  static const char *const names[] = { "alice", "@nurses", NULL };
  g_autoptr (JsonObject) made = jf_message_new (JF_MSG_SETUP);
  g_autoptr (JsonObject) parsed = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) got_tickets = NULL;
  g_auto (GStrv) got_names = NULL;
  JfTicket tickets[2] = { { { 1 } }, { { 2 } } };
  JfKeyId key_id = { { 3 } }, got_key_id;
  const char *title;

  jf_message_set_key_id (made, "peer", &key_id);
  jf_message_set_tickets (made, "tickets", tickets, 2);
  jf_message_set_strings (made, "allow", names);
  json_object_set_string_member (made, "title", "ä\n\"\\😀\x7f");
  bytes = jf_message_to_bytes (made, &error);
  g_assert_no_error (error);
  parsed = jf_message_parse (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (jf_message_type (parsed), ==, JF_MSG_SETUP);
  g_assert_true (jf_message_get_key_id (parsed, "peer", &got_key_id, &error));
  g_assert_true (jf_key_id_equal (&key_id, &got_key_id));
  g_assert_true (jf_message_get_tickets (parsed, "tickets", &got_tickets, &error));
  g_assert_cmpmem (got_tickets->data, got_tickets->len * sizeof (JfTicket), tickets,
                   sizeof tickets);
  g_assert_true (jf_message_get_strings (parsed, "allow", 9, 9, &got_names, &error));
  g_assert_true (g_strv_equal ((const char *const *) got_names, names));
  g_assert_true (jf_message_get_string (parsed, "title", 99, &title, &error));
  g_assert_cmpstr (title, ==, "ä\n\"\\😀\x7f");
}

static void
test_error_message (void)
{
  g_autoptr (JsonObject) with = jf_message_new_error (4, JF_ERROR_BUSY, "one\ntwo");
  g_autoptr (JsonObject) without = jf_message_new_error (0, JF_ERROR_PROTOCOL, "x");
  const char *text;
  int64_t request;

  g_assert_cmpstr (jf_message_type (with), ==, JF_MSG_ERROR);
  g_assert_true (jf_message_get_int (with, "request", 1, 9, &request, NULL));
  g_assert_cmpint (request, ==, 4);
  g_assert_true (jf_message_get_string (with, "code", 99, &text, NULL));
  g_assert_cmpstr (text, ==, "busy");
  g_assert_true (jf_message_get_string (with, "message", 99, &text, NULL));
  g_assert_cmpstr (text, ==, "one two");
  g_assert_false (json_object_has_member (without, "request"));
}

static void
test_too_long_to_send (void)
{
  g_autoptr (JsonObject) message = jf_message_new ("t");
  g_autofree char *fill = g_strnfill (JF_MESSAGE_MAX_BYTES, 'x');
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;
  size_t around = strlen ("{\"type\":\"t\",\"a\":\"\"}");

  fill[JF_MESSAGE_MAX_BYTES - around + 1] = '\0';
  json_object_set_string_member (message, "a", fill);
  g_assert_null (jf_message_to_bytes (message, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_LIMIT);
  g_clear_error (&error);
  fill[JF_MESSAGE_MAX_BYTES - around] = '\0';
  json_object_set_string_member (message, "a", fill);
  bytes = jf_message_to_bytes (message, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (bytes), ==, JF_MESSAGE_MAX_BYTES);
}

static void
test_not_utf8_to_send (void)
{
  g_autoptr (JsonObject) message = jf_message_new ("t");
  g_autoptr (GError) error = NULL;

  json_object_set_string_member (message, "a", "\xff");
  g_assert_null (jf_message_to_bytes (message, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_INVALID);
}

static void
assert_not_a_message (const char *text, size_t size)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (jf_message_parse (text, size, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_PROTOCOL);
  g_assert_null (jf_message_parse (text, size, NULL));
}

static void
test_parse_bad (void)
{
  static const char *const bad[] = {
    "",
    "{}",
    "[]",
    "{\"type\":1}",
    "{\"type\":null}",
    "{\"type\":[\"t\"]}",
    "{\"type\":\"a23456789-123456789-123456789-123456789-123456789-123456789-1234\"}",
    "{\"type\":\"t\"} x",
    "var x = {\"type\":\"t\"}",
    "{'type':'t'}",
    "{\"type\":\"t\" /* c */}",
    "{\"type\":\"t\",}",
    "{\"type\":\"t\",\"a\":\"\\u0000\"}",
    "{\"type\":\"t\",\"a\":\"\xff\"}",
    "{\"type\":\"t\"",
  };

  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    assert_not_a_message (bad[i], strlen (bad[i]));
  assert_not_a_message ("{\"type\":\"t\"}\0", 13);
  assert_not_a_message (NULL, 0);
}

static void
test_parse_size (void)
{
  g_autofree char *text = g_strnfill (JF_MESSAGE_MAX_BYTES + 1, ' ');
  g_autoptr (JsonObject) message = NULL;

  memcpy (text, "{\"type\":\"t\"}", 12);
  assert_not_a_message (text, JF_MESSAGE_MAX_BYTES + 1);
  message = jf_message_parse (text, JF_MESSAGE_MAX_BYTES, NULL);
  g_assert_nonnull (message);
}

static void
test_parse_depth (void)
{
  for (int depth = 1; depth < 40; depth++)
    {
      g_autofree char *open = g_strnfill (depth - 1, '['), *close = g_strnfill (depth - 1, ']');
      g_autofree char *text = g_strdup_printf ("{\"type\":\"t\",\"a\":%s%s%s}", open,
                                               depth > 1 ? "" : "0", close);
      g_autoptr (JsonObject) message = NULL;

      if (depth > JF_MESSAGE_MAX_DEPTH)
        {
          assert_not_a_message (text, strlen (text));
          continue;
        }
      message = jf_message_parse (text, strlen (text), NULL);
      g_assert_nonnull (message);
    }
}

static void
test_parse_deep_flood (void)
{
  g_autofree char *text = g_strnfill (JF_MESSAGE_MAX_BYTES, '[');

  memcpy (text, "{\"a\":", 5);
  assert_not_a_message (text, JF_MESSAGE_MAX_BYTES);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, text, function)                                                                  \
  g_test_add ("/wire/message/" name, Fixture, text, set_up, function, tear_down)
  ADD ("strings", strings_text, test_strings);
  ADD ("numbers", numbers_text, test_numbers);
  ADD ("bools", numbers_text, test_bools);
  ADD ("string-lists", arrays_text, test_string_lists);
  ADD ("objects", arrays_text, test_objects);
  ADD ("keys-and-tickets", arrays_text, test_keys_and_tickets);
  g_test_add_func ("/wire/message/round-trip", test_round_trip);
  g_test_add_func ("/wire/message/error-message", test_error_message);
  g_test_add_func ("/wire/message/too-long-to-send", test_too_long_to_send);
  g_test_add_func ("/wire/message/not-utf8-to-send", test_not_utf8_to_send);
  g_test_add_func ("/wire/message/parse-bad", test_parse_bad);
  g_test_add_func ("/wire/message/parse-size", test_parse_size);
  g_test_add_func ("/wire/message/parse-depth", test_parse_depth);
  g_test_add_func ("/wire/message/parse-deep-flood", test_parse_deep_flood);
  return g_test_run ();
}
