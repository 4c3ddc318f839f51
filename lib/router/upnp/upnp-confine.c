/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sandbox of kith-upnp, and a narrower connect(). */
#include "upnp-confine.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "worker/sandbox.h"

#define LIFE_S 10

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
  NULL,
};

static const KithSandboxLimit limits[] = {
  { RLIMIT_FSIZE, 0 },
  { RLIMIT_NOFILE, 64 },
  { RLIMIT_CPU, LIFE_S },
  { RLIMIT_AS, (rlim_t)128 << 20 },
};

const char *
kith_upnp_confine (void)
{
  static const KithSandboxRules rules
      = { .limits = limits, .n_limits = 4, .calls = refused_calls, .all_but = true };

  (void)alarm (LIFE_S);
  return kith_sandbox_enter (&rules);
}
