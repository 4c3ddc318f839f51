/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of the program kith-edge: its sockets, its frames, its sandbox, and that it ends with
   kithd. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "edge/edge-frames.h"

#define PROGRAM KITH_BUILD_DIR "/plugins/locator-dht/kith-edge"
#define PATIENCE_MS 10000

typedef struct {
  pid_t pid;
  int control; /* our end of its frames */
  int ua;      /* our end of its SIP */
  guint16 port;
  guint8 in[KITH_EDGE_FRAME_MAX];
  gsize in_len;
} Program;

static void
spawn (Program *program)
{
  int control[2];
  int ua[2];

  memset (program, 0, sizeof *program);
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, control), ==, 0);
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, ua), ==, 0);
  program->pid = fork ();
  if (program->pid == 0) {
    int three = dup (control[1]); /* above both, whatever numbers the pairs have */
    int four = dup (ua[1]);
    (void)dup2 (three, 20);
    (void)dup2 (four, 21);
    (void)dup2 (20, 3);
    (void)dup2 (21, 4);
    (void)execl (PROGRAM, "kith-edge", NULL);
    _exit (127);
  }
  (void)close (control[1]);
  (void)close (ua[1]);
  program->control = control[0];
  program->ua = ua[0];
}

static void
send_frame (Program *program, const KithEdgeFrame *frame)
{
  guint8 out[KITH_EDGE_FRAME_MAX];
  gsize len = kith_edge_frame_encode (frame, out, sizeof out);

  g_assert_cmpuint (len, >, 0);
  g_assert_cmpint (write (program->control, out, len), ==, (gssize)len);
}

static void
wait_for (int fd)
{
  struct pollfd end = { .fd = fd, .events = POLLIN };

  g_assert_cmpint (poll (&end, 1, PATIENCE_MS), ==, 1);
}

/* The next frame of this type. */
static void
take_frame (Program *program, KithEdgeFrameType type, KithEdgeFrame *frame)
{
  KithWireReader body;
  gsize used = 0;

  for (;;) {
    switch (kith_frame_split (program->in, program->in_len, KITH_EDGE_FRAME_MAX, &body, &used)) {
    case KITH_SPLIT_FRAME:
      g_assert_true (kith_edge_frame_decode (body, KITH_EDGE_FROM_EDGE, frame));
      memmove (program->in, program->in + used, program->in_len - used);
      program->in_len -= used;
      if (frame->type == type) {
        return;
      }
      continue;
    case KITH_SPLIT_MORE: {
      wait_for (program->control);
      gssize n = read (program->control,
                       program->in + program->in_len,
                       sizeof program->in - program->in_len);
      g_assert_cmpint (n, >, 0);
      program->in_len += (gsize)n;
      continue;
    }
    case KITH_SPLIT_BROKEN:
      g_assert_not_reached ();
    }
  }
}

static void
start (Program *program, guint16 port, KithEdgeFrame *ready)
{
  KithEdgeFrame *frame = g_new0 (KithEdgeFrame, 1);

  frame->type = KITH_EDGE_START;
  frame->start = (KithEdgeStart){ .port = port,
                                  .plain_in = TRUE,
                                  .max_connections = 256,
                                  .max_connections_a_source = 16,
                                  .n_binds = 1 };
  g_assert_true (kith_endpoint_parse ("127.0.0.1:1", &frame->start.binds[0]));
  frame->start.binds[0].port = 0;
  send_frame (program, frame);
  take_frame (program, KITH_EDGE_READY, ready);
  program->port = ready->sockets.list[0].address.port;
  g_free (frame);
}

static void
stop (Program *program)
{
  int status = 0;

  (void)close (program->control);
  (void)close (program->ua);
  g_assert_cmpint (waitpid (program->pid, &status, 0), ==, program->pid);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
}

static int
connect_to (Program *program, int type)
{
  struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons (program->port) };
  int fd = socket (AF_INET, type | SOCK_CLOEXEC, 0);

  in.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  g_assert_cmpint (connect (fd, (struct sockaddr *)&in, sizeof in), ==, 0);
  return fd;
}

static gchar *
hear (int fd)
{
  gchar text[65536];

  wait_for (fd);
  gssize n = read (fd, text, sizeof text);
  g_assert_cmpint (n, >, 0);
  return g_strndup (text, (gsize)n);
}

static void
say (int fd, const char *text)
{
  g_assert_cmpint (write (fd, text, strlen (text)), ==, (gssize)strlen (text));
}

/* A question, what the user agent hears of it, its answer, and what comes back. */
static void
ask (Program *program, int type, const char *name)
{
  int fd = connect_to (program, type);
  g_autofree gchar *question = g_strdup_printf (
      "INVITE sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/%s 127.0.0.1;rport;branch=z9hG4bK%s\r\n"
      "From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: %s\r\nCSeq: 1 INVITE\r\n"
      "Content-Length: 0\r\n\r\n",
      name,
      name,
      name);

  say (fd, question);
  g_autofree gchar *heard = hear (program->ua);
  g_autofree gchar *caller = g_strdup_printf ("\r\nKith-Caller: plain %s 127.0.0.1:",
                                              type == SOCK_STREAM ? "tcp" : "udp");
  g_assert_nonnull (strstr (heard, caller));
  const char *via = strstr (heard, "Via: ");
  const char *end = strstr (heard, "Kith-Caller");
  g_autofree gchar *answer
      = g_strdup_printf ("SIP/2.0 200 OK\r\n%.*sContent-Length: 0\r\n\r\n", (int)(end - via), via);
  say (program->ua, answer);
  g_autofree gchar *back = hear (fd);
  g_assert_true (g_str_has_prefix (back, "SIP/2.0 200 OK\r\nVia: SIP/2.0/"));
  g_assert_null (strstr (back, "edge.invalid"));
  (void)close (fd);
}

static void
test_questions (void)
{
  Program program;
  KithEdgeFrame *frame = g_new0 (KithEdgeFrame, 1);

  spawn (&program);
  start (&program, 0, frame);
  g_assert_cmpuint (frame->sockets.n, ==, 2);
  g_assert_cmpuint (frame->sockets.list[1].address.port, ==, program.port);
  ask (&program, SOCK_DGRAM, "UDP");
  ask (&program, SOCK_STREAM, "TCP");
  frame->type = KITH_EDGE_PING;
  send_frame (&program, frame);
  take_frame (&program, KITH_EDGE_STATUS, frame);
  g_assert_cmpuint (frame->status.counts[KITH_EDGE_N_TO_UA], ==, 2);
  g_free (frame);
  stop (&program);
}

/* What nobody answers is told at once. */
static void
test_refused_there (void)
{
  Program program;
  KithEdgeFrame *frame = g_new0 (KithEdgeFrame, 1);

  spawn (&program);
  start (&program, 0, frame);
  for (guint i = 0; i < 2; i++) {
    g_autofree gchar *request = g_strdup_printf (
        "OPTIONS sip:x@127.0.0.1:9 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKq%u\r\n"
        "Kith-Via: plain %s 127.0.0.1:9\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\n"
        "Call-ID: q\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
        i,
        i == 0 ? "udp" : "tcp");
    say (program.ua, request);
    g_autofree gchar *heard = hear (program.ua);
    g_assert_true (g_str_has_prefix (heard, "SIP/2.0 503 "));
    g_assert_nonnull (strstr (heard, "\r\nKith-Made: edge\r\n"));
  }
  g_free (frame);
  stop (&program);
}

static void
test_taken (void)
{
  Program one;
  Program two;
  KithEdgeFrame *frame = g_new0 (KithEdgeFrame, 1);

  spawn (&one);
  start (&one, 0, frame);
  spawn (&two);
  start (&two, one.port, frame);
  g_assert_cmpuint (frame->sockets.list[0].problem, ==, EADDRINUSE);
  stop (&one);
  take_frame (&two, KITH_EDGE_READY, frame); /* it is tried again */
  g_assert_cmpuint (frame->sockets.list[0].problem, ==, 0);
  ask (&two, SOCK_DGRAM, "UDP");
  stop (&two);
  g_free (frame);
}

static void
test_shut_in (void)
{
  Program program;
  KithEdgeFrame *frame = g_new0 (KithEdgeFrame, 1);

  spawn (&program);
  start (&program, 0, frame);
  g_autofree gchar *path = g_strdup_printf ("/proc/%d/status", (int)program.pid);
  g_autofree gchar *text = NULL;
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
#ifndef __SANITIZE_ADDRESS__
  g_assert_nonnull (strstr (text, "Seccomp:\t2\n"));
#endif
  g_assert_nonnull (strstr (text, "NoNewPrivs:\t1\n"));
  g_assert_nonnull (strstr (text, "Threads:\t1\n"));
  g_free (frame);
  stop (&program);
}

/* A frame that is none, or one before START, ends it. */
static void
test_wrong_frame (void)
{
  Program program;
  int status = 0;

  spawn (&program);
  g_assert_cmpint (write (program.control, "\0\1\4", 3), ==, 3); /* PING */
  g_assert_cmpint (waitpid (program.pid, &status, 0), ==, program.pid);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), !=, 0);
  (void)close (program.control);
  (void)close (program.ua);
}

int
main (int argc, char **argv)
{
  (void)signal (SIGPIPE, SIG_IGN);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kith-edge/questions", test_questions);
  g_test_add_func ("/kith-edge/refused-there", test_refused_there);
  g_test_add_func ("/kith-edge/taken", test_taken);
  g_test_add_func ("/kith-edge/shut-in", test_shut_in);
  g_test_add_func ("/kith-edge/wrong-frame", test_wrong_frame);
  return g_test_run ();
}
