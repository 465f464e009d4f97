/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manager/front/jf-front-web.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "gateway/link/jf-counter.h"

#define HEAD_MAX_BYTES   16384
#define LINGER_MAX_BYTES 65536
#define BLANK_LINE       0x0d0a0d0aU

#define BODY "This is a Jackfield manager. It speaks to Jackfield gateways, not to web browsers.\n"
#define HEAD                                                                                       \
  "HTTP/1.1 426 Upgrade Required\r\n"                                                              \
  "Upgrade: jackfield/1\r\n"                                                                       \
  "Connection: Upgrade, close\r\n"                                                                 \
  "Content-Type: text/plain; charset=utf-8\r\n"                                                    \
  "Content-Length: "

/* TRUE at the blank line. */
static gboolean
scan (JfFrontWeb *self, const uint8_t *data, size_t size)
{
  for (size_t i = 0; i < size; i++)
    {
      if (self->head_bytes < sizeof self->method)
        self->method[self->head_bytes] = (char) data[i];
      self->head_bytes++;
      self->last = self->last << 8 | data[i];
      if (self->last == BLANK_LINE)
        return TRUE;
    }
  return FALSE;
}

static uint32_t
read_head (JfFrontWeb *self, JfTls *tls)
{
  uint8_t buffer[4096];

  while (self->head_bytes < HEAD_MAX_BYTES)
    {
      gssize n = jf_tls_recv (tls, buffer, sizeof buffer, NULL);

      if (n == JF_TLS_AGAIN)
        return jf_tls_wants (tls);
      if (n <= 0)
        return 0;
      if (scan (self, buffer, (size_t) n))
        {
          jf_count (JF_COUNT_WEB_REFUSED);
          self->phase = JF_FRONT_WEB_ANSWER;
          return EPOLLOUT;
        }
    }
  return 0;
}

static uint32_t
answer (JfFrontWeb *self, JfTls *tls)
{
  gboolean no_body = memcmp (self->method, "HEAD ", sizeof self->method) == 0;
  char text[sizeof HEAD + sizeof BODY + 32];
  size_t size = (size_t) g_snprintf (text, sizeof text, HEAD "%zu\r\n\r\n%s", strlen (BODY),
                                     no_body ? "" : BODY);

  while (self->sent_bytes < size)
    {
      gssize n = jf_tls_send (tls, text + self->sent_bytes, size - self->sent_bytes, NULL);

      if (n == JF_TLS_AGAIN)
        return jf_tls_wants (tls);
      if (n <= 0)
        return 0;
      self->sent_bytes += (size_t) n;
    }
  jf_tls_bye (tls);
  shutdown (jf_tls_get_fd (tls), SHUT_WR);
  self->phase = JF_FRONT_WEB_LINGER;
  return EPOLLIN;
}

static uint32_t
linger (JfFrontWeb *self, JfTls *tls)
{
  uint8_t buffer[4096];

  while (self->lingered_bytes < LINGER_MAX_BYTES)
    {
      ssize_t n = recv (jf_tls_get_fd (tls), buffer, sizeof buffer, MSG_DONTWAIT);

      if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return EPOLLIN;
      if (n <= 0)
        return 0;
      self->lingered_bytes += (size_t) n;
    }
  return 0;
}

uint32_t
jf_front_web_step (JfFrontWeb *self, JfTls *tls)
{
  uint32_t (*const steps[]) (JfFrontWeb *, JfTls *) = { read_head, answer, linger };
  JfFrontWebPhase phase;
  uint32_t events;

  do
    {
      phase = self->phase;
      events = steps[phase](self, tls);
    }
  while (self->phase != phase);
  return events;
}
