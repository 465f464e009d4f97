/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

/* Ciphertext on its way into a socket. The memory is borrowed from a small cache of the thread
 * while there is something in it and given back when it is empty. Embed it, zeroed. One thread. */
typedef struct
{
  uint8_t *data; /* NULL when empty */
  size_t start;
  size_t end;
  size_t capacity;
} JfOutBuffer;

/* The usual capacity; an append beyond it makes the buffer larger. */
#define JF_OUT_BUFFER_BYTES (288 * 1024)

size_t jf_out_buffer_size (const JfOutBuffer *self);
void jf_out_buffer_append (JfOutBuffer *self, const void *data, size_t size);
/* Writes to a socket as far as it takes it. FALSE with errno set when the socket is broken. */
gboolean jf_out_buffer_flush (JfOutBuffer *self, int fd);
void jf_out_buffer_clear (JfOutBuffer *self);

G_END_DECLS
