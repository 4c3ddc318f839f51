/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Resource limits, Landlock and a seccomp allow-list, in this order. */
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_FILES 256 /* DHT sockets must stay under 1,024 for select() */
#define MAX_MEMORY ((rlim_t)512 << 20)

/* Found with strace over join, put, get, listen, LAN discovery, time-outs and quit. */
static const char *const allowed_calls[] = {
  /* the sockets of the node; which ones may be made is said below */
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
set_limits (void)
{
  const char *problem = limit (RLIMIT_CORE, 0, "no limit for core files");

  if (problem == NULL) {
    problem = limit (RLIMIT_NOFILE, MAX_FILES, "no limit for files");
  }
  if (problem == NULL && !KITH_SANDBOX_IS_LOOSE) {
    problem = limit (RLIMIT_AS, MAX_MEMORY, "no limit for memory");
  }
  return problem;
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
allow (scmp_filter_ctx filter, const char *name)
{
  const int call = seccomp_syscall_resolve_name (name);

  return call == __NR_SCMP_ERROR || call < 0
         || seccomp_rule_add (filter, SCMP_ACT_ALLOW, call, 0) == 0;
}

/* Calls that are allowed with certain arguments only, and those that fail instead of ending the
   process. */
static bool
add_conditions (scmp_filter_ctx filter)
{
  const int clone_new = CLONE_NEWNS | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC
                        | CLONE_NEWUTS | CLONE_NEWCGROUP;

  return seccomp_rule_add (filter,
                           SCMP_ACT_ALLOW,
                           SCMP_SYS (socket),
                           1,
                           SCMP_A0 (SCMP_CMP_EQ, AF_INET, 0))
             == 0
         && seccomp_rule_add (filter,
                              SCMP_ACT_ALLOW,
                              SCMP_SYS (socket),
                              1,
                              SCMP_A0 (SCMP_CMP_EQ, AF_INET6, 0))
                == 0
         && seccomp_rule_add (filter,
                              SCMP_ACT_ALLOW,
                              SCMP_SYS (mmap),
                              1,
                              SCMP_A2 (SCMP_CMP_MASKED_EQ, PROT_EXEC, 0))
                == 0
         && seccomp_rule_add (filter,
                              SCMP_ACT_ALLOW,
                              SCMP_SYS (mprotect),
                              1,
                              SCMP_A2 (SCMP_CMP_MASKED_EQ, PROT_EXEC, 0))
                == 0
         && seccomp_rule_add (filter,
                              SCMP_ACT_ALLOW,
                              SCMP_SYS (clone),
                              1,
                              SCMP_A0 (SCMP_CMP_MASKED_EQ,
                                       (scmp_datum_t)(CLONE_THREAD | clone_new),
                                       CLONE_THREAD))
                == 0
         && seccomp_rule_add (filter,
                              SCMP_ACT_ALLOW,
                              SCMP_SYS (ioctl),
                              1,
                              SCMP_A1 (SCMP_CMP_EQ, 0x5421 /* FIONBIO */, 0))
                == 0
         && seccomp_rule_add (filter,
                              SCMP_ACT_ALLOW,
                              SCMP_SYS (tgkill),
                              1,
                              SCMP_A0 (SCMP_CMP_EQ, (scmp_datum_t)getpid (), 0))
                == 0
         /* glibc falls back to clone(), whose arguments can be looked at */
         && seccomp_rule_add (filter, SCMP_ACT_ERRNO (ENOSYS), SCMP_SYS (clone3), 0) == 0
         /* libraries ask for optional files and for interfaces: a no is enough */
         && seccomp_rule_add (filter,
                              SCMP_ACT_ERRNO (EACCES),
                              SCMP_SYS (socket),
                              1,
                              SCMP_A0 (SCMP_CMP_EQ, AF_NETLINK, 0))
                == 0
         && seccomp_rule_add (filter, SCMP_ACT_ERRNO (EACCES), SCMP_SYS (openat), 0) == 0
         && seccomp_rule_add (filter, SCMP_ACT_ERRNO (EACCES), SCMP_SYS (newfstatat), 0) == 0
         && seccomp_rule_add (filter, SCMP_ACT_ERRNO (EACCES), SCMP_SYS (readlinkat), 0) == 0
         && seccomp_rule_add (filter, SCMP_ACT_ERRNO (EPERM), SCMP_SYS (prctl), 0) == 0;
}

static const char *
filter_calls (void)
{
  const char *problem = "no filter for system calls";
  scmp_filter_ctx filter = seccomp_init (SCMP_ACT_KILL_PROCESS);

  if (filter == NULL) {
    return problem;
  }
  bool ok = add_conditions (filter);
  for (size_t i = 0; i < sizeof allowed_calls / sizeof *allowed_calls; i++) {
    ok = ok && allow (filter, allowed_calls[i]);
  }
  if (ok && seccomp_load (filter) == 0) {
    problem = NULL;
  }
  seccomp_release (filter);
  return problem;
}

const char *
kith_sandbox_enter (void)
{
  if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return "no way to give up new privileges";
  }
  if (prctl (PR_SET_PDEATHSIG, SIGKILL) != 0) {
    return "no way to end with the daemon";
  }
  (void)prctl (PR_SET_DUMPABLE, 0);
  const char *problem = set_limits ();
  if (problem != NULL || KITH_SANDBOX_IS_LOOSE) {
    return problem;
  }
  shut_file_system ();
  return filter_calls ();
}

#ifdef KITH_DHT_UNFILTERED
const char *
kith_sandbox_try (const char *what)
{
  if (strcmp (what, "open") == 0) {
    return open ("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0 && errno == EACCES ? "refused"
                                                                             : "allowed";
  }
  if (strcmp (what, "file") == 0) {
    return open ("/tmp/kith-dht-was-here", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) < 0
                   && errno == EACCES
               ? "refused"
               : "allowed";
  }
  if (strcmp (what, "exec") == 0) {
    char *const argv[] = { (char *)"/bin/true", NULL };
    (void)execv (argv[0], argv);
  }
  if (strcmp (what, "fork") == 0) {
    (void)syscall (SYS_fork);
  }
  if (strcmp (what, "ptrace") == 0) {
    (void)ptrace (PTRACE_TRACEME, 0, NULL, NULL);
  }
  if (strcmp (what, "unix") == 0) {
    (void)socket (AF_UNIX, SOCK_STREAM, 0);
  }
  if (strcmp (what, "code") == 0) {
    (void)mmap (NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  }
  if (strcmp (what, "memory") == 0) {
    return mmap (NULL, (size_t)600 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                   == MAP_FAILED
               ? "refused"
               : "allowed";
  }
  return "allowed";
}
#endif
