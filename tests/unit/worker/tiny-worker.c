/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A worker that does what its frames say, for the tests of its host. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tiny-worker.h"
#include "worker/sandbox.h"
#include "worker/worker-end.h"

static bool is_mute;

static void
say (uint8_t type, const void *data, size_t len)
{
  uint8_t bytes[TINY_FRAME_MAX + 1];
  KithWireWriter w = kith_frame_begin (bytes, sizeof bytes, type);

  kith_wire_put (&w, data, len);
  (void)kith_worker_end_send (bytes, kith_frame_end (&w, bytes), KITH_WORKER_OUT_MAX);
}

/* Reads a line from descriptor 4 and says it. */
static void
read_second (void)
{
  char line[64];
  const ssize_t n = read (KITH_WORKER_CONTROL_FD + 1, line, sizeof line);

  say (TINY_SAID, line, n > 0 ? (size_t)n : 0);
}

static bool
take (KithWireReader body)
{
  static const KithSandboxRules rules = { .oom_score = 300 };
  char text[TINY_FRAME_MAX] = { 0 };
  const uint8_t type = (uint8_t)kith_wire_get_number (&body, 1);
  const size_t len = body.left < sizeof text ? body.left : sizeof text - 1;

  kith_wire_get (&body, text, len);
  switch (type) {
  case TINY_SAY:
    say (TINY_SAID, text, len);
    break;
  case TINY_PING:
    if (!is_mute) {
      say (TINY_PONG, "", 0);
    }
    break;
  case TINY_MUTE:
    is_mute = true;
    break;
  case TINY_READ:
    read_second ();
    break;
  case TINY_TRY: {
    const char *problem = kith_sandbox_enter (&rules);
    const char *word = problem != NULL ? problem : kith_sandbox_try (text);
    say (TINY_SAID, word, strlen (word));
    break;
  }
  case TINY_GARBAGE:
    say (TINY_PONG, text, TINY_FRAME_MAX - 2);
    break;
  case TINY_DIE:
    (void)kith_worker_end_flush ();
    (void)raise (SIGKILL);
    break;
  case TINY_QUIT:
    if (!is_mute) {
      exit (0);
    }
    break;
  default:
    return false;
  }
  return true;
}

int
main (void)
{
  struct pollfd fds = { .fd = KITH_WORKER_CONTROL_FD, .events = POLLIN };
  const char *problem = kith_worker_end_open (2);

  if (problem != NULL) {
    fprintf (stderr, "%s\n", problem);
    return 64;
  }
  while (poll (&fds, 1, -1) >= 0) {
    if (!kith_worker_end_read (TINY_FRAME_MAX, take)) {
      return 2;
    }
    fds.events = kith_worker_end_flush () ? POLLOUT : POLLIN; /* else more than it keeps */
  }
  return 3;
}
