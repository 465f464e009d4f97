/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-service-kind.h"

static void
test_kinds (void)
{
  static const struct
  {
    const char *open;
    uint16_t port;
    const char *icon;
  } cases[] = {
    { "http://{address}/", 22, "web-browser-symbolic" },
    { "HTTPS://{address}/", 0, "web-browser-symbolic" },
    { "rtsp://{address}/live", 0, "camera-video-symbolic" },
    { "vnc://{host}:{port}", 0, "preferences-desktop-remote-desktop-symbolic" },
    { "smb://{address}/", 0, "folder-remote-symbolic" },
    { NULL, 22, "utilities-terminal-symbolic" },
    { NULL, 443, "web-browser-symbolic" },
    { NULL, 3389, "preferences-desktop-remote-desktop-symbolic" },
    { NULL, 5432, "drive-multidisk-symbolic" },
    { NULL, 631, "printer-symbolic" },
    { NULL, 0, "network-server-symbolic" },
    { NULL, 4242, "network-server-symbolic" },
    { "", 0, "network-server-symbolic" },
    { "no scheme", 22, "network-server-symbolic" },
    { "gopher://{address}", 0, "network-server-symbolic" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("%s, port %u", cases[i].open != NULL ? cases[i].open : "none", cases[i].port);
      g_assert_cmpstr (jf_service_kind_icon (cases[i].open, cases[i].port), ==, cases[i].icon);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/client-gui/service-kind/kinds", test_kinds);
  return g_test_run ();
}
