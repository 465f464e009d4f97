/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manager/manager-table.h"

#include <string.h>

#include "gateway/wire/jf-error.h"
#include "manager/manager-qr.h"

static const JfColumn columns[] = {
  { "name", "name", JF_CELL_TEXT },
  { "count", "count", JF_CELL_NUMBER },
  { "id", "id", JF_CELL_ID },
  { "on", "on", JF_CELL_YES_NO },
  { "list", "list", JF_CELL_LIST },
  { "since", "since", JF_CELL_TIME },
  { "bytes", "bytes", JF_CELL_BYTES },
  { "key", "key", JF_CELL_KEY },
  { NULL },
};

static void
add (JfTable *table, const char *json)
{
  g_autoptr (JsonNode) node = json_from_string (json, NULL);

  g_assert_nonnull (node);
  jf_table_add (table, json_node_get_object (node));
}

static void
test_aligned (void)
{
  g_autoptr (JfTable) table = jf_table_new (columns, 1000000);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  add (
      table,
      "{\"name\":\"alice\",\"count\":3,\"id\":17,\"on\":true,\"list\":[\"a\",\"b\"],\"since\":999940,"
      "\"bytes\":0,\"key\":\"ZTHlJhEgsLPUk8xZ-CssO5tU3vslVFBpzjQFYWtT_gI\"}");
  add (table, "{\"name\":\"日本\",\"count\":12345}");
  g_assert_cmpuint (jf_table_count (table), ==, 2);
  text = jf_table_format (table);
  lines = g_strsplit (text, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 4);
  g_assert_cmpstr (lines[0], ==, "NAME   COUNT  ID  ON   LIST  SINCE        BYTES  KEY");
  g_assert_cmpstr (lines[1], ==,
                   "alice      3  17  yes  a,b   1 min ago  0 bytes  "
                   "6531-e526-1120-b0b3-d493");
  /* two columns a character */
  g_assert_cmpstr (lines[2], ==, "日本   12345   -  no   -     -          0 bytes  -");
}

/* What a member called itself cannot move the cursor, and wrong types do no harm. */
static void
test_odd_rows (void)
{
  g_autoptr (JfTable) table = jf_table_new (columns, 1000000);
  g_autofree char *text = NULL;

  add (table, "{\"name\":\"a\\u001b[2Jb\\nc\",\"count\":\"x\",\"on\":{},\"list\":[1,null,{}]}");
  add (table, "{\"name\":[],\"count\":null,\"on\":\"yes\",\"since\":-5,\"bytes\":-1,\"key\":7}");
  add (table, "{}");
  text = jf_table_format (table);
  g_assert_null (strchr (text, '\033'));
  g_assert_cmpuint (jf_table_count (table), ==, 3);
}

static void
test_times (void)
{
  static const struct
  {
    int64_t time;
    const char *text;
  } cases[] = {
    { 0, "-" },
    { 1000000, "now" },
    { 999999, "1 s ago" },
    { 999940, "1 min ago" },
    { 1000900, "in 15 min" },
    { 1000000 - 7200, "2 h ago" },
    { 1000000 - 3 * 86400, "3 days ago" },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = jf_time_text (cases[i].time, 1000000);

      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

static void
test_durations (void)
{
  static const struct
  {
    const char *text;
    int64_t seconds; /* 0: refused */
  } cases[] = {
    { "90", 90 },
    { "90s", 90 },
    { "15m", 900 },
    { "15min", 900 },
    { "2h", 7200 },
    { "7d", 604800 },
    { "30d", 30 * 86400 },
    { "30D", 0 },
    { "31d", 0 },
    { "2592001", 0 },
    { "0", 0 },
    { "0m", 0 },
    { "", 0 },
    { "-1", 0 },
    { "m", 0 },
    { "15 m", 0 },
    { "1.5h", 0 },
    { "15mm", 0 },
    { "1e3", 0 },
    { "99999999999999999999d", 0 },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      int64_t seconds = 0;

      if (cases[i].seconds > 0)
        g_assert_true (jf_duration_parse (cases[i].text, 30 * 86400, &seconds, NULL));
      else
        {
          g_assert_false (jf_duration_parse (cases[i].text, 30 * 86400, &seconds, &error));
          g_assert_error (error, JF_ERROR, JF_ERROR_INVALID);
          g_assert_nonnull (strstr (error->message, "30 days"));
          continue;
        }
      g_assert_cmpint (seconds, ==, cases[i].seconds);
    }
}

static void
test_qr (void)
{
  const char *link = "https://manager.example:443/invite#vyZ-gUWZRxPdCGsJp-_gRw."
                     "ZTHlJhEgsLPUk8xZ-CssO5tU3vslVFBpzjQFYWtT_gI";
  g_autofree char *code = jf_qr_text (link, 200);
  g_autofree char *huge = g_strnfill (5000, 'x');
  g_auto (GStrv) lines = g_strsplit (code, "\n", -1);

  g_assert_nonnull (strstr (code, "▀"));
  g_assert_true (g_str_has_suffix (lines[0], "\033[0m"));
  g_assert_cmpuint (g_strv_length (lines), ==, (37 + 2 * 4 + 1) / 2 + 1);
  g_assert_null (jf_qr_text (link, 40));
  g_assert_null (jf_qr_text (huge, 10000));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/manager/table/aligned", test_aligned);
  g_test_add_func ("/manager/table/odd-rows", test_odd_rows);
  g_test_add_func ("/manager/table/times", test_times);
  g_test_add_func ("/manager/table/durations", test_durations);
  g_test_add_func ("/manager/table/qr", test_qr);
  return g_test_run ();
}
