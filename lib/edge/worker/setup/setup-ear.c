/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The group's socket may share its port with that of SIP, which is bound to all addresses. */
#include "edge/worker/setup/setup-ear.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "edge/worker/io/listener.h"

#define LINKS_MAX 16

struct _KithSetupEar {
  KithEdgeLoop *loop;
  KithEdgePorts *ports;
  KithSetupPnp *pnp;
  KithUdpSocket *group; /* what phones send to all */
  int group_fd;
  KithUdpSocket *voice; /* what goes to one of them, and its answer */
  guint16 voice_port;
  guint n_own;
  KithEndpoint own[LINKS_MAX]; /* IPv4 */
  int problem;                 /* that was told last */
  void (*tell) (gpointer data, const KithEdgeFrame *frame);
  gpointer data;
};

static gboolean
on_may_read (gpointer data, const KithWay *way)
{
  return TRUE;
}

static void
on_datagram (gpointer data, const KithWay *way, const guint8 *bytes, gsize len)
{
  kith_setup_pnp_datagram (((KithSetupEar *)data)->pnp, way, bytes, len);
}

static void
on_refused (gpointer data, const KithEndpoint *peer)
{
}

static const KithUdpFuncs udp_funcs = { on_may_read, on_datagram, on_refused };

static struct in_addr
group_address (void)
{
  return (struct in_addr){ .s_addr = htonl (0xe000014b) }; /* 224.0.1.75 */
}

/* Returns the descriptor, or -1 and errno. Nobody can take part in the port afterwards. */
static int
bind_group (KithUdpSocket *sip)
{
  struct sockaddr_in at
      = { .sin_family = AF_INET, .sin_port = htons (KITH_PNP_PORT), .sin_addr = group_address () };
  const int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  int yes = 1;
  int no = 0;

  if (fd < 0) {
    return -1;
  }
  (void)setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (sip != NULL) {
    kith_udp_socket_share (sip, TRUE);
  }
  const int why = bind (fd, (struct sockaddr *)&at, sizeof at) == 0 ? 0 : errno;
  if (sip != NULL) {
    kith_udp_socket_share (sip, FALSE);
  }
  (void)setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &no, sizeof no);
  if (why != 0) {
    (void)close (fd);
    errno = why;
    return -1;
  }
  return fd;
}

/* On the link of each address; where it is already is no matter. */
static void
join (KithSetupEar *ear)
{
  for (guint i = 0; i < ear->n_own; i++) {
    struct ip_mreqn request = { .imr_multiaddr = group_address () };
    memcpy (&request.imr_address, ear->own[i].ip, 4);
    (void)setsockopt (ear->group_fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof request);
  }
}

/* Said once for each reason. */
static void
complain (KithSetupEar *ear, int why)
{
  if (why == ear->problem) {
    return;
  }
  KithEdgeFrame *frame = g_new0 (KithEdgeFrame, 1);
  frame->type = KITH_EDGE_LOG;
  frame->text.level = KITH_EDGE_WARNING;
  (void)g_snprintf (frame->text.text,
                    sizeof frame->text.text,
                    "phones that look for their settings are not heard: 224.0.1.75 port %d: %s",
                    KITH_PNP_PORT,
                    g_strerror (why));
  ear->problem = why;
  ear->tell (ear->data, frame);
  g_free (frame);
}

static void
close_both (gpointer data)
{
  KithSetupEar *ear = data;

  g_clear_pointer (&ear->group, kith_udp_socket_free);
  g_clear_pointer (&ear->voice, kith_udp_socket_free);
}

static gboolean
open_both (gpointer data)
{
  KithSetupEar *ear = data;
  KithEndpoint any = { .family = 4 };
  int one = 1;
  const int voice = kith_bind (&any, SOCK_DGRAM, 0);
  const int group = voice >= 0 ? bind_group (kith_edge_ports_udp (ear->ports, 4)) : -1;
  const int why = group < 0 ? errno : 0;

  if (group < 0) {
    if (voice >= 0) {
      (void)close (voice);
    }
    complain (ear, why);
    return FALSE;
  }
  ear->problem = 0;
  (void)setsockopt (voice, SOL_SOCKET, SO_DONTROUTE, &one, sizeof one); /* this link alone */
  ear->voice_port = any.port;
  ear->group_fd = group;
  ear->voice = kith_udp_socket_new (ear->loop, voice, 4, &udp_funcs, ear);
  ear->group = kith_udp_socket_new (ear->loop, group, 4, &udp_funcs, ear);
  join (ear);
  return TRUE;
}

static void
send_it (gpointer data, const KithWay *way, const char *text, gsize len)
{
  (void)kith_udp_socket_send (((KithSetupEar *)data)->voice, way, text, len);
}

static guint16
voice_port (gpointer data)
{
  return ((KithSetupEar *)data)->voice_port;
}

static void
tell_it (gpointer data, const KithEdgeFrame *frame)
{
  KithSetupEar *ear = data;

  ear->tell (ear->data, frame);
}

static const KithSetupPnpFuncs pnp_funcs = { open_both, close_both, send_it, voice_port, tell_it };

void
kith_setup_ear_set_own (KithSetupEar *ear, const KithEdgeAddresses *own)
{
  ear->n_own = 0;
  for (guint i = 0; i < own->n && ear->n_own < LINKS_MAX; i++) {
    if (own->list[i].family == 4 && !kith_endpoint_is_loopback (&own->list[i])) {
      ear->own[ear->n_own++] = own->list[i];
    }
  }
  if (ear->group != NULL) {
    join (ear);
  }
}

void
kith_setup_ear_order (KithSetupEar *ear, const KithEdgeFrame *frame)
{
  kith_setup_pnp_order (ear->pnp, frame);
}

KithSetupEar *
kith_setup_ear_new (KithEdgeLoop *loop,
                    KithEdgePorts *ports,
                    void (*tell) (gpointer data, const KithEdgeFrame *frame),
                    gpointer data)
{
  KithSetupEar *ear = g_new0 (KithSetupEar, 1);

  ear->loop = loop;
  ear->ports = ports;
  ear->tell = tell;
  ear->data = data;
  ear->pnp = kith_setup_pnp_new (kith_edge_loop_clock (loop), &pnp_funcs, ear);
  return ear;
}

void
kith_setup_ear_free (KithSetupEar *ear)
{
  if (ear != NULL) {
    kith_setup_pnp_free (ear->pnp);
    g_free (ear);
  }
}
