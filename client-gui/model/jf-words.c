/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/model/jf-words.h"

#include <glib/gi18n-lib.h>

const char *
jf_words_item_state (JfItemState state)
{
  switch (state)
    {
    case JF_ITEM_AVAILABLE:
      return C_ ("service", "Available");
    case JF_ITEM_OFFLINE:
      return C_ ("service", "Provider is offline");
    case JF_ITEM_UNKNOWN:
      return C_ ("service", "No news of it yet");
    case JF_ITEM_CONNECTING:
      return C_ ("service", "Connecting…");
    case JF_ITEM_WAITING:
      return C_ ("service", "Waiting");
    case JF_ITEM_CONNECTED:
      return C_ ("service", "Connected");
    case JF_ITEM_LEAVING:
      return C_ ("service", "Disconnecting…");
    case JF_ITEM_FAILED:
      return C_ ("service", "Could not connect");
    case JF_ITEM_GONE:
      return C_ ("service", "Not offered to you any more");
    default:
      return "";
    }
}

const char *
jf_words_item_icon (JfItemState state)
{
  switch (state)
    {
    case JF_ITEM_AVAILABLE:
      return "jackfield-available-symbolic";
    case JF_ITEM_OFFLINE:
      return "jackfield-offline-symbolic";
    case JF_ITEM_CONNECTING:
    case JF_ITEM_LEAVING:
      return "content-loading-symbolic";
    case JF_ITEM_WAITING:
      return "document-open-recent-symbolic";
    case JF_ITEM_CONNECTED:
      return "jackfield-connected-symbolic";
    case JF_ITEM_FAILED:
      return "dialog-error-symbolic";
    case JF_ITEM_GONE:
      return "action-unavailable-symbolic";
    case JF_ITEM_UNKNOWN:
    default:
      return "dialog-question-symbolic";
    }
}

const char *
jf_words_account_state (JfAccountState state)
{
  switch (state)
    {
    case JF_ACCOUNT_STARTING:
      return C_ ("manager", "Starting…");
    case JF_ACCOUNT_LOCKED:
      return C_ ("manager", "Waiting for the keyring");
    case JF_ACCOUNT_CONNECTING:
      return C_ ("manager", "Connecting…");
    case JF_ACCOUNT_ONLINE:
      return C_ ("manager", "Online");
    case JF_ACCOUNT_OFFLINE:
      return C_ ("manager", "Offline");
    case JF_ACCOUNT_REFUSED:
      return C_ ("manager", "Refused");
    case JF_ACCOUNT_BROKEN:
      return C_ ("manager", "Cannot be used");
    case JF_ACCOUNT_LEAVING:
      return C_ ("manager", "Disconnecting…");
    default:
      return "";
    }
}

const char *
jf_words_item_state_name (JfItemState state)
{
  static const char *const names[] = {
    [JF_ITEM_AVAILABLE] = "available", [JF_ITEM_OFFLINE] = "offline",
    [JF_ITEM_UNKNOWN] = "unknown",     [JF_ITEM_CONNECTING] = "connecting",
    [JF_ITEM_WAITING] = "waiting",     [JF_ITEM_CONNECTED] = "connected",
    [JF_ITEM_LEAVING] = "leaving",     [JF_ITEM_FAILED] = "failed",
    [JF_ITEM_GONE] = "gone",
  };

  return (unsigned) state < G_N_ELEMENTS (names) ? names[state] : "?";
}

const char *
jf_words_account_state_name (JfAccountState state)
{
  static const char *const names[] = {
    [JF_ACCOUNT_STARTING] = "starting",     [JF_ACCOUNT_LOCKED] = "locked",
    [JF_ACCOUNT_CONNECTING] = "connecting", [JF_ACCOUNT_ONLINE] = "online",
    [JF_ACCOUNT_OFFLINE] = "offline",       [JF_ACCOUNT_REFUSED] = "refused",
    [JF_ACCOUNT_BROKEN] = "broken",         [JF_ACCOUNT_LEAVING] = "leaving",
  };

  return (unsigned) state < G_N_ELEMENTS (names) ? names[state] : "?";
}

/* Days from one local date to another. */
static int
days_between (GDateTime *from, GDateTime *to)
{
  GDate a, b;

  g_date_clear (&a, 1);
  g_date_clear (&b, 1);
  g_date_set_dmy (&a, (GDateDay) g_date_time_get_day_of_month (from),
                  (GDateMonth) g_date_time_get_month (from),
                  (GDateYear) g_date_time_get_year (from));
  g_date_set_dmy (&b, (GDateDay) g_date_time_get_day_of_month (to),
                  (GDateMonth) g_date_time_get_month (to), (GDateYear) g_date_time_get_year (to));
  return g_date_days_between (&a, &b);
}

char *
jf_words_since (int64_t since, int64_t now)
{
  g_autoptr (GDateTime) then = since > 0 ? g_date_time_new_from_unix_local (since) : NULL;
  g_autoptr (GDateTime) today = g_date_time_new_from_unix_local (now);
  int days;

  if (then == NULL || today == NULL)
    return NULL;
  days = days_between (then, today);
  if (days == 0)
    /* TRANSLATORS: a time of day for g_date_time_format(), e.g. "since 14:03" */
    return g_date_time_format (then, _ ("since %H:%M"));
  if (days == 1)
    /* TRANSLATORS: for g_date_time_format(), e.g. "since yesterday, 14:03" */
    return g_date_time_format (then, _ ("since yesterday, %H:%M"));
  if (g_date_time_get_year (then) == g_date_time_get_year (today))
    /* TRANSLATORS: day and month for g_date_time_format(), e.g. "since 3 March, 14:03" */
    return g_date_time_format (then, _ ("since %-d %B, %H:%M"));
  /* TRANSLATORS: a whole date for g_date_time_format(), e.g. "since 3 March 2024" */
  return g_date_time_format (then, _ ("since %-d %B %Y"));
}

char *
jf_words_retry (int retry_ms)
{
  int seconds = retry_ms / 1000 + (retry_ms % 1000 > 0);

  if (retry_ms < 0)
    return NULL;
  if (seconds == 0)
    return g_strdup (_ ("Trying again now"));
  if (seconds < 120)
    return g_strdup_printf (
        ngettext ("Next try in %d second", "Next try in %d seconds", (unsigned long) seconds),
        seconds);
  return g_strdup_printf (
      ngettext ("Next try in %d minute", "Next try in %d minutes", (unsigned long) (seconds / 60)),
      seconds / 60);
}

char *
jf_words_round_trip (unsigned round_trip_us)
{
  if (round_trip_us == 0)
    return NULL;
  if (round_trip_us < 1000)
    return g_strdup (_ ("less than 1 ms"));
  /* TRANSLATORS: milliseconds */
  return g_strdup_printf (_ ("%u ms"), (round_trip_us + 500) / 1000);
}

char *
jf_words_size (uint64_t bytes)
{
  return g_format_size (bytes);
}

char *
jf_words_rate (double bytes_a_second)
{
  g_autofree char *size = NULL;

  if (!(bytes_a_second > 0))
    bytes_a_second = 0;
  size = g_format_size (bytes_a_second < 1e18 ? (uint64_t) (bytes_a_second + 0.5)
                                              : UINT64_C (1000000000000000000));
  /* TRANSLATORS: an amount of bytes each second, e.g. "1.2 MB/s" */
  return g_strdup_printf (_ ("%s/s"), size);
}
