/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A wire between two network namespaces that delays, jitters and loses frames, for kernels without netem. */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define QUEUE 16384
#define FRAME 2048

typedef struct {
  guint64 due_ns;
  guint16 len;
  guint8 data[FRAME];
} Frame;

/* One direction: frames wait in a ring, in order. */
typedef struct {
  int in, out;
  Frame *ring;
  guint head, tail;
} Direction;

static guint64
now_ns (void)
{
  struct timespec t;

  (void)clock_gettime (CLOCK_MONOTONIC, &t);
  return (guint64)t.tv_sec * 1000000000u + (guint64)t.tv_nsec;
}

/* Opens TAP interface @name inside namespace @space. */
static int
open_tap (const char *space, const char *name)
{
  g_autofree gchar *path = g_strconcat ("/run/netns/", space, NULL);
  int ns = open (path, O_RDONLY | O_CLOEXEC);

  if (ns < 0 || setns (ns, CLONE_NEWNET) != 0) {
    (void)fprintf (stderr, "wire: cannot enter %s: %s\n", path, g_strerror (errno));
    return -1;
  }
  close (ns);
  int fd = open ("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI };
  g_strlcpy (request.ifr_name, name, sizeof request.ifr_name);
  if (fd < 0 || ioctl (fd, TUNSETIFF, &request) != 0) {
    (void)fprintf (stderr, "wire: cannot make %s: %s\n", name, g_strerror (errno));
    return -1;
  }
  return fd;
}

/* ARP and neighbour discovery always pass, or nothing would work at all on a lossy wire. */
static gboolean
may_be_lost (const guint8 *frame, gsize len)
{
  guint type = len >= 14 ? (guint)frame[12] << 8 | frame[13] : 0;

  if (type == 0x86dd && len > 54 && frame[20] == 58 && frame[54] >= 133 && frame[54] <= 137) {
    return FALSE;
  }
  return type == 0x0800 || type == 0x86dd;
}

static void
take_in (Direction *direction, double delay_ms, double jitter_ms, double loss)
{
  for (;;) {
    Frame *frame = &direction->ring[direction->tail % QUEUE];
    ssize_t n = read (direction->in, frame->data, FRAME);
    if (n <= 0) {
      return;
    }
    gboolean lost
        = loss > 0 && may_be_lost (frame->data, (gsize)n) && g_random_double () * 100 < loss;
    if (lost || direction->tail - direction->head == QUEUE - 1) {
      continue;
    }
    double wait_ms = delay_ms + (jitter_ms > 0 ? g_random_double_range (-jitter_ms, jitter_ms) : 0);
    frame->len = (guint16)n;
    frame->due_ns = now_ns () + (guint64)(MAX (wait_ms, 0) * 1e6);
    if (direction->tail > direction->head) {
      frame->due_ns = MAX (frame->due_ns, direction->ring[(direction->tail - 1) % QUEUE].due_ns);
    }
    direction->tail++;
  }
}

/* Sends what is due; returns nanoseconds until the next frame is, or G_MAXINT64. */
static gint64
give_out (Direction *direction)
{
  guint64 now = now_ns ();

  while (direction->head < direction->tail) {
    const Frame *frame = &direction->ring[direction->head % QUEUE];
    if (frame->due_ns > now) {
      return (gint64)(frame->due_ns - now);
    }
    if (write (direction->out, frame->data, frame->len) < 0 && errno == EAGAIN) {
      return 1000000;
    }
    direction->head++;
  }
  return G_MAXINT64;
}

static void
run (Direction directions[2], double delay_ms, double jitter_ms, double loss)
{
  struct pollfd fds[2] = { { .fd = directions[0].in, .events = POLLIN },
                           { .fd = directions[1].in, .events = POLLIN } };

  for (;;) {
    gint64 first = give_out (&directions[0]);
    gint64 second = give_out (&directions[1]);
    gint64 wait = MIN (MIN (first, second), 1000000000);
    struct timespec timeout = { .tv_sec = wait / 1000000000, .tv_nsec = wait % 1000000000 };
    if (ppoll (fds, 2, &timeout, NULL) > 0) {
      take_in (&directions[0], delay_ms, jitter_ms, loss);
      take_in (&directions[1], delay_ms, jitter_ms, loss);
    }
  }
}

int
main (int argc, char **argv)
{
  if (argc < 5) {
    (void)fprintf (stderr,
                   "usage: wire NETNS1 IF1 NETNS2 IF2 [DELAY_MS [JITTER_MS [LOSS_PERCENT]]]\n");
    return 2;
  }
  int a = open_tap (argv[1], argv[2]);
  int b = a >= 0 ? open_tap (argv[3], argv[4]) : -1;
  if (b < 0) {
    return 1;
  }
  Direction directions[2] = { { .in = a, .out = b }, { .in = b, .out = a } };
  directions[0].ring = g_new (Frame, QUEUE);
  directions[1].ring = g_new (Frame, QUEUE);
  (void)printf ("ready\n");
  (void)fflush (stdout);
  run (directions,
       argc > 5 ? g_ascii_strtod (argv[5], NULL) : 0,
       argc > 6 ? g_ascii_strtod (argv[6], NULL) : 0,
       argc > 7 ? g_ascii_strtod (argv[7], NULL) : 0);
  return 0;
}
