/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A live SIP stack hears bytes over a link, as from a peer that was authenticated and means
   harm. */
/* link: kith-sip */
/* dict: sip */
#include <gio/gio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "sip/sip-private.h"
#include "sip/stack.h"

#define SDP                                                                                        \
  "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 7000 RTP/AVP " \
  "0\r\n"
#define HOST "k.kith.alt"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

#define FORGET_MS 40000 /* longer than anything is remembered */
#define STEP_MS 4000

#ifdef __clang__
/* libFuzzer would look for leaks after each input that leaves the library's tables larger;
   tests/fuzz/replay.c does it at its end. */
int __lsan_is_turned_off (void);

int
__lsan_is_turned_off (void)
{
  return 1;
}
#endif

static KithSip *sip = NULL;
static KithClock *clock_of_all = NULL;
static guint mode = 0;

static void
on_incoming (KithSip *stack, KithDialog *dialog, gpointer data)
{
  KithDialog *kept = g_object_ref (dialog);

  if ((mode & 1) != 0) {
    kith_dialog_ring (dialog);
  }
  if ((mode & 2) != 0) {
    kith_dialog_answer (dialog, SDP);
  } else if ((mode & 4) != 0) {
    kith_dialog_reject (dialog, 486, NULL);
  }
  g_object_set_data_full (G_OBJECT (stack), "kept", kept, g_object_unref);
}

/* Lets the stack do all that is to be done now. */
static void
turn (void)
{
  kith_sip_stack_poke (KITH_SIP_STACK (sip));
  for (guint i = 0; i < 8 && g_main_context_iteration (NULL, FALSE); i++) {
  }
}

/* What one input leaves behind would make each later one slower, and fill the tables so that none
   comes far: time goes by until all is forgotten. */
static void
forget (void)
{
  for (guint ms = 0; ms < FORGET_MS; ms += STEP_MS) {
    kith_clock_advance (clock_of_all, STEP_MS);
    turn ();
  }
}

static void
set_up (void)
{
  KithSipStackConfig config = { .bind = NULL };

  kith_log_setup (G_LOG_LEVEL_CRITICAL, FALSE);
  clock_of_all = kith_clock_new_manual (0);
  kith_clock_set_default (clock_of_all);
  sip = kith_sip_stack_new (&config);
  g_signal_connect (sip, "incoming", G_CALLBACK (on_incoming), NULL);
  if (!kith_sip_start (sip, NULL)) {
    abort ();
  }
}

/* Sends the parts that NUL bytes divide, and reads what comes back. */
static void
send_parts (int fd, const uint8_t *at, const uint8_t *end)
{
  static char heard[65536];

  while (at < end) {
    const uint8_t *stop = memchr (at, 0, (size_t)(end - at));
    stop = stop != NULL ? stop : end;
    (void)!send (fd, at, (size_t)(stop - at), MSG_DONTWAIT | MSG_NOSIGNAL);
    turn ();
    (void)!recv (fd, heard, sizeof heard, MSG_DONTWAIT);
    at = stop + 1;
  }
}

/* The first byte says what we do: bits 0 to 2 about an incoming call, bit 3 calls the peer first.
   NUL bytes divide what is sent in parts. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static guint link_id = 0;
  int fds[2];

  if (sip == NULL) {
    set_up ();
  }
  if (size == 0 || socketpair (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) != 0) {
    return 0;
  }
  mode = data[0];
  link_id = link_id % 60000 + 1;
  if (!kith_sip_attach_link (sip, link_id, fds[0], NULL, HOST, NULL)) {
    abort ();
  }
  g_autoptr (KithDialog) dialog = NULL;
  if ((mode & 8) != 0) {
    KithDialParams params
        = { .request_uri = "sip:p@" HOST, .from_uri = "sip:me@" HOST, .link_id = link_id };
    dialog = kith_sip_dial (sip, &params, SDP, NULL);
    turn ();
  }
  send_parts (fds[1], data + 1, data + size);
  if (dialog != NULL) {
    kith_dialog_hang_up (dialog, NULL);
  }
  kith_sip_detach_link (sip, link_id);
  turn ();
  g_object_set_data (G_OBJECT (sip), "kept", NULL);
  (void)close (fds[1]);
  turn ();
  if (kith_call_ids_count (KITH_SIP_STACK (sip)->call_ids) > 0) {
    forget ();
  }
  return 0;
}
