/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes away from the worker process everything that a DHT node does not need. */
#pragma once

#include <stdbool.h>

#ifdef __has_feature
#define KITH_HAS_FEATURE(feature) __has_feature (feature)
#else
#define KITH_HAS_FEATURE(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)                                  \
    || KITH_HAS_FEATURE(address_sanitizer) || KITH_HAS_FEATURE(thread_sanitizer)
#define KITH_SANDBOX_IS_LOOSE 1 /* a sanitizer needs files, memory and system calls of its own */
#else
#define KITH_SANDBOX_IS_LOOSE 0
#endif

/* Ends with the parent, no new privileges, no core, few files, 512 MiB, no file system (Landlock
   where the kernel has it), and only the system calls of a UDP node (seccomp: opening a file fails
   with EACCES, anything else that is not listed ends the process). Before any thread and any
   packet. Returns NULL, or what failed (static string): then the worker must not go on. */
const char *kith_sandbox_enter (void);

#ifdef KITH_DHT_UNFILTERED
/* For the tests: does what the sandbox must refuse ("open", "exec", "fork", "ptrace", "file",
   "memory") and returns how it ended in words, if at all. */
const char *kith_sandbox_try (const char *what);
#endif
