/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/jf-join-news.h"

#include <stdio.h>
#include <string.h>

#include "gateway/jf-runner.h"
#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-limits.h"
#include "gateway/wire/jf-message.h"

#define PATH_MAX_BYTES 4200

static gboolean
read_state (JsonObject *event, JfJoinNews *out)
{
  if (!jf_message_get_string (event, "service", JF_TEXT_MAX_BYTES, &out->service, NULL) ||
      !jf_message_get_string (event, "state", JF_LABEL_MAX_BYTES, &out->state, NULL) ||
      !jf_message_get_optional_string (event, "reason", JF_MESSAGE_MAX_BYTES, "", &out->reason,
                                       NULL) ||
      !jf_message_get_optional_string (event, "address", JF_TEXT_MAX_BYTES, "", &out->address,
                                       NULL) ||
      !jf_message_get_optional_string (event, "path", PATH_MAX_BYTES, "", &out->path, NULL) ||
      !jf_message_get_optional_int (event, "port", 0, UINT16_MAX, 0, &out->port, NULL) ||
      !jf_message_get_bool (event, "moved", &out->moved, NULL) ||
      !jf_message_get_bool (event, "open_to_network", &out->open_to_network, NULL))
    return FALSE;
  out->joined = strcmp (out->state, "joined") == 0;
  out->failed = jf_desk_is_last (event);
  return TRUE;
}

gboolean
jf_join_news_read (JsonObject *event, JfJoinNews *out)
{
  *out = (JfJoinNews){ 0 };
  if (strcmp (jf_message_type (event), "state") == 0)
    return read_state (event, out);
  if (strcmp (jf_message_type (event), JF_MSG_ERROR) != 0)
    return FALSE;
  out->failed = TRUE;
  return jf_message_get_string (event, "message", JF_MESSAGE_MAX_BYTES, &out->reason, NULL);
}

static void
print_address (const JfJoinNews *news)
{
  if (*news->path != '\0')
    printf ("%s is at %s\n", news->service, news->path);
  else if (strchr (news->address, ':') != NULL)
    printf ("%s is at [%s]:%d\n", news->service, news->address, (int) news->port);
  else
    printf ("%s is at %s:%d\n", news->service, news->address, (int) news->port);
  fflush (stdout);
}

static void
warn_about_address (const char *verb, const JfJoinNews *news)
{
  if (news->moved)
    jf_complain (verb, "note: %s has another port here, %d: its own is taken or privileged",
                 news->service, (int) news->port);
  if (news->open_to_network)
    jf_complain (verb,
                 "WARNING: %s port %d is open to the network: every host that reaches this one may "
                 "use %s",
                 news->address, (int) news->port, news->service);
}

void
jf_join_news_print (const char *verb, const JfJoinNews *news, gboolean with_address)
{
  if (news->joined)
    {
      if (with_address && (*news->address != '\0' || *news->path != '\0'))
        print_address (news);
      warn_about_address (verb, news);
      return;
    }
  if (news->failed && (news->state == NULL || *news->reason != '\0'))
    jf_complain (verb, "%s", news->reason);
  else if (*news->reason != '\0')
    jf_complain (verb, "%s is %s: %s", news->service, news->state, news->reason);
}
