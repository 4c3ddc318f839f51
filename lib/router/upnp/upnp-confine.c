/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Resource limits, a seccomp filter and a narrower connect() for kith-upnp. */
#include "upnp-confine.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LIFE_S 10
#define MAX_MEMORY ((rlim_t)128 << 20)
#define MAX_FILES 64

/* libminiupnpc's calls are bound to this one. */
int guard_connect (int fd, const struct sockaddr *to, socklen_t len) __asm__("connect")
    __attribute__ ((visibility ("default"), used));

/* RFC 1918, RFC 3927, and what carriers give (RFC 6598). */
static int
is_of_local_network (uint32_t ip)
{
  return ip >> 24 == 10 || ip >> 20 == 0xac1 || ip >> 16 == 0xc0a8 || ip >> 16 == 0xa9fe
         || ip >> 22 == 0x191;
}

int
guard_connect (int fd, const struct sockaddr *to, socklen_t len)
{
  struct sockaddr_in in4;

  if (to == NULL || len < sizeof in4 || to->sa_family != AF_INET) {
    errno = EACCES;
    return -1;
  }
  memcpy (&in4, to, sizeof in4);
  if (!is_of_local_network (ntohl (in4.sin_addr.s_addr))) {
    errno = EACCES;
    return -1;
  }
  return (int)syscall (SYS_connect, fd, &in4, sizeof in4);
}

static void
limit (int what, rlim_t most)
{
  const struct rlimit bound = { most, most };

  (void)setrlimit (what, &bound);
}

#ifndef __SANITIZE_ADDRESS__
/* What reaches files, other programs and other processes. */
static const char *const refused_calls[] = {
  "open",
  "openat",
  "openat2",
  "creat",
  "open_by_handle_at",
  "unlink",
  "unlinkat",
  "rename",
  "renameat",
  "renameat2",
  "link",
  "linkat",
  "symlink",
  "symlinkat",
  "mkdir",
  "mkdirat",
  "mknod",
  "mknodat",
  "chmod",
  "fchmodat",
  "chown",
  "fchownat",
  "truncate",
  "execve",
  "execveat",
  "fork",
  "vfork",
  "clone",
  "clone3",
  "ptrace",
  "process_vm_readv",
  "process_vm_writev",
  "pidfd_open",
  "pidfd_getfd",
  "kill",
  "listen",
  "accept",
  "accept4",
  "io_uring_setup",
  "userfaultfd",
  "bpf",
  "add_key",
  "keyctl",
  "request_key",
  "shmget",
  "memfd_create",
  "unshare",
  "setns",
  "mount",
};

static int
refuse (scmp_filter_ctx filter, const char *name)
{
  const int call = seccomp_syscall_resolve_name (name);

  return call == __NR_SCMP_ERROR || call < 0
         || seccomp_rule_add (filter, SCMP_ACT_ERRNO (EACCES), call, 0) == 0;
}

static int
filter_calls (void)
{
  scmp_filter_ctx filter = seccomp_init (SCMP_ACT_ALLOW);
  int ok = filter != NULL;

  for (size_t i = 0; ok && i < sizeof refused_calls / sizeof *refused_calls; i++) {
    ok = refuse (filter, refused_calls[i]);
  }
  ok = ok
       && seccomp_rule_add (filter,
                            SCMP_ACT_ERRNO (EACCES),
                            SCMP_SYS (socket),
                            1,
                            SCMP_A0 (SCMP_CMP_NE, AF_INET, 0))
              == 0
       && seccomp_load (filter) == 0;
  if (filter != NULL) {
    seccomp_release (filter);
  }
  return ok;
}
#endif

int
kith_upnp_confine (void)
{
  if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return 0;
  }
  (void)prctl (PR_SET_DUMPABLE, 0);
  limit (RLIMIT_CORE, 0);
  limit (RLIMIT_FSIZE, 0);
  limit (RLIMIT_NOFILE, MAX_FILES);
  limit (RLIMIT_CPU, LIFE_S);
  (void)alarm (LIFE_S);
#ifndef __SANITIZE_ADDRESS__
  limit (RLIMIT_AS, MAX_MEMORY);
  return filter_calls ();
#else
  return 1;
#endif
}
