/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-known-gateways.h"
#include "gateway/link/jf-log.h"
#include "gateway/wire/jf-error.h"
#include "tests/unit/engine/engine-dir.h"

static const JfKeyId manager = { { 1 } };
static const JfKeyId other_manager = { { 2 } };
static const JfKeyId key_a = { { 10 } };
static const JfKeyId key_b = { { 11 } };

typedef struct
{
  char *dir;
  char *path;
  JfKnownGateways *known;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->dir = engine_dir_new ();
  fixture->path = g_build_filename (fixture->dir, "known_gateways", NULL);
  fixture->known = jf_known_gateways_new (fixture->path, &manager);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  jf_known_gateways_free (fixture->known);
  g_free (fixture->path);
  engine_dir_free (fixture->dir);
}

static void
assert_pin (JfKnownGateways *known, const char *provider, const JfKeyId *key_id, JfPin pin)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (jf_known_gateways_check (known, provider, key_id, &error), ==, pin);
  if (pin == JF_PIN_REFUSED)
    g_assert_error (error, JF_ERROR, JF_ERROR_WRONG_KEY);
  else
    g_assert_no_error (error);
}

static void
test_first_use (Fixture *fixture, gconstpointer data)
{
  assert_pin (fixture->known, "clinic", &key_a, JF_PIN_NEW);
  g_assert_true (jf_known_gateways_add (fixture->known, "clinic", &key_a, "first use", NULL));
  assert_pin (fixture->known, "clinic", &key_a, JF_PIN_KNOWN);
  assert_pin (fixture->known, "clinic", &key_b, JF_PIN_REFUSED);
  assert_pin (fixture->known, "lab", &key_b, JF_PIN_NEW);
}

static void
test_several_keys (Fixture *fixture, gconstpointer data)
{
  g_assert_true (jf_known_gateways_add (fixture->known, "clinic", &key_a, "", NULL));
  g_assert_true (jf_known_gateways_add (fixture->known, "clinic", &key_b, "vouched for", NULL));
  g_assert_true (jf_known_gateways_add (fixture->known, "clinic", &key_b, "again", NULL));
  assert_pin (fixture->known, "clinic", &key_a, JF_PIN_KNOWN);
  assert_pin (fixture->known, "clinic", &key_b, JF_PIN_KNOWN);
}

static void
test_changed_key_says_what_to_do (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  char is[JF_KEY_ID_SHORT_SIZE];
  char was[JF_KEY_ID_SHORT_SIZE];

  g_assert_true (jf_known_gateways_add (fixture->known, "clinic", &key_a, "first use", NULL));
  jf_known_gateways_check (fixture->known, "clinic", &key_b, &error);
  g_assert_error (error, JF_ERROR, JF_ERROR_WRONG_KEY);
  jf_key_id_format_short (&key_b, is);
  jf_key_id_format_short (&key_a, was);
  g_assert_nonnull (strstr (error->message, "clinic"));
  g_assert_nonnull (strstr (error->message, is));
  g_assert_nonnull (strstr (error->message, was));
  g_assert_nonnull (strstr (error->message, "remove line 2 of "));
  g_assert_nonnull (strstr (error->message, fixture->path));
}

static void
test_removed_line_counts_at_once (Fixture *fixture, gconstpointer data)
{
  g_assert_true (jf_known_gateways_add (fixture->known, "clinic", &key_a, "", NULL));
  assert_pin (fixture->known, "clinic", &key_b, JF_PIN_REFUSED);
  g_assert_true (g_file_set_contents (fixture->path, "# nothing\n", -1, NULL));
  assert_pin (fixture->known, "clinic", &key_b, JF_PIN_NEW);
}

static void
test_managers_apart (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JfKnownGateways) other = jf_known_gateways_new (fixture->path, &other_manager);

  g_assert_true (jf_known_gateways_add (fixture->known, "clinic", &key_a, "", NULL));
  assert_pin (other, "clinic", &key_b, JF_PIN_NEW);
  g_assert_true (jf_known_gateways_add (other, "clinic", &key_b, "", NULL));
  assert_pin (fixture->known, "clinic", &key_a, JF_PIN_KNOWN);
  assert_pin (other, "clinic", &key_b, JF_PIN_KNOWN);
  g_assert_true (jf_known_gateways_add (fixture->known, "lab", &key_b, "", NULL));
  assert_pin (fixture->known, "lab", &key_b, JF_PIN_KNOWN);
  assert_pin (other, "lab", &key_a, JF_PIN_NEW);
}

static void
test_damaged_is_kept_aside (Fixture *fixture, gconstpointer data)
{
  g_autofree char *aside = g_strdup_printf ("%s.damaged", fixture->path);
  g_autofree char *good = NULL;
  g_autofree char *kept = NULL;
  g_autofree char *bad = NULL;

  g_assert_true (jf_known_gateways_add (fixture->known, "clinic", &key_a, "", NULL));
  g_assert_true (g_file_get_contents (fixture->path, &good, NULL, NULL));
  bad = g_strdup_printf ("%slab not-a-key\n\xff\n", good);
  g_assert_true (g_file_set_contents (fixture->path, bad, -1, NULL));
  assert_pin (fixture->known, "clinic", &key_b, JF_PIN_REFUSED);
  assert_pin (fixture->known, "clinic", &key_a, JF_PIN_KNOWN);
  g_assert_true (g_file_get_contents (aside, &kept, NULL, NULL));
  g_assert_cmpstr (kept, ==, bad);

  /* Another time, the first one is not overwritten. */
  g_assert_true (g_file_set_contents (fixture->path, "worse\n", -1, NULL));
  assert_pin (fixture->known, "clinic", &key_a, JF_PIN_NEW);
  g_clear_pointer (&kept, g_free);
  g_assert_true (g_file_get_contents (aside, &kept, NULL, NULL));
  g_assert_cmpstr (kept, ==, bad);
}

/* Whoever cannot read the pins trusts nobody. */
static void
test_unreadable_trusts_nobody (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JfKnownGateways) known = jf_known_gateways_new (fixture->dir, &manager);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (jf_known_gateways_check (known, "clinic", &key_a, &error), ==, JF_PIN_REFUSED);
  g_assert_error (error, JF_ERROR, JF_ERROR_STORAGE);
  g_clear_error (&error);
  g_assert_false (jf_known_gateways_add (known, "clinic", &key_a, "", &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_STORAGE);
}

static void
test_limit (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  JfKeyId key_id = { { 0 } };

  for (unsigned i = 0; i < JF_KNOWN_GATEWAYS_MAX_PER_PROVIDER; i++)
    {
      key_id.bytes[0] = (uint8_t) i;
      key_id.bytes[1] = (uint8_t) (i >> 8);
      g_assert_true (jf_known_gateways_add (fixture->known, "clinic", &key_id, "x", NULL));
    }
  key_id.bytes[2] = 1;
  g_assert_false (jf_known_gateways_add (fixture->known, "clinic", &key_id, "x", &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_LIMIT);
}

static void
test_list (Fixture *fixture, gconstpointer data)
{
  const char *text = "[AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA]\n"
                     "clinic CgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA 2026-01-31 first use\n"
                     "clinic CwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA yesterday by hand\n"
                     "lab CgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n";
  g_autoptr (GPtrArray) none = NULL;
  g_autoptr (GPtrArray) clinic = NULL;
  g_autoptr (GPtrArray) lab = NULL;
  const JfKnownGateway *gateway;

  none = jf_known_gateways_list (fixture->known, "clinic", NULL);
  g_assert_cmpuint (none->len, ==, 0);
  g_assert_true (g_file_set_contents (fixture->path, text, -1, NULL));
  clinic = jf_known_gateways_list (fixture->known, "clinic", NULL);
  g_assert_cmpuint (clinic->len, ==, 2);
  gateway = g_ptr_array_index (clinic, 0);
  g_assert_true (jf_key_id_equal (&gateway->key_id, &key_a));
  g_assert_cmpstr (gateway->date, ==, "2026-01-31");
  g_assert_cmpint (gateway->since, ==, 1769817600);
  g_assert_cmpstr (gateway->comment, ==, "first use");
  gateway = g_ptr_array_index (clinic, 1);
  g_assert_cmpstr (gateway->date, ==, "");
  g_assert_cmpint (gateway->since, ==, 0);
  lab = jf_known_gateways_list (fixture->known, "lab", NULL);
  g_assert_cmpuint (lab->len, ==, 1);
  g_assert_cmpstr (((JfKnownGateway *) g_ptr_array_index (lab, 0))->comment, ==, "");
}

static void
test_replace (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JfKnownGateways) other = jf_known_gateways_new (fixture->path, &other_manager);
  const JfKeyId key_c = { { 12 } };
  g_autofree char *text = NULL;

  g_assert_true (jf_known_gateways_add (fixture->known, "clinic", &key_a, "first use", NULL));
  g_assert_true (jf_known_gateways_add (fixture->known, "clinic", &key_b, "vouched for", NULL));
  g_assert_true (jf_known_gateways_add (fixture->known, "lab", &key_a, "first use", NULL));
  g_assert_true (jf_known_gateways_add (other, "clinic", &key_a, "first use", NULL));
  g_assert_true (jf_known_gateways_replace (fixture->known, "clinic", &key_c, "by hand", NULL));
  assert_pin (fixture->known, "clinic", &key_a, JF_PIN_REFUSED);
  assert_pin (fixture->known, "clinic", &key_b, JF_PIN_REFUSED);
  assert_pin (fixture->known, "clinic", &key_c, JF_PIN_KNOWN);
  assert_pin (fixture->known, "lab", &key_a, JF_PIN_KNOWN);
  assert_pin (other, "clinic", &key_a, JF_PIN_KNOWN);
  assert_pin (other, "clinic", &key_c, JF_PIN_REFUSED);
  g_assert_true (g_file_get_contents (fixture->path, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, "# replaced "));
  g_assert_nonnull (strstr (text, ": clinic CgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA "));
  /* nothing to replace: pinned all the same */
  g_assert_true (jf_known_gateways_replace (fixture->known, "new", &key_b, "", NULL));
  assert_pin (fixture->known, "new", &key_b, JF_PIN_KNOWN);
}

/* A file that people go on replacing in does not grow without end. */
static void
test_replace_often (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  JfKeyId key = { { 0 } };

  for (int i = 0; i < JF_KNOWN_GATEWAYS_MAX_PER_PROVIDER + 20; i++)
    {
      key.bytes[0] = (uint8_t) i;
      key.bytes[1] = (uint8_t) (i >> 8);
      g_assert_true (jf_known_gateways_replace (fixture->known, "clinic", &key, "", NULL));
    }
  g_assert_true (g_file_get_contents (fixture->path, &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, JF_KNOWN_GATEWAYS_MAX_PER_PROVIDER + 3);
  assert_pin (fixture->known, "clinic", &key, JF_PIN_KNOWN);
}

#define ADD(name, func) g_test_add ("/known-gateways/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("list", test_list);
  ADD ("replace", test_replace);
  ADD ("replace-often", test_replace_often);
  ADD ("first-use", test_first_use);
  ADD ("several-keys", test_several_keys);
  ADD ("changed-key-says-what-to-do", test_changed_key_says_what_to_do);
  ADD ("removed-line-counts-at-once", test_removed_line_counts_at_once);
  ADD ("managers-apart", test_managers_apart);
  ADD ("damaged-is-kept-aside", test_damaged_is_kept_aside);
  ADD ("unreadable-trusts-nobody", test_unreadable_trusts_nobody);
  ADD ("limit", test_limit);
  return g_test_run ();
}
