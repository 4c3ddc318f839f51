/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A wire between two network namespaces that delays, jitters, reorders and loses frames, also in
   bursts, for kernels without netem. */
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

/* What happens to the frames of one direction. */
typedef struct {
  double delay_ms, jitter_ms;
  double loss; /* percent, each frame by itself */
  /* percent, Gilbert: a frame begins a burst, a frame ends one; within it all are lost */
  double burst_in, burst_out;
  /* percent of the frames that overtake those before them, as far as the jitter lets them */
  double reorder;
  double duplicate; /* percent */
  gboolean down;    /* nothing passes */
  gboolean in_burst;
} Impairment;

/* One direction: frames wait in a ring, in the order in which they are due. */
typedef struct {
  int in, out;
  Frame *ring;
  guint head, tail;
  Impairment harm;
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

static gboolean
by_chance (double percent)
{
  return percent > 0 && g_random_double () * 100 < percent;
}

static gboolean
is_lost (Impairment *harm, const guint8 *frame, gsize len)
{
  if (harm->down) {
    return TRUE;
  }
  if (!may_be_lost (frame, len)) {
    return FALSE;
  }
  if (harm->burst_in > 0) {
    harm->in_burst = harm->in_burst ? !by_chance (harm->burst_out) : by_chance (harm->burst_in);
  }
  return (harm->burst_in > 0 && harm->in_burst) || by_chance (harm->loss);
}

/* Brings the newest frame of the ring to its place. */
static void
sort_in (Direction *direction)
{
  for (guint at = direction->tail - 1; at > direction->head; at--) {
    Frame *frame = &direction->ring[at % QUEUE], *before = &direction->ring[(at - 1) % QUEUE];
    if (before->due_ns <= frame->due_ns) {
      return;
    }
    Frame moved = *frame;
    *frame = *before;
    *before = moved;
  }
}

static void
put_in (Direction *direction, guint16 len)
{
  const Impairment *harm = &direction->harm;
  Frame *frame = &direction->ring[direction->tail % QUEUE];
  double jitter_ms
      = harm->jitter_ms > 0 ? g_random_double_range (-harm->jitter_ms, harm->jitter_ms) : 0;

  frame->len = len;
  frame->due_ns = now_ns () + (guint64)(MAX (harm->delay_ms + jitter_ms, 0) * 1e6);
  if (direction->tail > direction->head && !by_chance (harm->reorder)) {
    frame->due_ns = MAX (frame->due_ns, direction->ring[(direction->tail - 1) % QUEUE].due_ns);
  }
  direction->tail++;
  sort_in (direction);
}

static void
take_in (Direction *direction)
{
  for (;;) {
    Frame *frame = &direction->ring[direction->tail % QUEUE];
    ssize_t n = read (direction->in, frame->data, FRAME);
    if (n <= 0) {
      return;
    }
    if (is_lost (&direction->harm, frame->data, (gsize)n)
        || direction->tail - direction->head >= QUEUE - 2) {
      continue;
    }
    if (by_chance (direction->harm.duplicate)) {
      direction->ring[(direction->tail + 1) % QUEUE] = *frame;
      put_in (direction, (guint16)n);
    }
    put_in (direction, (guint16)n);
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

/* One "key=value", with "ab:" or "ba:" before it for one direction only. FALSE when it is not
   known. */
static gboolean
change (Direction directions[2], const char *word)
{
  guint first = g_str_has_prefix (word, "ba:") ? 1 : 0,
        last = g_str_has_prefix (word, "ab:") ? 0 : 1;
  gboolean known = TRUE;

  word += first == 1 || last == 0 ? 3 : 0;
  const char *value = strchr (word, '=');
  if (value == NULL) {
    return FALSE;
  }
  g_autofree gchar *key = g_strndup (word, (gsize)(value - word));
  double number = g_ascii_strtod (++value, NULL);
  for (guint i = first; i <= last; i++) {
    Impairment *harm = &directions[i].harm;
    const char *comma = strchr (value, ',');
    if (g_str_equal (key, "delay")) {
      harm->delay_ms = number;
    } else if (g_str_equal (key, "jitter")) {
      harm->jitter_ms = number;
    } else if (g_str_equal (key, "loss")) {
      harm->loss = number;
    } else if (g_str_equal (key, "burst")) {
      harm->burst_in = number;
      harm->burst_out = comma != NULL ? g_ascii_strtod (comma + 1, NULL) : 50;
      harm->in_burst = FALSE;
    } else if (g_str_equal (key, "reorder")) {
      harm->reorder = number;
    } else if (g_str_equal (key, "duplicate")) {
      harm->duplicate = number;
    } else if (g_str_equal (key, "down")) {
      harm->down = number != 0;
    } else {
      known = FALSE;
    }
  }
  return known;
}

/* What the laboratory says while the wire runs; FALSE when it says no more. */
static gboolean
obey (Direction directions[2])
{
  char text[512];
  ssize_t n = read (STDIN_FILENO, text, sizeof text - 1);

  if (n <= 0) {
    return FALSE;
  }
  text[n] = '\0';
  g_auto (GStrv) words = g_strsplit_set (text, " \n", -1);
  for (guint i = 0; words[i] != NULL; i++) {
    if (*words[i] != '\0' && !change (directions, words[i])) {
      (void)fprintf (stderr, "wire: what is %s?\n", words[i]);
    }
  }
  return TRUE;
}

static void
run (Direction directions[2], gboolean live)
{
  struct pollfd fds[3] = { { .fd = directions[0].in, .events = POLLIN },
                           { .fd = directions[1].in, .events = POLLIN },
                           { .fd = live ? STDIN_FILENO : -1, .events = POLLIN } };

  for (;;) {
    gint64 first = give_out (&directions[0]);
    gint64 second = give_out (&directions[1]);
    gint64 wait = MIN (MIN (first, second), 1000000000);
    struct timespec timeout = { .tv_sec = wait / 1000000000, .tv_nsec = wait % 1000000000 };
    if (ppoll (fds, G_N_ELEMENTS (fds), &timeout, NULL) > 0) {
      take_in (&directions[0]);
      take_in (&directions[1]);
      if (fds[2].revents != 0 && !obey (directions)) {
        fds[2].fd = -1;
      }
    }
  }
}

int
main (int argc, char **argv)
{
  static const char *const keys[] = { "delay", "jitter", "loss" };
  Direction directions[2] = { 0 };
  gboolean live = FALSE;

  if (argc < 5) {
    (void)fprintf (stderr,
                   "usage: wire NETNS1 IF1 NETNS2 IF2 [DELAY_MS [JITTER_MS [LOSS_PERCENT]]] [live] "
                   "[KEY=VALUE…]\n"
                   "keys: delay= jitter= loss= burst=ENTER,LEAVE reorder= duplicate= (ms, percent) "
                   "down=0|1, of one way "
                   "with ab: or ba: before;\nwith \"live\" lines of the same on the standard input "
                   "change them\n");
    return 2;
  }
  int a = open_tap (argv[1], argv[2]);
  int b = a >= 0 ? open_tap (argv[3], argv[4]) : -1;
  if (b < 0) {
    return 1;
  }
  directions[0] = (Direction){ .in = a, .out = b, .ring = g_new (Frame, QUEUE) };
  directions[1] = (Direction){ .in = b, .out = a, .ring = g_new (Frame, QUEUE) };
  for (int i = 5; i < argc; i++) {
    gboolean is_number = strchr (argv[i], '=') == NULL && i - 5 < (int)G_N_ELEMENTS (keys);
    g_autofree gchar *word
        = is_number ? g_strdup_printf ("%s=%s", keys[i - 5], argv[i]) : g_strdup (argv[i]);
    if (g_str_equal (argv[i], "live")) {
      live = TRUE;
    } else if (!change (directions, word)) {
      (void)fprintf (stderr, "wire: what is %s?\n", argv[i]);
      return 2;
    }
  }
  (void)printf ("ready\n");
  (void)fflush (stdout);
  run (directions, live);
  return 0;
}
