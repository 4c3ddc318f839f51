/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ends agents in the instants in which the address of their STUN server becomes known: libnice
   looks for the stream then, on another thread than the one that closes the agent. */
#include <dlfcn.h>
#include <nice/agent.h>

#include "base/media-thread.h"
#include "link-fixture.h"
#include "path/ice-agent.h"

#define ROUNDS 400

/* libnice's own, and then a rest: between a stream and its agent whatever the main thread does
   finds an agent without a stream. */
void
nice_agent_remove_stream (NiceAgent *agent, guint stream)
{
  static void (*theirs) (NiceAgent * agent, guint stream);

  if (theirs == NULL) {
    theirs = (void (*) (NiceAgent *, guint))dlsym (RTLD_NEXT, "nice_agent_remove_stream");
  }
  theirs (agent, stream);
  g_usleep (1000);
}

static void
on_nothing (gpointer user_data)
{
}

static void
on_datagram (const guint8 *data, gsize len, gpointer user_data)
{
}

static const KithIceEvents events = { .connected = on_nothing,
                                      .gathered = on_nothing,
                                      .moved = on_nothing,
                                      .failed = on_nothing,
                                      .datagram = on_datagram };

/* libnice loses the 16 bytes of its question for the server's address when the agent ends
   before the answer: not ours to find. There only under the sanitizers. */
void __lsan_disable (void) __attribute__ ((weak));
void __lsan_enable (void) __attribute__ ((weak));

static KithIce *
begin (const KithIceConfig *config)
{
  if (__lsan_disable != NULL) {
    __lsan_disable ();
  }
  KithIce *ice = kith_ice_new (config, &events, NULL, NULL);
  if (__lsan_enable != NULL) {
    __lsan_enable ();
  }
  return ice;
}

static void
iterate (void)
{
  while (g_main_context_iteration (NULL, FALSE)) {
  }
}

static void
test_early_end (void)
{
  kith_media_thread_start ();
  KithMailbox *box = kith_path_box_new ();
  guint8 seed[KITH_SEED_LEN] = { 7 };

  for (guint i = 0; i < ROUNDS; i++) {
    KithIceConfig config = { .role = KITH_ICE_CALLER,
                             .seed = seed,
                             .box = box,
                             .stun_host = "127.0.0.1",
                             .stun_port = 9 };
    KithIce *ice = begin (&config);
    g_assert_nonnull (ice);
    for (guint step = 0; step < i % 4; step++) {
      (void)g_main_context_iteration (NULL, FALSE);
    }
    kith_ice_free (ice);
    g_usleep (i % 200);
    iterate ();
  }
  g_usleep (100000); /* the last ones are closed on their thread */
  iterate ();
  kith_mailbox_free (box);
  kith_media_thread_stop ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ice-end/early", test_early_end);
  return g_test_run ();
}
