/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Does one by one what a sandbox must refuse. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "worker/sandbox.h"

const char *
kith_sandbox_try (const char *what)
{
  if (strcmp (what, "open") == 0) {
    return open ("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0 && errno == EACCES ? "refused"
                                                                             : "allowed";
  }
  if (strcmp (what, "file") == 0) {
    return open ("/tmp/kith-worker-was-here", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) < 0
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
