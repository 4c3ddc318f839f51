/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes away from a worker process everything that it does not need. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>

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

typedef struct {
  int resource; /* RLIMIT_NOFILE … */
  rlim_t most;
} KithSandboxLimit;

/* What differs from worker to worker. */
typedef struct {
  const KithSandboxLimit *limits; /* of memory: not where the sandbox is loose */
  size_t n_limits;
  /* names of system calls, NULL at the end: allowed beside those that every worker needs (an IP
     socket, waiting, descriptors that are open, memory) */
  const char *const *calls;
  bool threads; /* may be made */
  /* turns it round: every call is allowed but these, which fail with EACCES, as do sockets but
     those of IPv4 */
  bool all_but;
  /* is added to the parent's: who is ended first when memory runs out; 0: as it is */
  int oom_score;
} KithSandboxRules;

/* Ends with the parent, no new privileges, no core, the limits, no file system (Landlock where the
   kernel has it), and only the system calls that are allowed (seccomp): opening a file fails with
   EACCES, anything else that is not listed ends the process. Before any thread and any packet.
   Returns NULL, or what failed (static string): then the worker must not go on. */
const char *kith_sandbox_enter (const KithSandboxRules *rules);

/* For tests, in a library of its own: does what a sandbox must refuse ("open", "file", "exec",
   "fork", "ptrace", "unix", "code", "memory": 600 MiB) and returns how it ended in words, if at
   all. */
const char *kith_sandbox_try (const char *what);
