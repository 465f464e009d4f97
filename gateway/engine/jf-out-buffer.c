/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-out-buffer.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* Buffers this large come from mmap(2); without a cache every burst would pay for fresh pages. */
#define CACHED_MAX 4

typedef struct
{
  uint8_t *buffers[CACHED_MAX];
  unsigned n_buffers;
} Cache;

static void
cache_free (gpointer data)
{
  Cache *cache = data;

  while (cache->n_buffers > 0)
    g_free (cache->buffers[--cache->n_buffers]);
  g_free (cache);
}

static GPrivate thread_cache = G_PRIVATE_INIT (cache_free);

static Cache *
get_cache (void)
{
  Cache *cache = g_private_get (&thread_cache);

  if (cache == NULL)
    {
      cache = g_new0 (Cache, 1);
      g_private_set (&thread_cache, cache);
    }
  return cache;
}

static void
borrow (JfOutBuffer *self)
{
  Cache *cache = get_cache ();

  self->capacity = JF_OUT_BUFFER_BYTES;
  self->data = cache->n_buffers > 0 ? cache->buffers[--cache->n_buffers]
                                    : g_malloc (JF_OUT_BUFFER_BYTES);
}

void
jf_out_buffer_clear (JfOutBuffer *self)
{
  Cache *cache = get_cache ();

  if (self->capacity == JF_OUT_BUFFER_BYTES && cache->n_buffers < CACHED_MAX)
    cache->buffers[cache->n_buffers++] = g_steal_pointer (&self->data);
  g_clear_pointer (&self->data, g_free);
  self->start = self->end = self->capacity = 0;
}

size_t
jf_out_buffer_size (const JfOutBuffer *self)
{
  return self->end - self->start;
}

static void
make_room (JfOutBuffer *self, size_t size)
{
  if (self->start > 0)
    {
      memmove (self->data, self->data + self->start, self->end - self->start);
      self->end -= self->start;
      self->start = 0;
    }
  if (self->capacity - self->end < size)
    {
      self->capacity = self->end + size + JF_OUT_BUFFER_BYTES;
      self->data = g_realloc (self->data, self->capacity);
    }
}

void
jf_out_buffer_append (JfOutBuffer *self, const void *data, size_t size)
{
  if (self->data == NULL)
    borrow (self);
  if (self->capacity - self->end < size)
    make_room (self, size);
  memcpy (self->data + self->end, data, size);
  self->end += size;
}

gboolean
jf_out_buffer_flush (JfOutBuffer *self, int fd)
{
  while (self->start < self->end)
    {
      ssize_t n = send (fd, self->data + self->start, self->end - self->start, MSG_NOSIGNAL);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK;
      self->start += (size_t) n;
      if (self->start < self->end)
        return TRUE; /* a short write: the socket is full, asking again would only say so */
    }
  if (self->data != NULL)
    jf_out_buffer_clear (self);
  return TRUE;
}
