/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each mend of the stock library, seen through the library itself: without it the test fails, hangs
   or aborts. */
#include <dlfcn.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include "sip-wire.h"
#include "sip/sofia/sofia-patches.h"
#include "sip/sofia/sofia.h"

static gint64 wall_jump_s = 0;

/* The wall clock of this program may be set back. */
__attribute__ ((visibility ("default"))) int
clock_gettime (clockid_t id, struct timespec *now)
{
  int result = (int)syscall (SYS_clock_gettime, id, now);

  if (id == CLOCK_REALTIME) {
    now->tv_sec += wall_jump_s;
  }
  return result;
}

__attribute__ ((visibility ("default"))) int
gettimeofday (struct timeval *restrict tv, void *restrict tz)
{
  struct timespec now;

  (void)clock_gettime (CLOCK_REALTIME, &now);
  tv->tv_sec = now.tv_sec;
  tv->tv_usec = now.tv_nsec / 1000;
  return 0;
}

static su_duration_t
measure_jump (void)
{
  su_time_t before = su_now ();

  wall_jump_s -= 3600;
  su_duration_t moved = su_duration (su_now (), before);
  wall_jump_s += 3600;
  return moved;
}

/* First of all tests: the library's own clock does follow the wall clock, and after the mend it
   does not. */
static void
test_clock (void)
{
  g_assert_cmpint (measure_jump (), <, -3000000);
  kith_patches_install ();
  g_assert_cmpint (measure_jump (), >=, 0);
  g_assert_cmpint (measure_jump (), <, 1000);
  su_time_t before = su_now ();
  g_usleep (20000);
  g_assert_cmpint (su_duration (su_now (), before), >=, 19);
  g_assert_cmpint (su_duration (su_now (), before), <, 1000);
}

static gpointer
resolve_elsewhere (gpointer data)
{
  struct addrinfo *list = NULL;
  int result = getaddrinfo ("localhost", "5060", NULL, &list);

  if (result == 0) {
    freeaddrinfo (list);
  }
  return GINT_TO_POINTER (result);
}

static void
test_names (void)
{
  su_addrinfo_t *list = NULL;

  kith_patches_install ();
  /* the library's own call */
  g_assert_cmpint (su_getaddrinfo ("localhost", "5060", NULL, &list), ==, EAI_NONAME);
  g_assert_cmpint (su_getaddrinfo ("127.0.0.1", "5060", NULL, &list), ==, 0);
  su_freeaddrinfo (list);
  GThread *thread = g_thread_new ("resolver", resolve_elsewhere, NULL);
  g_assert_cmpint (GPOINTER_TO_INT (g_thread_join (thread)), ==, 0);
}

static void
test_sockets (void)
{
  int one = 1;
  int fds[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, fds), ==, 0);
  g_assert_cmpint (setsockopt (fds[0], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one), ==, 0);
  g_assert_cmpint (setsockopt (fds[0], SOL_SOCKET, 99999, &one, sizeof one), ==, -1);
  close (fds[0]);
  close (fds[1]);
  int udp = socket (AF_INET, SOCK_DGRAM, 0);
  g_assert_cmpint (setsockopt (udp, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one), ==, -1);
  g_assert_cmpint (errno, ==, ENOPROTOOPT);
  close (udp);
}

static int
ignore_message (nta_agent_magic_t *magic, nta_agent_t *agent, msg_t *msg, sip_t *sip)
{
  msg_destroy (msg);
  return 0;
}

/* A copy of a message with two User-Agent headers is serialized: the stock library aborts. */
static void
test_serialize (void)
{
  static const char text[] = "OPTIONS sip:a@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
                             "127.0.0.1;branch=z9hG4bK1\r\nFrom: <sip:b@c>;tag=1\r\n"
                             "To: <sip:a@b>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: "
                             "70\r\nUser-Agent: one\r\nUser-Agent: two\r\n"
                             "Content-Length: 0\r\n\r\n";

  (void)su_init ();
  su_root_t *root = su_root_create (NULL);
  su_root_threading (root, 0);
  nta_agent_t *agent = nta_agent_create (root,
                                         URL_STRING_MAKE ("sip:127.0.0.1:0;transport=udp"),
                                         ignore_message,
                                         NULL,
                                         NTATAG_UA (0),
                                         TAG_END ());
  g_assert_nonnull (agent);
  msg_t *msg = nta_msg_create (agent, 0);
  sip_t *sip = sip_object (msg);
  g_assert_cmpint (sip_add_make (msg, sip, sip_user_agent_class, "one"), ==, 0);
  msg_t *parsed = msg_make (sip_default_mclass (), 0, text, (isize_t)strlen (text));
  g_assert_nonnull (parsed);
  msg_t *copy = msg_copy (parsed);
  sip_user_agent_t *extra = sip_user_agent_make (msg_home (copy), "two");
  ((msg_header_t *)sip_object (copy)->sip_user_agent)->sh_next = (msg_header_t *)extra;
  g_assert_cmpint (msg_serialize (copy, (msg_pub_t *)sip_object (copy)), >=, 0);
  g_assert_null (((msg_header_t *)sip_object (copy)->sip_user_agent)->sh_next);
  msg_destroy (copy);
  msg_destroy (parsed);
  msg_destroy (msg);
  nta_agent_destroy (agent);
  su_root_destroy (root);
}

static void
test_epoll (void)
{
  kith_patches_watch_epoll ();
  int fd = epoll_create (1);
  g_assert_cmpint (kith_patches_take_epoll (), ==, fd);
  g_assert_cmpint (kith_patches_take_epoll (), ==, -1);
  close (fd);
  kith_patches_watch_epoll ();
  su_root_t *root = su_root_create (NULL); /* the library's call comes here, too */
  g_assert_cmpint (kith_patches_take_epoll (), >=, 0);
  su_root_destroy (root);
}

/* All our definitions are in the dynamic symbol table of this program, before those of the
   libraries. */
static void
test_exported (void)
{
  static const char *names[] = { "msg_serialize",
                                 "msg_next",
                                 "sip_method_d",
                                 "nua_client_next_request",
                                 "sip_response_terminates_dialog",
                                 "getaddrinfo",
                                 "setsockopt",
                                 "epoll_create",
                                 "listen",
                                 "nta_agent_create",
                                 "nta_incoming_tag",
                                 "nta_outgoing_mcreate",
                                 "tport_base_deliver",
                                 "tport_alloc_secondary",
                                 "tport_zap_secondary",
                                 "tport_base_connect",
                                 "tport_tsend",
                                 "tport_recv_stream",
                                 "tport_hup_event",
                                 "su_getmsgsize",
                                 "su_vrecv" };
  void *self = dlopen (NULL, RTLD_NOW);

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    Dl_info info = { 0 };
    g_assert_cmpint (dladdr (dlsym (self, names[i]), &info), !=, 0);
    g_test_message ("%s in %s", names[i], info.dli_fname);
    g_assert_nonnull (strstr (info.dli_fname, "test-sofia-patches"));
  }
  dlclose (self);
}

/* The clock is set back by an hour between the answer and its repetition: the library's timers go
   on. */
static void
test_timers_after_jump (void)
{
  Party bob;
  Wire wire;

  party_start (&bob, "127.0.0.1", TRUE);
  wire_open (&wire, "127.0.0.1", 0, kith_sip_get_port (bob.sip), FALSE);
  wire_send (&wire, "INVITE", "jump", "1", NULL, "", SDP_A);
  WAIT_UNTIL (bob.calls == 1);
  kith_dialog_answer (bob.in.dialog, SDP_B);
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 200);
  wall_jump_s -= 3600;
  g_assert_cmpuint (wire_status (&wire, 1000), ==, 200); /* again after 0.5 s: no ACK came */
  wall_jump_s += 3600;
  wire_close (&wire);
  party_stop (&bob);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  kith_log_setup (G_LOG_LEVEL_CRITICAL, FALSE);
  g_test_add_func ("/sip/mends/clock", test_clock);
  g_test_add_func ("/sip/mends/names", test_names);
  g_test_add_func ("/sip/mends/sockets", test_sockets);
  g_test_add_func ("/sip/mends/serialize", test_serialize);
  g_test_add_func ("/sip/mends/epoll", test_epoll);
  g_test_add_func ("/sip/mends/exported", test_exported);
  g_test_add_func ("/sip/mends/timers-after-jump", test_timers_after_jump);
  return g_test_run ();
}
