/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-out-buffer.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/engine/plane-test.h"

static void
append (JfOutBuffer *buffer, size_t *position, size_t size)
{
  g_autofree uint8_t *data = g_malloc (size);

  for (size_t i = 0; i < size; i++)
    data[i] = (uint8_t) ((*position + i) % 251);
  jf_out_buffer_append (buffer, data, size);
  *position += size;
}

/* Reads what is there; checks that it goes on where the last reading ended. */
static void
drain (int fd, size_t *position)
{
  uint8_t data[4096];
  ssize_t n;

  while ((n = recv (fd, data, sizeof data, 0)) > 0)
    for (ssize_t i = 0; i < n; i++, (*position)++)
      if (data[i] != *position % 251)
        g_error ("byte %zu is %u", *position, data[i]);
}

static void
test_empty (void)
{
  JfOutBuffer buffer = { 0 };

  g_assert_cmpuint (jf_out_buffer_size (&buffer), ==, 0);
  g_assert_true (jf_out_buffer_flush (&buffer, -1));
  jf_out_buffer_clear (&buffer);
  jf_out_buffer_clear (&buffer);
  g_assert_null (buffer.data);
}

/* Appends while a socket that fills up takes a part at a time: nothing lost, nothing moved about. */
static void
test_short_writes (void)
{
  JfOutBuffer buffer = { 0 };
  size_t written = 0, read = 0, most = 0;
  int fds[2];

  plane_socketpair (fds);
  for (unsigned i = 0; i < 400; i++)
    {
      append (&buffer, &written, i % 3 == 0 ? 1 : i * 37 % 16406 + 1);
      g_assert_true (jf_out_buffer_flush (&buffer, fds[0]));
      most = MAX (most, jf_out_buffer_size (&buffer));
      if (i % 50 == 49)
        drain (fds[1], &read);
      g_assert_cmpuint (read + jf_out_buffer_size (&buffer), <=, written);
    }
  g_assert_cmpuint (most, >, JF_OUT_BUFFER_BYTES);
  while (jf_out_buffer_size (&buffer) > 0)
    {
      drain (fds[1], &read);
      g_assert_true (jf_out_buffer_flush (&buffer, fds[0]));
    }
  drain (fds[1], &read);
  g_assert_cmpuint (read, ==, written);
  g_assert_null (buffer.data); /* given back */
  close (fds[0]);
  close (fds[1]);
}

static void
test_broken (void)
{
  JfOutBuffer buffer = { 0 };
  size_t written = 0;
  int fds[2];

  plane_socketpair (fds);
  close (fds[1]);
  append (&buffer, &written, 100);
  g_assert_false (jf_out_buffer_flush (&buffer, fds[0]));
  g_assert_cmpint (errno, ==, EPIPE);
  g_assert_cmpuint (jf_out_buffer_size (&buffer), ==, 100);
  jf_out_buffer_clear (&buffer);
  g_assert_cmpuint (jf_out_buffer_size (&buffer), ==, 0);
  close (fds[0]);
}

/* More at once than the cache keeps; each starts empty again. */
static void
test_reuse (void)
{
  JfOutBuffer buffers[8] = { 0 };
  size_t written = 0;

  for (unsigned round = 0; round < 3; round++)
    {
      for (unsigned i = 0; i < G_N_ELEMENTS (buffers); i++)
        append (&buffers[i], &written, i == 3 ? 3 * JF_OUT_BUFFER_BYTES : i + 1);
      for (unsigned i = 0; i < G_N_ELEMENTS (buffers); i++)
        {
          g_assert_cmpuint (jf_out_buffer_size (&buffers[i]), ==,
                            i == 3 ? 3 * JF_OUT_BUFFER_BYTES : i + 1);
          jf_out_buffer_clear (&buffers[i]);
        }
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/out-buffer/empty", test_empty);
  g_test_add_func ("/out-buffer/short-writes", test_short_writes);
  g_test_add_func ("/out-buffer/broken", test_broken);
  g_test_add_func ("/out-buffer/reuse", test_reuse);
  return g_test_run ();
}
