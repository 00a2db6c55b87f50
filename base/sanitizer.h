/* SPDX-License-Identifier: MIT */
/* base/sanitizer.h -- which sanitizer this is built with, and what has to be told to it. */
#ifndef TP_BASE_SANITIZER_H
#define TP_BASE_SANITIZER_H

#if defined(__SANITIZE_ADDRESS__)
#define TP_SANITIZE_ADDRESS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TP_SANITIZE_ADDRESS 1
#endif
#endif

#if defined(__SANITIZE_THREAD__)
#define TP_SANITIZE_THREAD 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TP_SANITIZE_THREAD 1
#endif
#endif

#ifdef TP_SANITIZE_ADDRESS
#include <sanitizer/asan_interface.h>
#define TP_POISON(memory, size)   __asan_poison_memory_region((memory), (size))
#define TP_UNPOISON(memory, size) __asan_unpoison_memory_region((memory), (size))
#else
#define TP_POISON(memory, size)   ((void)(memory), (void)(size))
#define TP_UNPOISON(memory, size) ((void)(memory), (void)(size))
#endif

#endif
