/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hostile callers and callees as sequences of steps, with the clock running: what they say and when
   is the input. */
/* link: kith-sip */
#include <arpa/inet.h>
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

#define SDP_OF(port, more)                                                                         \
  "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio " port         \
  " RTP/AVP 0\r\n" more
#define HOST "k.kith.alt"
#define STEP_MS 500
#define MAX_STEPS 48
#define MAX_MS 200000u /* of one sequence */
#define MAX_LEGS 3

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

#ifdef __clang__
/* libFuzzer would look for leaks after each sequence that leaves the library's tables larger, most
   of the time; tests/fuzz/replay.c does it at its end. */
int __lsan_is_turned_off (void);

int
__lsan_is_turned_off (void)
{
  return 1;
}
#endif

/* A dialog of ours, and what it said. */
typedef struct {
  KithDialog *dialog;
  gboolean over;
  gboolean asked; /* it waits for our answer to a new offer */
} Held;

/* A call as the peer sees it. */
typedef struct {
  gboolean called; /* by us */
  gchar *call_id;
  gchar *own;    /* From of the peer's requests, with tag */
  gchar *other;  /* To of them, without tag */
  gchar *tag;    /* ours, NULL: not told yet */
  gchar *invite; /* ours, that waits for answers */
  gchar *last;   /* our last other request */
  guint cseq;
  guint branch;        /* of the peer's last request */
  guint invite_branch; /* of its first INVITE */
} Leg;

static gboolean show;
static KithClock *clock_of_all;
static KithSip *sip;
static int plain_fd = -1; /* the edge's end */
static const guint16 plain_port = 5070;
static const guint16 our_port = 5060;

static gboolean over_link;
static guint link_id;
static int link_fd = -1;
static GPtrArray *helds;
static Leg legs[MAX_LEGS];
static guint n_legs;
static GString *sent; /* the peer's last message */
static guint passed_ms;
/* bit 0: offers are answered at once, bit 1: incoming calls ring, bit 2: nobody takes them,
   bit 3: nobody listens to new offers */
static guint8 manners;

typedef struct {
  const uint8_t *at;
  const uint8_t *end;
} Input;

static guint
take (Input *input)
{
  return input->at < input->end ? *input->at++ : 0;
}

static void
check (gboolean good)
{
  if (!good) {
    abort ();
  }
}

/* Our side */

static void
on_ended (KithDialog *dialog, guint status, const char *phrase, Held *held)
{
  check (!held->over && phrase != NULL);
  held->over = TRUE;
}

static void
on_told (KithDialog *dialog, Held *held)
{
  check (!held->over);
}

static void
on_answered (KithDialog *dialog, const char *sdp, Held *held)
{
  check (!held->over);
}

static void
on_reoffered (KithDialog *dialog, const char *sdp, Held *held)
{
  check (!held->over);
  held->asked = (manners & 1) == 0;
  if (!held->asked) {
    kith_dialog_reanswer (dialog, 200, SDP_OF ("7000", ""));
  }
}

static void
on_wanted (KithDialog *dialog, Held *held)
{
  on_reoffered (dialog, NULL, held);
}

static void
held_free (gpointer data)
{
  Held *held = data;

  g_signal_handlers_disconnect_by_data (held->dialog, held);
  g_object_unref (held->dialog);
  g_free (held);
}

/* @dialog: (transfer full) */
static void
hold (KithDialog *dialog)
{
  Held *held = g_new0 (Held, 1);

  held->dialog = dialog;
  g_signal_connect (dialog, "ended", G_CALLBACK (on_ended), held);
  g_signal_connect (dialog, "ringing", G_CALLBACK (on_told), held);
  g_signal_connect (dialog, "confirmed", G_CALLBACK (on_told), held);
  g_signal_connect (dialog, "answered", G_CALLBACK (on_answered), held);
  g_signal_connect (dialog, "early", G_CALLBACK (on_answered), held);
  if ((manners & 8) == 0) { /* else the dialog answers by itself */
    g_signal_connect (dialog, "reoffered", G_CALLBACK (on_reoffered), held);
    g_signal_connect (dialog, "offer-wanted", G_CALLBACK (on_wanted), held);
  }
  g_signal_connect (dialog, "reanswered", G_CALLBACK (on_answered), held);
  g_ptr_array_add (helds, held);
}

static void
on_incoming (KithSip *stack, KithDialog *dialog, gpointer data)
{
  if ((manners & 4) != 0) {
    return; /* refused by the stack */
  }
  hold (g_object_ref (dialog));
  if ((manners & 2) != 0) {
    kith_dialog_ring (dialog);
  }
}

static Held *
pick_held (Input *input)
{
  guint one = take (input);

  return helds->len > 0 ? helds->pdata[helds->len - 1 - one % helds->len] : NULL;
}

/* What the peer hears */

static gchar *
header_of (const char *message, const char *name)
{
  g_autofree gchar *needle = g_strdup_printf ("\r\n%s:", name);
  const char *line = strstr (message, needle);

  if (line == NULL) {
    return g_strdup ("");
  }
  line += strlen (needle);
  gchar *value = g_strndup (line, strcspn (line, "\r"));
  return g_strstrip (value);
}

static Leg *
find_leg (const char *call_id)
{
  for (guint i = 0; i < n_legs; i++) {
    if (strcmp (legs[i].call_id, call_id) == 0) {
      return &legs[i];
    }
  }
  return NULL;
}

static void
leg_clear (Leg *leg)
{
  g_free (leg->call_id);
  g_free (leg->own);
  g_free (leg->other);
  g_free (leg->tag);
  g_free (leg->invite);
  g_free (leg->last);
  memset (leg, 0, sizeof *leg);
}

static void
hear_request (const char *message)
{
  g_autofree gchar *call_id = header_of (message, "Call-ID");
  Leg *leg = find_leg (call_id);

  if (leg == NULL && g_str_has_prefix (message, "INVITE ") && n_legs < MAX_LEGS) {
    g_autofree gchar *to = header_of (message, "To");
    leg = &legs[n_legs++];
    leg->called = TRUE;
    leg->call_id = g_steal_pointer (&call_id);
    leg->own = g_strconcat (to, ";tag=peer", NULL);
    leg->other = header_of (message, "From");
    leg->cseq = 100;
  }
  if (leg != NULL) {
    gchar **place = g_str_has_prefix (message, "INVITE ") ? &leg->invite : &leg->last;
    g_free (*place);
    *place = g_strdup (message);
  }
}

static void
hear_response (const char *message)
{
  g_autofree gchar *call_id = header_of (message, "Call-ID");
  g_autofree gchar *to = header_of (message, "To");
  const char *tag = strstr (to, ";tag=");
  Leg *leg = find_leg (call_id);

  if (leg != NULL && !leg->called && leg->tag == NULL && tag != NULL) {
    leg->tag = g_strndup (tag + 5, strcspn (tag + 5, ";> "));
  }
}

static void
hear_message (const char *message)
{
  if (show) {
    g_printerr ("<<< %s\n", message);
  }
  if (g_str_has_prefix (message, "SIP/2.0 ")) {
    hear_response (message);
  } else {
    hear_request (message);
  }
}

/* The first edge, or the next one: what is no stream of messages ends it. */
static void
open_plain (void)
{
  if (plain_fd >= 0) {
    (void)close (plain_fd);
  }
  plain_fd = kith_sip_open_edge (sip, NULL);
  check (plain_fd >= 0);
}

/* Takes what came; a stream is cut at its requests and responses, none of which has a body that
   looks like one. */
static void
hear (void)
{
  static char text[65536];
  int fd = over_link ? link_fd : plain_fd;

  for (;;) {
    ssize_t n = fd >= 0 ? recv (fd, text, sizeof text - 1, MSG_DONTWAIT) : -1;
    if (n == 0 && !over_link) {
      open_plain ();
      return;
    }
    if (n <= 0) {
      return;
    }
    text[n] = '\0';
    for (char *at = text; at != NULL && *at != '\0';) {
      char *body = strstr (at, "\r\n\r\n");
      char *next = body != NULL ? strstr (body, "SIP/2.0") : NULL;
      while (next != NULL && next > body + 4 && next[-1] != '\n') {
        next--;
      }
      char kept = next != NULL ? *next : '\0';
      if (next != NULL) {
        *next = '\0';
      }
      hear_message (at);
      if (next != NULL) {
        *next = kept;
      }
      at = next;
    }
  }
}

static void
turn (void)
{
  kith_sip_stack_poke (KITH_SIP_STACK (sip));
  for (guint i = 0; i < 4 && g_main_context_iteration (NULL, FALSE); i++) {
  }
  hear ();
}

static void
pass (guint ms)
{
  for (; ms > 0; ms -= MIN (ms, STEP_MS)) {
    kith_clock_advance (clock_of_all, MIN (ms, STEP_MS));
    turn ();
  }
}

/* What the peer says */

/* As an edge hands it on. */
static void
say_by_edge (const GString *message)
{
  g_autoptr (GString) out = g_string_new_len (message->str, (gssize)message->len);
  const char *branch = strstr (message->str, ";branch=");
  gsize line = strcspn (message->str, "\n") + 1;

  if (!g_str_has_prefix (message->str, "SIP/2.0 ") && line < message->len) {
    g_autofree gchar *ours
        = g_strdup_printf ("Via: SIP/2.0/TCP edge.invalid;branch=%.*s\r\n"
                           "Kith-Caller: plain udp 127.0.0.1:%u\r\n",
                           branch != NULL ? (int)strcspn (branch + 8, ";,\r") : 1,
                           branch != NULL ? branch + 8 : "x",
                           plain_port);
    g_string_insert (out, (gssize)line, ours);
  }
  (void)!send (plain_fd, out->str, out->len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void
say (const GString *message)
{
  if (show) {
    g_printerr (">>> %s\n", message->str);
  }
  if (!over_link) {
    say_by_edge (message);
  } else if (link_fd >= 0) {
    (void)!send (link_fd, message->str, message->len, MSG_DONTWAIT | MSG_NOSIGNAL);
  }
  if (message != sent) {
    g_string_assign (sent, message->str);
  }
  turn ();
}

static void
add_contact (GString *out, guint kind)
{
  static const char *const others[]
      = { "<sip:p@192.168.1.9>",   "<sip:p@host.example.invalid:5070>",
          "<sip:p@[2001:db8::7]>", "<sips:p@127.0.0.1>",
          "<tel:+4930>",           "*" };

  if (kind % 16 < G_N_ELEMENTS (others)) {
    g_string_append_printf (out, "Contact: %s\r\n", others[kind % 16]);
  } else if (kind % 16 != 15 && over_link) {
    g_string_append (out, "Contact: <sip:p@" HOST ";transport=tcp>\r\n");
  } else if (kind % 16 != 15) {
    g_string_append_printf (out, "Contact: <sip:p@127.0.0.1:%u>\r\n", plain_port);
  }
}

static void
add_extra (GString *out, guint kind)
{
  static const char *const extras[]
      = { "Require: 100rel\r\nRSeq: 1\r\n",
          "RSeq: 7\r\n",
          "Record-Route: <sip:127.0.0.1:5999;lr>\r\n",
          "Record-Route: <sip:127.0.0.1:5999>\r\n",
          "Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n",
          "Session-Expires: 90;refresher=uas\r\n",
          "Session-Expires: 90;refresher=uac\r\nSupported: timer\r\n",
          "Require: timer\r\n",
          "Retry-After: 1\r\n",
          "Replaces: a@b;to-tag=1;from-tag=2\r\n",
          "Allow: INVITE\r\n",
          "Min-SE: 500\r\n",
          "Event: refer\r\nSubscription-State: active\r\n",
          "Refer-To: <sip:toll@example.org>\r\n",
          "RAck: 1 1 INVITE\r\n",
          "Expires: 1\r\n" };

  if (kind % 32 < G_N_ELEMENTS (extras)) {
    g_string_append (out, extras[kind % 32]);
  }
}

static void
add_body (GString *out, guint kind)
{
  static const char *const bodies[] = { "",
                                        SDP_OF ("7002", ""),
                                        SDP_OF ("7004", "a=rtpmap:0 PCMU/8000\r\n"),
                                        SDP_OF ("7004", "a=sendonly\r\n"),
                                        SDP_OF ("7006", "a=inactive\r\n"),
                                        "v=0\r\nm=broken\r\n",
                                        SDP_OF ("0", ""),
                                        "hello" };
  const char *body = bodies[kind % G_N_ELEMENTS (bodies)];

  if (*body != '\0') {
    g_string_append_printf (out,
                            "Content-Type: %s\r\n",
                            *body == 'h' ? "text/plain" : "application/sdp");
  }
  g_string_append_printf (out, "Content-Length: %zu\r\n\r\n%s", strlen (body), body);
}

static Leg *
pick_leg (Input *input)
{
  guint one = take (input);

  return n_legs > 0 ? &legs[n_legs - 1 - one % n_legs] : NULL;
}

/* Answers our @request. */
static void
respond (Input *input, const char *request)
{
  static const guint statuses[]
      = { 100, 180, 181, 183, 199, 200, 202, 300, 302, 305, 401, 404, 405, 407,
          408, 415, 420, 422, 423, 480, 481, 482, 486, 487, 488, 489, 491, 494,
          500, 501, 503, 504, 505, 580, 600, 603, 604, 606, 666, 699 };
  static const char *const tags[]
      = { ";tag=peer", ";tag=peer", ";tag=peer", ";tag=other", "", ";tag=third" };
  static const char *const copied[] = { "Via", "From", "To", "Call-ID", "CSeq" };
  guint status = statuses[take (input) % G_N_ELEMENTS (statuses)];
  const char *tag = tags[take (input) % G_N_ELEMENTS (tags)];
  g_autoptr (GString) out = g_string_new (NULL);

  g_string_printf (out, "SIP/2.0 %u Word\r\n", status);
  for (gsize i = 0; i < G_N_ELEMENTS (copied); i++) {
    g_autofree gchar *value = header_of (request, copied[i]);
    gboolean tagged = i != 2 || strstr (value, ";tag=") != NULL;
    g_string_append_printf (out, "%s: %s%s\r\n", copied[i], value, tagged ? "" : tag);
  }
  add_contact (out, take (input));
  add_extra (out, take (input));
  add_body (out, take (input));
  say (out);
}

/* A request of the peer; @method inside the dialog, or INVITE that makes one. */
static void
request (Input *input, Leg *leg, const char *method)
{
  guint how = take (input);
  gboolean first = strcmp (method, "ACK") == 0 || strcmp (method, "CANCEL") == 0;
  const char *at_us = over_link ? "me@" HOST : "me@127.0.0.1";
  g_autoptr (GString) out = g_string_new (NULL);

  if (first) {
    leg->branch = (how & 1) != 0 ? leg->branch : leg->invite_branch;
  } else {
    leg->cseq += (how & 3) == 1 ? 0 : (how & 3) == 2 ? (guint)-1 : 1;
    leg->branch = (how & 12) == 12 ? leg->branch : leg->branch + 1;
  }
  g_string_printf (out,
                   "%s sip:%s SIP/2.0\r\nVia: SIP/2.0/%s %s;branch=z9hG4bK%s%u;rport\r\n"
                   "Max-Forwards: 70\r\nFrom: %s\r\nTo: %s",
                   method,
                   at_us,
                   over_link ? "TCP" : "UDP",
                   over_link ? HOST : "127.0.0.1",
                   leg->call_id,
                   leg->branch,
                   leg->own,
                   leg->other);
  if (!leg->called && leg->tag != NULL && strcmp (method, "CANCEL") != 0 && (how & 16) == 0) {
    g_string_append_printf (out, ";tag=%s", leg->tag);
  }
  g_string_append_printf (out,
                          "\r\nCall-ID: %s\r\nCSeq: %u %s\r\n",
                          leg->call_id,
                          leg->cseq,
                          method);
  add_contact (out, take (input));
  add_extra (out, take (input));
  add_body (out, take (input));
  say (out);
}

/* A new call of the peer. */
static void
call_us (Input *input)
{
  static guint last = 0;

  if (n_legs == MAX_LEGS) {
    return;
  }
  Leg *leg = &legs[n_legs++];
  leg->call_id = g_strdup_printf ("f%u", ++last);
  leg->own = g_strdup (over_link ? "<sip:p@" HOST ">;tag=peer" : "<sip:p@127.0.0.1>;tag=peer");
  leg->other = g_strdup (over_link ? "<sip:me@" HOST ">" : "<sip:me@127.0.0.1>");
  leg->invite_branch = 1;
  request (input, leg, "INVITE");
}

/* The steps */

static void
dial (Input *input)
{
  g_autofree gchar *uri
      = over_link ? g_strdup ("sip:p@" HOST) : g_strdup_printf ("sip:p@127.0.0.1:%u", plain_port);
  KithDialParams params
      = { .request_uri = uri, .from_uri = "sip:me@" HOST, .link_id = over_link ? link_id : 0 };
  KithDialog *dialog = kith_sip_dial (sip, &params, SDP_OF ("7000", ""), NULL);

  if (dialog != NULL) {
    hold (dialog);
  }
  turn ();
}

static void
use_verb (Input *input)
{
  static const guint refusals[] = { 486, 603, 480, 302, 488, 500, 699, 300 };
  guint verb = take (input);
  Held *held = pick_held (input);

  if (held == NULL) {
    return;
  }
  switch (verb % 6) {
  case 0:
    kith_dialog_answer (held->dialog, SDP_OF ("7000", ""));
    break;
  case 1:
    kith_dialog_ring (held->dialog);
    break;
  case 2:
    kith_dialog_reject (held->dialog, refusals[verb / 6 % G_N_ELEMENTS (refusals)], NULL);
    break;
  case 3:
    kith_dialog_hang_up (held->dialog, (verb & 64) != 0 ? "local" : NULL);
    break;
  case 4:
    held->asked = FALSE;
    kith_dialog_reanswer (held->dialog,
                          (verb & 64) != 0 ? 488 : 200,
                          (verb & 128) != 0 ? NULL : SDP_OF ("7008", ""));
    break;
  default:
    kith_dialog_hang_up (held->dialog, NULL);
    (void)g_ptr_array_remove (helds, held); /* nobody looks any more */
    break;
  }
  turn ();
}

static void
break_link (Input *input)
{
  if (!over_link) {
    return;
  }
  if (take (input) % 2 == 0) {
    kith_sip_detach_link (sip, link_id);
  } else if (link_fd >= 0) {
    (void)close (link_fd);
    link_fd = -1;
  }
  turn ();
}

static void
wait_some (Input *input)
{
  guint ms = MIN ((take (input) + 1) * 160, MAX_MS - passed_ms);

  passed_ms += ms;
  pass (ms);
}

static void
step (Input *input)
{
  static const char *const methods[]
      = { "INVITE", "UPDATE", "BYE",     "CANCEL",  "ACK",       "INFO", "PRACK",
          "REFER",  "NOTIFY", "OPTIONS", "MESSAGE", "SUBSCRIBE", "FOO" };
  guint what = take (input) % 16;
  Leg *leg = NULL;

  switch (what) {
  case 0:
    dial (input);
    break;
  case 1:
    call_us (input);
    break;
  case 2:
  case 3:
    use_verb (input);
    break;
  case 4:
  case 5:
  case 6:
    leg = pick_leg (input);
    if (leg != NULL && leg->invite != NULL) {
      respond (input, leg->invite);
    }
    break;
  case 7:
    leg = pick_leg (input);
    if (leg != NULL && leg->last != NULL) {
      respond (input, leg->last);
    }
    break;
  case 8:
  case 9:
  case 10:
  case 11:
    leg = pick_leg (input);
    if (leg != NULL) {
      request (input, leg, methods[take (input) % G_N_ELEMENTS (methods)]);
    }
    break;
  case 12:
    say (sent);
    break;
  case 13:
    break_link (input);
    break;
  default:
    wait_some (input);
    break;
  }
}

/* The sequence */

static void
start (void)
{
  static const guint8 key[KITH_SIP_TOKEN_KEY] = { 1 };
  KithSipStackConfig config = { .bind = "127.0.0.1", .edge_key = key };

  show = g_getenv ("FUZZ_SHOW") != NULL;
  kith_log_setup (show ? G_LOG_LEVEL_DEBUG : G_LOG_LEVEL_CRITICAL, FALSE);
  clock_of_all = kith_clock_new_manual (G_GINT64_CONSTANT (1700000000) * G_USEC_PER_SEC);
  kith_clock_set_default (clock_of_all);
  helds = g_ptr_array_new_with_free_func (held_free);
  sent = g_string_new (NULL);
  sip = kith_sip_stack_new (&config);
  g_signal_connect (sip, "incoming", G_CALLBACK (on_incoming), NULL);
  check (kith_sip_start (sip, NULL));
  kith_sip_set_edge (sip, our_port, 0, NULL, 0);
  open_plain ();
}

static void
begin (guint8 how)
{
  int fds[2];

  over_link = (how & 1) != 0;
  manners = how >> 1;
  passed_ms = 0;
  if (over_link) {
    link_id = link_id % 60000 + 1;
    check (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) == 0);
    link_fd = fds[1];
    check (kith_sip_attach_link (sip, link_id, fds[0], NULL, HOST, NULL));
  }
}

/* All hang up, and after a while nothing of it may be left. */
static void
end (void)
{
  KithSipStack *stack = KITH_SIP_STACK (sip);

  for (guint i = 0; i < helds->len; i++) {
    kith_dialog_hang_up (((Held *)helds->pdata[i])->dialog, NULL);
  }
  turn ();
  if (over_link) {
    kith_sip_detach_link (sip, link_id);
    turn ();
  }
  pass (45000);
  for (guint i = 0; i < helds->len; i++) {
    check (((Held *)helds->pdata[i])->over);
  }
  check (g_hash_table_size (stack->dialogs) == 0);
  check (kith_call_ids_count (stack->call_ids) == 0);
  g_ptr_array_set_size (helds, 0);
  for (guint i = 0; i < n_legs; i++) {
    leg_clear (&legs[i]);
  }
  n_legs = 0;
  g_string_truncate (sent, 0);
  if (link_fd >= 0) {
    (void)close (link_fd);
    link_fd = -1;
  }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  Input input = { data, data + size };

  if (sip == NULL) {
    start ();
  }
  begin ((guint8)take (&input));
  for (guint i = 0; i < MAX_STEPS && input.at < input.end; i++) {
    step (&input);
  }
  end ();
  return 0;
}
