/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-service-kind.h"

#include "client-gui/model/jf-open-uri.h"

static const struct
{
  const char *scheme;
  const char *icon;
} schemes[] = {
  { "http", "web-browser-symbolic" },
  { "https", "web-browser-symbolic" },
  { "ssh", "utilities-terminal-symbolic" },
  { "telnet", "utilities-terminal-symbolic" },
  { "vnc", "preferences-desktop-remote-desktop-symbolic" },
  { "rdp", "preferences-desktop-remote-desktop-symbolic" },
  { "spice", "preferences-desktop-remote-desktop-symbolic" },
  { "rtsp", "camera-video-symbolic" },
  { "rtmp", "camera-video-symbolic" },
  { "sftp", "folder-remote-symbolic" },
  { "ftp", "folder-remote-symbolic" },
  { "smb", "folder-remote-symbolic" },
  { "dav", "folder-remote-symbolic" },
  { "davs", "folder-remote-symbolic" },
  { "nfs", "folder-remote-symbolic" },
  { "ipp", "printer-symbolic" },
  { "ipps", "printer-symbolic" },
  { "postgresql", "drive-multidisk-symbolic" },
  { "mysql", "drive-multidisk-symbolic" },
  { "redis", "drive-multidisk-symbolic" },
  { "mongodb", "drive-multidisk-symbolic" },
  { "imap", "mail-unread-symbolic" },
  { "imaps", "mail-unread-symbolic" },
};

static const struct
{
  uint16_t port;
  const char *scheme;
} ports[] = {
  { 23, "telnet" },       { 143, "imap" },   { 445, "smb" },       { 631, "ipp" },
  { 993, "imaps" },       { 1935, "rtmp" },  { 2049, "nfs" },      { 3306, "mysql" },
  { 5432, "postgresql" }, { 6379, "redis" }, { 27017, "mongodb" },
};

static const char *
icon_of_scheme (const char *scheme)
{
  for (size_t i = 0; scheme != NULL && i < G_N_ELEMENTS (schemes); i++)
    if (g_str_equal (scheme, schemes[i].scheme))
      return schemes[i].icon;
  return "network-server-symbolic";
}

const char *
jf_service_kind_icon (const char *open_template, uint16_t port)
{
  g_autofree char *scheme = NULL;

  if (open_template == NULL)
    open_template = jf_open_uri_template_for_port (port);
  if (open_template != NULL)
    scheme = jf_open_uri_scheme (open_template);
  for (size_t i = 0; scheme == NULL && i < G_N_ELEMENTS (ports); i++)
    if (ports[i].port == port)
      return icon_of_scheme (ports[i].scheme);
  return icon_of_scheme (scheme);
}
