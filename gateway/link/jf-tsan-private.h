/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* ThreadSanitizer does not see GLib's locks (futexes in a library that it did not instrument).
 * These two tell it where something passes from one thread to another. */
#ifdef __has_feature
#if __has_feature(thread_sanitizer)
#define JF_TSAN 1
#endif
#endif
#ifdef __SANITIZE_THREAD__
#define JF_TSAN 1
#endif

#ifdef JF_TSAN
void __tsan_acquire (void *address);
void __tsan_release (void *address);
#define JF_TSAN_ACQUIRE(address) __tsan_acquire (address)
#define JF_TSAN_RELEASE(address) __tsan_release (address)
#else
#define JF_TSAN_ACQUIRE(address) ((void) (address))
#define JF_TSAN_RELEASE(address) ((void) (address))
#endif
