/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Preloaded into a program: each fsync() takes 300 ms, as on a disk that is busy or old. */
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define DELAY_NS 300000000L

__attribute__ ((visibility ("default"))) int fsync (int fd);
__attribute__ ((visibility ("default"))) int fdatasync (int fd);

int
fsync (int fd)
{
  (void)nanosleep (&(const struct timespec){ .tv_nsec = DELAY_NS }, NULL);
  return (int)syscall (SYS_fsync, fd);
}

int
fdatasync (int fd)
{
  return fsync (fd);
}
