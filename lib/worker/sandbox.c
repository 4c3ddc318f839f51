/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Resource limits, Landlock and a seccomp list, in this order. */
#include "worker/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_OOM_SCORE 1000L /* of the kernel */

/* What every worker may do: found with strace over the life of kith-dht. */
static const char *const common_calls[] = {
  /* sockets; which ones may be made is said below */
  "bind",
  "getsockname",
  "getsockopt",
  "setsockopt",
  "sendto",
  "sendmsg",
  "recvfrom",
  "recvmsg",
  "connect",
  "shutdown",
  /* waiting */
  "poll",
  "ppoll",
  "select",
  "pselect6",
  "epoll_create1",
  "epoll_create",
  "epoll_ctl",
  "epoll_wait",
  "epoll_pwait",
  "eventfd2",
  "pipe",
  "pipe2",
  "timerfd_create",
  "timerfd_settime",
  "futex",
  "nanosleep",
  "clock_nanosleep",
  "clock_gettime",
  "clock_getres",
  "gettimeofday",
  "sched_yield",
  /* files that are open already */
  "read",
  "write",
  "readv",
  "writev",
  "close",
  "fstat",
  "lseek",
  "fcntl",
  /* memory and threads */
  "brk",
  "munmap",
  "mremap",
  "madvise",
  "rt_sigaction",
  "rt_sigprocmask",
  "rt_sigreturn",
  "sigaltstack",
  "set_robust_list",
  "rseq",
  "exit",
  "exit_group",
  "gettid",
  "getpid",
  "restart_syscall",
  "sched_getaffinity",
  "membarrier",
  "getrandom",
  NULL,
};

static const char *
limit (int what, rlim_t most, const char *problem)
{
  const struct rlimit bound = { most, most };
  struct rlimit now;

  if (getrlimit (what, &now) == 0 && now.rlim_max != RLIM_INFINITY && now.rlim_max <= most) {
    return NULL;
  }
  return setrlimit (what, &bound) == 0 ? NULL : problem;
}

static const char *
set_limits (const KithSandboxRules *rules)
{
  const char *problem = limit (RLIMIT_CORE, 0, "no limit for core files");

  for (size_t i = 0; i < rules->n_limits && problem == NULL; i++) {
    const int what = rules->limits[i].resource;
    if (!KITH_SANDBOX_IS_LOOSE || (what != RLIMIT_AS && what != RLIMIT_DATA)) {
      problem = limit (what, rules->limits[i].most, "no limit for files, memory or time");
    }
  }
  return problem;
}

/* A system without /proc, or one that forbids it, is no problem. */
static void
raise_oom_score (int by)
{
  char text[16] = { 0 };
  const int fd = open ("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);

  if (fd >= 0 && read (fd, text, sizeof text - 1) > 0) {
    const long sum = strtol (text, NULL, 10) + by;
    const int len = snprintf (text, sizeof text, "%ld", sum < MAX_OOM_SCORE ? sum : MAX_OOM_SCORE);
    (void)!write (fd, text, (size_t)len);
  }
  if (fd >= 0) {
    close (fd);
  }
}

/* No path may be opened. A kernel without Landlock is no problem: seccomp refuses to open too. */
static void
shut_file_system (void)
{
  const struct landlock_ruleset_attr all
      = { .handled_access_fs = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE
                               | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR
                               | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE };
  const long ruleset = syscall (SYS_landlock_create_ruleset, &all, sizeof all, 0);

  if (ruleset >= 0) {
    (void)syscall (SYS_landlock_restrict_self, (int)ruleset, 0);
    close ((int)ruleset);
  }
}

static bool
add (scmp_filter_ctx filter, uint32_t action, const char *const *names)
{
  bool ok = true;

  for (; *names != NULL && ok; names++) {
    const int call = seccomp_syscall_resolve_name (*names);
    ok = call == __NR_SCMP_ERROR || call < 0 || seccomp_rule_add (filter, action, call, 0) == 0;
  }
  return ok;
}

/* A call with one of its arguments: @mask of it has to be @value. */
static bool
add_if (scmp_filter_ctx filter,
        uint32_t action,
        int call,
        unsigned argument,
        scmp_datum_t mask,
        scmp_datum_t value)
{
  return seccomp_rule_add (filter,
                           action,
                           call,
                           1,
                           SCMP_CMP (argument, SCMP_CMP_MASKED_EQ, mask, value))
         == 0;
}

/* Calls that are allowed with certain arguments only. */
static bool
add_conditions (scmp_filter_ctx filter, bool threads)
{
  const int clone_new = CLONE_NEWNS | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC
                        | CLONE_NEWUTS | CLONE_NEWCGROUP;
  const scmp_datum_t clone_mask = (scmp_datum_t)(CLONE_THREAD | clone_new);
  const scmp_datum_t family = UINT32_MAX;
  const scmp_datum_t self = (scmp_datum_t)getpid ();

  return add_if (filter, SCMP_ACT_ALLOW, SCMP_SYS (socket), 0, family, AF_INET)
         && add_if (filter, SCMP_ACT_ALLOW, SCMP_SYS (socket), 0, family, AF_INET6)
         && add_if (filter, SCMP_ACT_ALLOW, SCMP_SYS (mmap), 2, PROT_EXEC, 0)
         && add_if (filter, SCMP_ACT_ALLOW, SCMP_SYS (mprotect), 2, PROT_EXEC, 0)
         && add_if (filter, SCMP_ACT_ALLOW, SCMP_SYS (ioctl), 1, UINT32_MAX, FIONBIO)
         && add_if (filter, SCMP_ACT_ALLOW, SCMP_SYS (tgkill), 0, UINT32_MAX, self)
         && (!threads
             || add_if (filter, SCMP_ACT_ALLOW, SCMP_SYS (clone), 0, clone_mask, CLONE_THREAD));
}

/* Calls that fail instead of ending the process. */
static bool
add_refusals (scmp_filter_ctx filter)
{
  /* libraries ask for optional files and for interfaces: a no is enough */
  static const char *const files[] = { "openat", "newfstatat", "readlinkat", NULL };
  static const char *const rights[] = { "prctl", NULL };
  /* glibc falls back to clone(), whose arguments can be looked at */
  static const char *const clone3[] = { "clone3", NULL };

  return add (filter, SCMP_ACT_ERRNO (ENOSYS), clone3)
         && add (filter, SCMP_ACT_ERRNO (EACCES), files)
         && add (filter, SCMP_ACT_ERRNO (EPERM), rights)
         && add_if (filter, SCMP_ACT_ERRNO (EACCES), SCMP_SYS (socket), 0, UINT32_MAX, AF_NETLINK);
}

static bool
add_rules (scmp_filter_ctx filter, const KithSandboxRules *rules)
{
  static const char *const none[] = { NULL };
  const char *const *calls = rules->calls != NULL ? rules->calls : none;

  if (rules->all_but) {
    return add (filter, SCMP_ACT_ERRNO (EACCES), calls)
           && seccomp_rule_add (filter,
                                SCMP_ACT_ERRNO (EACCES),
                                SCMP_SYS (socket),
                                1,
                                SCMP_A0 (SCMP_CMP_NE, AF_INET, 0))
                  == 0;
  }
  return add_conditions (filter, rules->threads) && add_refusals (filter)
         && add (filter, SCMP_ACT_ALLOW, common_calls) && add (filter, SCMP_ACT_ALLOW, calls);
}

static const char *
filter_calls (const KithSandboxRules *rules)
{
  const char *problem = "no filter for system calls";
  scmp_filter_ctx filter = seccomp_init (rules->all_but ? SCMP_ACT_ALLOW : SCMP_ACT_KILL_PROCESS);

  if (filter == NULL) {
    return problem;
  }
  if (add_rules (filter, rules) && seccomp_load (filter) == 0) {
    problem = NULL;
  }
  seccomp_release (filter);
  return problem;
}

const char *
kith_sandbox_enter (const KithSandboxRules *rules)
{
  if (rules->oom_score != 0) {
    raise_oom_score (rules->oom_score);
  }
  if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return "no way to give up new privileges";
  }
  if (prctl (PR_SET_PDEATHSIG, SIGKILL) != 0) {
    return "no way to end with the daemon";
  }
  (void)prctl (PR_SET_DUMPABLE, 0);
  const char *problem = set_limits (rules);
  if (problem != NULL || KITH_SANDBOX_IS_LOOSE) {
    return problem;
  }
  shut_file_system ();
  return filter_calls (rules);
}
