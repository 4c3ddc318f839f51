/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A live SIP stack hears bytes over a link, as from a peer that was authenticated and means harm. */
/* link: kith-sip */
#include <gio/gio.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "sip/stack.h"

#define SDP                                                                                        \
  "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 7000 RTP/AVP " \
  "0\r\n"
#define HOST "k.kith.alt"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static KithSip *sip = NULL;
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

static void
turn (guint times)
{
  for (guint i = 0; i < times; i++) {
    (void)g_main_context_iteration (NULL, FALSE);
  }
}

/* The first byte says what we do: bits 0 to 2 about an incoming call, bit 3 calls the peer first. NUL bytes divide what is sent in parts. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static guint link_id = 0;
  KithSipStackConfig config = { .bind = NULL };
  int fds[2];

  if (sip == NULL) {
    kith_log_setup (G_LOG_LEVEL_CRITICAL, FALSE);
    sip = kith_sip_stack_new (&config);
    g_signal_connect (sip, "incoming", G_CALLBACK (on_incoming), NULL);
    if (!kith_sip_start (sip, NULL)) {
      abort ();
    }
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
    turn (4);
  }
  const uint8_t *end = data + size;
  for (const uint8_t *at = data + 1; at < end;) {
    const uint8_t *stop = at;
    while (stop < end && *stop != 0) {
      stop++;
    }
    (void)!write (fds[1], at, (size_t)(stop - at));
    turn (6);
    at = stop + 1;
  }
  if (dialog != NULL) {
    kith_dialog_hang_up (dialog, NULL);
  }
  kith_sip_detach_link (sip, link_id);
  turn (6);
  g_object_set_data (G_OBJECT (sip), "kept", NULL);
  (void)close (fds[1]);
  turn (2);
  return 0;
}
