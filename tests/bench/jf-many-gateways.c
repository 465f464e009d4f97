/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads invitation links from standard input, one a line, enrols one gateway with each, and stays
 * connected with all of them. Prints "READY N" and waits until standard input is closed:
 * a load of idle gateways for measuring what the manager spends on one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "gateway/wire/jf-invitation.h"
#include "tests/lib/fake-gateway.h"

static void
raise_descriptor_limit (void)
{
  struct rlimit limit;

  getrlimit (RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit (RLIMIT_NOFILE, &limit);
}

static FakeGateway *
enroll (JfLoop *loop, const char *link)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JfInvitation) invitation = jf_invitation_parse (link, &error);
  FakeManager manager;
  FakeGateway *gateway;

  if (invitation == NULL)
    {
      fprintf (stderr, "jf-many-gateways: %s\n", error->message);
      exit (1);
    }
  manager = (FakeManager){ loop, invitation->host, invitation->port, invitation->manager };
  gateway = fake_gateway_new (&manager, NULL);
  fake_gateway_hello (gateway);
  fake_gateway_enroll (gateway, invitation->code);
  return gateway;
}

int
main (void)
{
  g_autoptr (JfLoop) loop = jf_loop_new ("gateways", NULL);
  g_autoptr (GPtrArray)
      gateways = g_ptr_array_new_with_free_func ((GDestroyNotify) fake_gateway_free);
  char line[1024];

  raise_descriptor_limit ();
  while (fgets (line, sizeof line, stdin) != NULL && strcmp (line, "\n") != 0)
    g_ptr_array_add (gateways, enroll (loop, g_strchomp (line)));
  printf ("READY %u\n", gateways->len);
  fflush (stdout);
  while (fgets (line, sizeof line, stdin) != NULL)
    ;
  return 0;
}
