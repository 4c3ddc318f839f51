/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two buffers on the control socket. */
#include "worker/worker-end.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define IN_MAX (64 * 1024)

static uint8_t out[KITH_WORKER_OUT_MAX];
static size_t out_len;
static uint8_t in[IN_MAX];
static size_t in_len;

const char *
kith_worker_end_open (unsigned n_fds)
{
  int type = 0;
  socklen_t len = sizeof type;

  if (getsockopt (KITH_WORKER_CONTROL_FD, SOL_SOCKET, SO_TYPE, &type, &len) != 0
      || type != SOCK_STREAM) {
    return "this program is started by kithd, with a stream socket as file descriptor 3, and takes "
           "no arguments";
  }
  (void)signal (SIGPIPE, SIG_IGN);
  for (int fd = KITH_WORKER_CONTROL_FD; fd < KITH_WORKER_CONTROL_FD + (int)n_fds; fd++) {
    if (fcntl (fd, F_SETFD, FD_CLOEXEC) != 0) {
      return "a descriptor from kithd is missing";
    }
  }
  return close_range (KITH_WORKER_CONTROL_FD + n_fds, ~0U, 0) == 0
             ? NULL
             : "descriptors of kithd cannot be closed";
}

bool
kith_worker_end_flush (void)
{
  size_t done = 0;

  while (done < out_len) {
    const ssize_t n
        = send (KITH_WORKER_CONTROL_FD, out + done, out_len - done, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) {
      continue;
    }
    if (n < 0 && errno != EAGAIN) {
      _exit (0); /* kithd is gone */
    }
    if (n <= 0) {
      break;
    }
    done += (size_t)n;
  }
  memmove (out, out + done, out_len - done);
  out_len -= done;
  return out_len > 0;
}

bool
kith_worker_end_send (const uint8_t *frame, size_t len, size_t most)
{
  if (out_len + len > most) {
    (void)kith_worker_end_flush ();
  }
  if (out_len + len > most) {
    return false;
  }
  memcpy (out + out_len, frame, len);
  out_len += len;
  return true;
}

bool
kith_worker_end_read (size_t most, bool (*take) (KithWireReader body))
{
  KithWireReader body;
  size_t at = 0, used = 0;
  const ssize_t n = recv (KITH_WORKER_CONTROL_FD, in + in_len, sizeof in - in_len, MSG_DONTWAIT);

  if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
    return true;
  }
  if (n <= 0) {
    _exit (0); /* kithd closed its end */
  }
  in_len += (size_t)n;
  for (;;) {
    switch (kith_frame_split (in + at, in_len - at, most, &body, &used)) {
    case KITH_SPLIT_FRAME:
      at += used;
      if (!take (body)) {
        return false;
      }
      continue;
    case KITH_SPLIT_MORE:
      memmove (in, in + at, in_len - at);
      in_len -= at;
      return true;
    case KITH_SPLIT_BROKEN:
      return false;
    }
  }
}
