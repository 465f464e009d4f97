/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <sys/socket.h>

#include "gateway/link/jf-counter.h"
#include "tests/unit/switch/switch-test.h"

static void
set_up (SwitchFixture *self, gconstpointer data)
{
  switch_set_up (self);
}

static void
tear_down (SwitchFixture *self, gconstpointer data)
{
  switch_tear_down (self);
}

static void
test_join (SwitchFixture *self, gconstpointer data)
{
  JfSwitchTraffic traffic;
  JfTicket client_ticket, server_ticket;
  Leg client, server;

  issue (self, &client_ticket, &server_ticket);
  g_assert_cmpuint (jf_switch_count_tickets (self->sw), ==, 2);
  g_assert_true (leg_open (self, self->server, &server_ticket, &server));
  g_assert_cmpuint (jf_switch_count_tickets (self->sw), ==, 1);
  g_assert_true (leg_open (self, self->client, &client_ticket, &client));
  exchange (&client, &server, 5000, 7000, 1000);
  g_assert_cmpuint (jf_switch_count_tickets (self->sw), ==, 0);
  g_assert_cmpuint (jf_switch_count_pairs (self->sw), ==, 1);
  wait_until ((jf_switch_tunnel_get_traffic (self->tunnel, &traffic),
               traffic.bytes_to_server == 5000 && traffic.bytes_to_client == 7000));
  g_assert_cmpuint (traffic.pairs, ==, 1);
  leg_close (&client);
  g_assert_cmpint (wait_for_end (server.fd), ==, 0);
  leg_close (&server);
  wait_until (jf_switch_count_pairs (self->sw) == 0);
}

/* A gateway may speak as soon as it has READY, long before its partner is there. */
static void
test_eager (SwitchFixture *self, gconstpointer data)
{
  JfTicket client_ticket, server_ticket;
  Leg client, server;
  char text[6] = "";

  issue (self, &client_ticket, &server_ticket);
  g_assert_true (leg_open (self, self->client, &client_ticket, &client));
  g_assert_cmpint (send (client.fd, "eager", 5, MSG_NOSIGNAL), ==, 5);
  g_assert_true (leg_open (self, self->server, &server_ticket, &server));
  wait_until (recv (server.fd, text, 5, MSG_DONTWAIT | MSG_PEEK) == 5);
  g_assert_cmpstr (text, ==, "eager");
  leg_close (&client);
  leg_close (&server);
}

static void
test_many_pairs (SwitchFixture *self, gconstpointer data)
{
  Leg client[24], server[24];
  JfTicket client_tickets[JF_TICKETS_PER_MESSAGE_MAX], server_tickets[JF_TICKETS_PER_MESSAGE_MAX];

  for (unsigned i = 0; i < G_N_ELEMENTS (client); i++)
    {
      unsigned k = i % JF_TICKETS_PER_MESSAGE_MAX;

      if (k == 0)
        jf_switch_tunnel_issue (self->tunnel, jf_identity_get_key_id (self->client),
                                jf_identity_get_key_id (self->server), JF_TICKETS_PER_MESSAGE_MAX,
                                client_tickets, server_tickets);
      g_assert_true (leg_open (self, self->client, &client_tickets[k], &client[i]));
      g_assert_true (leg_open (self, self->server, &server_tickets[k], &server[i]));
    }
  for (unsigned i = 0; i < G_N_ELEMENTS (client); i++)
    exchange (&client[i], &server[i], 1000 + i, 2000 + i, 4096);
  g_assert_cmpuint (jf_switch_count_pairs (self->sw), ==, G_N_ELEMENTS (client));
  for (unsigned i = 0; i < G_N_ELEMENTS (client); i++)
    {
      leg_close (&client[i]);
      leg_close (&server[i]);
    }
  wait_until (jf_switch_count_pairs (self->sw) == 0);
}

static void
test_replayed (SwitchFixture *self, gconstpointer data)
{
  uint64_t before = jf_count_get (JF_COUNT_TICKET_UNKNOWN);
  JfTicket client_ticket, server_ticket;
  Leg client, server, thief;

  issue (self, &client_ticket, &server_ticket);
  g_assert_true (leg_open (self, self->client, &client_ticket, &client));
  g_assert_false (leg_open (self, self->client, &client_ticket, &thief));
  g_assert_true (leg_open (self, self->server, &server_ticket, &server));
  g_assert_false (leg_open (self, self->server, &server_ticket, &thief));
  g_assert_cmpuint (jf_count_get (JF_COUNT_TICKET_UNKNOWN), ==, before + 2);
  ping (&client, &server);
  leg_close (&client);
  leg_close (&server);
}

static void
test_invented (SwitchFixture *self, gconstpointer data)
{
  uint64_t before = jf_count_get (JF_COUNT_TICKET_UNKNOWN);
  JfTicket ticket = { { 0 } };
  Leg leg;

  for (unsigned i = 0; i < 8; i++)
    {
      ticket.bytes[0] = (uint8_t) (i * 37);
      g_assert_false (leg_open (self, self->client, &ticket, &leg));
    }
  g_assert_cmpuint (jf_count_get (JF_COUNT_TICKET_UNKNOWN), ==, before + 8);
}

/* Another device's attempt is refused and does not use the ticket up. */
static void
test_swapped (SwitchFixture *self, gconstpointer data)
{
  uint64_t before = jf_count_get (JF_COUNT_TICKET_WRONG_DEVICE);
  JfTicket client_ticket, server_ticket;
  Leg client, server, thief;

  issue (self, &client_ticket, &server_ticket);
  g_assert_false (leg_open (self, self->server, &client_ticket, &thief));
  g_assert_false (leg_open (self, self->client, &server_ticket, &thief));
  g_assert_false (leg_open (self, self->manager, &server_ticket, &thief));
  g_assert_cmpuint (jf_count_get (JF_COUNT_TICKET_WRONG_DEVICE), ==, before + 3);
  g_assert_cmpuint (jf_switch_count_tickets (self->sw), ==, 2);
  g_assert_true (leg_open (self, self->client, &client_ticket, &client));
  g_assert_true (leg_open (self, self->server, &server_ticket, &server));
  ping (&client, &server);
  leg_close (&client);
  leg_close (&server);
}

static void
test_late (SwitchFixture *self, gconstpointer data)
{
  uint64_t before = jf_count_get (JF_COUNT_TICKET_UNKNOWN);
  JfTicket client_ticket, server_ticket;
  Leg leg;

  jf_switch_tune (self->sw, 20, G_MAXUINT);
  issue (self, &client_ticket, &server_ticket);
  wait_until (jf_switch_count_tickets (self->sw) == 0);
  g_assert_false (leg_open (self, self->client, &client_ticket, &leg));
  g_assert_false (leg_open (self, self->server, &server_ticket, &leg));
  g_assert_cmpuint (jf_count_get (JF_COUNT_TICKET_UNKNOWN), ==, before + 2);
}

static void
test_unpaired (SwitchFixture *self, gconstpointer data)
{
  uint64_t before = jf_count_get (JF_COUNT_LEG_UNPAIRED);
  JfTicket client_ticket, server_ticket;
  Leg client;

  jf_switch_tune (self->sw, 500, G_MAXUINT);
  issue (self, &client_ticket, &server_ticket);
  g_assert_true (leg_open (self, self->client, &client_ticket, &client));
  wait_for_end (client.fd);
  g_assert_cmpuint (jf_count_get (JF_COUNT_LEG_UNPAIRED), ==, before + 1);
  g_assert_cmpuint (jf_switch_count_tickets (self->sw), ==, 0);
  leg_close (&client);
}

/* Whose partner has left while it waited learns so at once. */
static void
test_hangup (SwitchFixture *self, gconstpointer data)
{
  JfTicket client_ticket, server_ticket;
  Leg client, server;

  issue (self, &client_ticket, &server_ticket);
  g_assert_true (leg_open (self, self->client, &client_ticket, &client));
  leg_close (&client);
  wait_until (jf_switch_count_tickets (self->sw) == 0);
  g_assert_false (leg_open (self, self->server, &server_ticket, &server));
}

static void
test_cut (SwitchFixture *self, gconstpointer data)
{
  JfSwitchTunnel *other = g_steal_pointer (&self->tunnel);
  JfTicket client_ticket, server_ticket, late_client_ticket, late_server_ticket;
  Leg client, server, waiting, other_client, other_server, leg;

  self->tunnel = other;
  pair_open (self, &other_client, &other_server);
  self->tunnel = jf_switch_tunnel_new (self->sw, 18);
  pair_open (self, &client, &server);
  issue (self, &client_ticket, &server_ticket);
  issue (self, &late_client_ticket, &late_server_ticket);
  g_assert_true (leg_open (self, self->client, &client_ticket, &waiting));
  ping (&client, &server);
  jf_switch_tunnel_cut (self->tunnel);
  wait_for_end (client.fd);
  wait_for_end (server.fd);
  wait_for_end (waiting.fd);
  g_assert_false (leg_open (self, self->server, &server_ticket, &leg));
  g_assert_false (leg_open (self, self->client, &late_client_ticket, &leg));
  wait_until (jf_switch_count_pairs (self->sw) == 1 && jf_switch_count_tickets (self->sw) == 0);
  ping (&other_client, &other_server);
  leg_close (&client);
  leg_close (&server);
  leg_close (&waiting);

  pair_open (self, &client, &server);
  ping (&client, &server);
  leg_close (&client);
  leg_close (&server);
  jf_switch_tunnel_free (self->tunnel);
  self->tunnel = other;
  ping (&other_client, &other_server);
  leg_close (&other_client);
  leg_close (&other_server);
}

/* Rows in every state, and a tunnel that outlives the switch. */
static void
test_free_leaves_nothing (void)
{
  SwitchFixture fixture;
  SwitchFixture *self = &fixture;
  JfTicket client_ticket, server_ticket;
  Leg client, server, waiting;
  unsigned before;

  before = count_descriptors ();
  switch_set_up (self);
  pair_open (self, &client, &server);
  exchange (&client, &server, 100000, 100000, 65536);
  issue (self, &client_ticket, &server_ticket);
  g_assert_true (leg_open (self, self->server, &server_ticket, &waiting));
  issue (self, &client_ticket, &server_ticket);
  g_clear_pointer (&self->sw, jf_switch_free);
  wait_for_end (client.fd);
  wait_for_end (server.fd);
  wait_for_end (waiting.fd);
  leg_close (&client);
  leg_close (&server);
  leg_close (&waiting);
  issue (self, &client_ticket, &server_ticket);
  jf_switch_tunnel_cut (self->tunnel);
  switch_tear_down (self);
  g_assert_cmpuint (count_descriptors (), ==, before);
}

static void
test_churn (SwitchFixture *self, gconstpointer data)
{
  unsigned before = 0;

  for (int i = 0; i < 120; i++)
    {
      Leg client, server;

      pair_open (self, &client, &server);
      ping (&client, &server);
      leg_close (&client);
      leg_close (&server);
      wait_until (jf_switch_count_pairs (self->sw) == 0);
      if (i == 10)
        before = count_descriptors ();
    }
  g_assert_cmpuint (count_descriptors (), <=, before + 4);
  g_assert_cmpuint (jf_switch_count_tickets (self->sw), ==, 0);
}

#define ADD(path, function)                                                                        \
  g_test_add ("/switch/" path, SwitchFixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("join", test_join);
  ADD ("eager", test_eager);
  ADD ("many-pairs", test_many_pairs);
  ADD ("tickets/replayed", test_replayed);
  ADD ("tickets/invented", test_invented);
  ADD ("tickets/swapped", test_swapped);
  ADD ("tickets/late", test_late);
  ADD ("unpaired", test_unpaired);
  ADD ("hangup", test_hangup);
  ADD ("cut", test_cut);
  ADD ("churn", test_churn);
  g_test_add_func ("/switch/free-leaves-nothing", test_free_leaves_nothing);
  return g_test_run ();
}
