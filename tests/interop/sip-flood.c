/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sip-flood HOST METHODS CALL-ID BRANCH RATE SECONDS: SIP by UDP from 4,000 addresses of
   10.77.0.0/16, and how much came back. */
#include <arpa/inet.h>
#include <glib.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SOURCES 4000
#define PORT 5070
#define BURST 16
#define SDP                                                                                        \
  "v=0\r\no=- 1 1 IN IP4 10.77.0.1\r\ns=-\r\nc=IN IP4 10.77.0.1\r\nt=0 0\r\nm=audio 7000 RTP/AVP " \
  "0\r\n"

typedef struct {
  int fd;
  struct sockaddr_in to;
  GStrv methods;
  const char *host, *call_id, *branch; /* "-": another one each time */
  guint64 sent, sent_bytes, back, back_bytes;
} Flood;

static gchar *
make_message (const Flood *flood, const char *from)
{
  const char *method = flood->methods[flood->sent % g_strv_length (flood->methods)];
  gboolean invite = strcmp (method, "INVITE") == 0;
  gboolean known = strcmp (flood->call_id, "-") != 0;
  gboolean in_dialog = flood->sent % 3 == 0 || (!invite && strcmp (method, "CANCEL") != 0);
  g_autofree gchar *number = g_strdup_printf ("%d-%" G_GUINT64_FORMAT, getpid (), flood->sent);

  return g_strdup_printf (
      "%s sip:alice@%s SIP/2.0\r\nVia: SIP/2.0/UDP %s:5070;branch=z9hG4bK%s\r\nMax-Forwards: "
      "70\r\nFrom: <sip:m@%s>;tag=%s\r\nTo: <sip:alice@%s>%s\r\nCall-ID: %s\r\nCSeq: "
      "%" G_GUINT64_FORMAT " %s\r\nContact: <sip:m@%s>\r\n%sContent-Length: %zu\r\n\r\n%s",
      method,
      flood->host,
      from,
      strcmp (flood->branch, "-") != 0 ? flood->branch : number,
      from,
      known ? "phone" : number,
      flood->host,
      known && in_dialog ? ";tag=any" : "",
      known ? flood->call_id : number,
      known ? 1 + flood->sent % 5 : 1,
      method,
      from,
      invite ? "Content-Type: application/sdp\r\n" : "",
      invite ? strlen (SDP) : 0,
      invite ? SDP : "");
}

/* One datagram from the next address. */
static void
send_one (Flood *flood)
{
  guint n = (guint)(flood->sent % SOURCES);
  struct in_addr source = { htonl (0x0a4d0000u + 256 * (n / 200) + 1 + n % 200) };
  union {
    char room[CMSG_SPACE (sizeof (struct in_pktinfo))];
    struct cmsghdr aligned;
  } control = { 0 };
  char from[INET_ADDRSTRLEN] = "";

  (void)inet_ntop (AF_INET, &source, from, sizeof from);
  g_autofree gchar *text = make_message (flood, from);
  struct iovec data = { text, strlen (text) };
  struct msghdr message = { .msg_name = &flood->to,
                            .msg_namelen = sizeof flood->to,
                            .msg_iov = &data,
                            .msg_iovlen = 1,
                            .msg_control = control.room,
                            .msg_controllen = sizeof control.room };
  struct cmsghdr *header = CMSG_FIRSTHDR (&message);
  struct in_pktinfo info = { .ipi_spec_dst = source };
  header->cmsg_level = IPPROTO_IP;
  header->cmsg_type = IP_PKTINFO;
  header->cmsg_len = CMSG_LEN (sizeof info);
  memcpy (CMSG_DATA (header), &info, sizeof info);
  if (sendmsg (flood->fd, &message, MSG_DONTWAIT) > 0) {
    flood->sent_bytes += data.iov_len;
  }
  flood->sent++;
}

static void
read_all (Flood *flood)
{
  char buffer[4096];
  ssize_t n = 0;

  while ((n = recv (flood->fd, buffer, sizeof buffer, MSG_DONTWAIT)) > 0) {
    flood->back++;
    flood->back_bytes += (guint64)n;
  }
}

int
main (int argc, char **argv)
{
  Flood flood = { .to = { .sin_family = AF_INET, .sin_port = htons (5060) } };
  struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons (PORT) };
  int one = 1;

  if (argc != 7 || inet_pton (AF_INET, argv[1], &flood.to.sin_addr) != 1) {
    (void)fprintf (stderr, "usage: sip-flood HOST METHOD,… CALL-ID|- BRANCH|- RATE SECONDS\n");
    return 2;
  }
  flood.fd = socket (AF_INET, SOCK_DGRAM, 0);
  flood.host = argv[1];
  flood.methods = g_strsplit (argv[2], ",", -1);
  flood.call_id = argv[3];
  flood.branch = argv[4];
  (void)setsockopt (flood.fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (flood.fd < 0 || bind (flood.fd, (struct sockaddr *)&any, sizeof any) != 0) {
    perror ("sip-flood");
    return 1;
  }
  double rate = g_ascii_strtod (argv[5], NULL);
  gint64 start_us = g_get_monotonic_time ();
  gint64 end_us = start_us + (gint64)(g_ascii_strtod (argv[6], NULL) * G_USEC_PER_SEC);
  for (gint64 now_us = start_us; now_us < end_us + G_USEC_PER_SEC / 5;
       now_us = g_get_monotonic_time ()) {
    double due = (double)(MIN (now_us, end_us) - start_us) / G_USEC_PER_SEC * rate;
    for (guint i = 0; i < BURST && (double)flood.sent < due; i++) {
      send_one (&flood);
    }
    read_all (&flood);
    if ((double)flood.sent >= due) {
      g_usleep (500);
    }
  }
  (void)printf ("%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT
                " %" G_GUINT64_FORMAT "\n",
                flood.sent,
                flood.sent_bytes,
                flood.back,
                flood.back_bytes);
  g_strfreev (flood.methods);
  return 0;
}
