/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The doctor says the same rows for every patient, and a remedy for whatever is not well. */
#include "node/doctor/doctor.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/absent.h"
#include "common/fake-media.h"
#include "common/fake-nat.h"
#include "common/fake-registrar.h"
#include "common/fake-turn.h"
#include "model/phone/phone-import.h"

#define NOON (G_GINT64_CONSTANT (1767268800) * G_USEC_PER_SEC)

typedef struct {
  gchar *dir;
  KithConfig *config;
  KithClock *clock;
  KithPatient patient;
} Ward;

static void
set_up (Ward *ward, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  ward->dir = g_dir_make_tmp ("kith-doctor-XXXXXX", NULL);
  g_autofree gchar *none = g_build_filename (ward->dir, "kith.conf", NULL);
  g_assert_true (g_file_set_contents (none, "", 0, &error));
  ward->config = kith_config_load (none, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_unlink (none), ==, 0);
  g_free (ward->config->state_dir);
  ward->config->state_dir = g_strdup (ward->dir);
  ward->clock = kith_clock_new_manual (NOON);
  ward->patient = (KithPatient){
    .clock = ward->clock,
    .config = ward->config,
    .started_us = NOON - G_GINT64_CONSTANT (3700) * G_USEC_PER_SEC,
  };
}

static void
tear_down (Ward *ward, gconstpointer data)
{
  g_autofree gchar *key = g_build_filename (ward->dir, "identity.key", NULL);

  (void)g_unlink (key);
  g_assert_cmpint (g_rmdir (ward->dir), ==, 0);
  kith_config_free (ward->config);
  g_object_unref (ward->clock);
  g_free (ward->dir);
}

static const KithFinding *
find (GPtrArray *findings, const char *id)
{
  for (guint i = 0; i < findings->len; i++) {
    const KithFinding *row = findings->pdata[i];
    if (strcmp (row->id, id) == 0) {
      return row;
    }
  }
  g_error ("the doctor says nothing of %s", id);
}

/* What a client gets over the bus is all that it needs for the words. */
static void
assert_whole (const KithFinding *row)
{
  g_autoptr (GVariant) values = kith_saying_get_values (row->saying);
  g_autoptr (KithSaying) read = kith_saying_read (kith_saying_get_code (row->saying), values);
  g_autofree gchar *text = kith_saying_tell (row->saying);

  if (read == NULL) {
    g_error ("%s: a value lacks in “%s”", kith_saying_get_code (row->saying), text);
  }
  g_assert_null (strpbrk (text, "{}"));
}

static void
assert_finding (Ward *ward,
                const char *id,
                KithHealth health,
                const char *finding,
                const char *remedy)
{
  g_autoptr (GPtrArray) findings = kith_doctor_examine (&ward->patient);
  const KithFinding *row = find (findings, id);

  g_assert_cmpstr (kith_health_word (row->health), ==, kith_health_word (health));
  assert_whole (row);
  g_autofree gchar *text = kith_saying_tell (row->saying);
  g_autofree gchar *help = kith_finding_get_remedy (row);
  if (strstr (text, finding) == NULL || strstr (help, remedy) == NULL) {
    g_error ("%s: “%s” “%s”", id, text, help);
  }
}

/* Nothing of the node is there: still one row for each check, none empty. */
static void
test_nothing (Ward *ward, gconstpointer data)
{
  static const char *const ids[]
      = { "daemon",       "configuration", "identity",     "clock",        "network", "bootstrap",
          "registration", "device",        "nat",          "port-mapping", "stun",    "turn",
          "friends",      "relay",         "microphone",   "loudspeaker",  "sip",     "phones",
          "disk",         "database",      "contacts-file" };
  g_autoptr (GPtrArray) findings = kith_doctor_examine (&ward->patient);

  g_assert_cmpuint (findings->len, ==, G_N_ELEMENTS (ids));
  for (guint i = 0; i < findings->len; i++) {
    const KithFinding *row = findings->pdata[i];
    g_assert_cmpstr (row->id, ==, ids[i]);
    g_autofree gchar *text = kith_saying_tell (row->saying);
    g_autofree gchar *help = kith_finding_get_remedy (row);
    assert_whole (row);
    g_assert_cmpstr (text, !=, "");
    if (row->health == KITH_HEALTH_BAD || row->health == KITH_HEALTH_WARNING) {
      g_assert_true (g_str_has_suffix (help, "."));
    }
    if (row->health == KITH_HEALTH_OK) {
      g_assert_cmpstr (help, ==, "");
    }
  }
  assert_finding (ward, "daemon", KITH_HEALTH_OK, "1 h 1 min", "");
  assert_finding (ward, "identity", KITH_HEALTH_BAD, "none yet", "kith init");
}

/* Phones of the house, on a registrar that is played. */
static void
test_phones (Ward *ward, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KithDatabase) database = kith_database_open (ward->dir, &error);
  g_autoptr (KithStore) store = kith_store_new (database);
  g_autoptr (KithFakeRegistrar) registrar = kith_fake_registrar_new ();
  g_autoptr (KithClock) clock = kith_clock_new_manual (G_GINT64_CONSTANT (1767268800) * 1000000);
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  static const char *const names[] = { "attic", "desk", "door" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    KithPhoneLine *line = g_new0 (KithPhoneLine, 1);
    (void)g_strlcpy (line->phone.name, names[i], sizeof line->phone.name);
    (void)g_snprintf (line->phone.number, sizeof line->phone.number, "1%u", i);
    line->phone.secret.has_md5 = TRUE;
    g_ptr_array_add (lines, line);
  }
  const KithPhonesParts parts = { .clock = clock,
                                  .store = store,
                                  .lines = lines,
                                  .max = 4,
                                  .rules = { .max_expires_s = 600 } };
  g_autoptr (KithPhones) phones = kith_phones_new (&parts, &error);
  g_assert_no_error (error);
  kith_phones_attach (phones, KITH_REGISTRAR (registrar));
  kith_fake_registrar_start (registrar);
  ward->patient.phones = phones;
  ward->patient.clock = clock;
  assert_finding (ward, "phones", KITH_HEALTH_OK, "3 phones", "");
  const guint id
      = kith_fake_registrar_register (registrar, "desk", "192.168.1.40:5062", 1767269000, 0);
  kith_fake_registrar_reach (registrar, id, 0);
  kith_clock_advance (clock, 120000);
  assert_finding (ward,
                  "phones",
                  KITH_HEALTH_WARNING,
                  "desk: registered, and has not answered for 2 min",
                  "is on");
  kith_fake_registrar_report (registrar,
                              "attic",
                              KITH_PHONE_MISTAKEN,
                              "192.168.1.41:5062",
                              "asterisk");
  assert_finding (ward, "phones", KITH_HEALTH_WARNING, "“asterisk”", "user attic");
  assert_finding (ward, "phones", KITH_HEALTH_WARNING, "; 1 more", "");
  kith_fake_registrar_report (registrar, "door", KITH_PHONE_REFUSED, "192.168.1.42:5062", "");
  assert_finding (ward,
                  "phones",
                  KITH_HEALTH_WARNING,
                  "door: wrong password, from 192.168.1.42",
                  "kith phone password door");
  ward->patient.phones = NULL;
  ward->patient.clock = NULL;
  kith_store_stop (store);
  g_clear_object (&phones);
  g_clear_object (&store);
  g_autoptr (GDir) dir = g_dir_open (ward->dir, 0, NULL);
  for (const char *name = g_dir_read_name (dir); name != NULL; name = g_dir_read_name (dir)) {
    g_autofree gchar *file = g_build_filename (ward->dir, name, NULL);
    (void)g_unlink (file);
  }
}

/* kith.conf is read anew for every examination. */
static void
test_configuration (Ward *ward, gconstpointer data)
{
  g_autofree gchar *path = g_build_filename (ward->dir, "kith.conf", NULL);

  g_assert_true (g_file_set_contents (path, "", 0, NULL));
  g_autoptr (GPtrArray) findings = kith_doctor_examine (&ward->patient);
  g_autofree gchar *text = kith_saying_tell (find (findings, "configuration")->saying);
  g_assert_nonnull (strstr (text, "kith.conf"));
  g_assert_true (g_file_set_contents (path, "[turm]\n", -1, NULL));
  assert_finding (ward, "configuration", KITH_HEALTH_WARNING, "[turm]", "[turn]");
  g_assert_true (g_file_set_contents (path, "[link]\nstun=stun:x\n", -1, NULL));
  assert_finding (ward, "configuration", KITH_HEALTH_BAD, "[link] stun=stun:x", "Correct it");
  g_assert_cmpint (g_unlink (path), ==, 0);
}

static void
test_identity (Ward *ward, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *words = NULL;
  g_autofree gchar *key = g_build_filename (ward->dir, "identity.key", NULL);

  g_assert_true (kith_identity_init ());
  g_autoptr (KithVault) vault = kith_vault_create (ward->dir, "alice", NULL, &words, &error);
  g_assert_no_error (error);
  ward->patient.vault = vault;
  assert_finding (ward, "identity", KITH_HEALTH_OK, "alice", "");
  g_assert_cmpint (g_chmod (key, 0640), ==, 0);
  assert_finding (ward, "identity", KITH_HEALTH_BAD, "read by others", "chmod 600");
  g_assert_cmpint (g_chmod (key, 0600), ==, 0);
  g_autofree gchar *whole = NULL;
  gsize len = 0;
  g_assert_true (g_file_get_contents (key, &whole, &len, NULL));
  for (gsize cut = 0; cut <= len; cut += len / 2) { /* empty, half of it, and a byte too many */
    g_autoptr (GString) damaged = g_string_new_len (whole, (gssize)cut);
    if (cut == len) {
      g_string_append_c (damaged, 'x');
    }
    g_assert_true (g_file_set_contents_full (key,
                                             damaged->str,
                                             (gssize)damaged->len,
                                             G_FILE_SET_CONTENTS_CONSISTENT,
                                             0600,
                                             NULL));
    assert_finding (ward, "identity", KITH_HEALTH_BAD, "identity.key", "12 words");
  }
  g_assert_cmpint (g_unlink (key), ==, 0);
  assert_finding (ward, "identity", KITH_HEALTH_BAD, "not on the disk", "--restore");
}

static void
test_clock (Ward *ward, gconstpointer data)
{
  assert_finding (ward, "clock", KITH_HEALTH_OK, "plausible", "");
  g_autoptr (KithClock) old = kith_clock_new_manual (1000);
  ward->patient.clock = old;
  assert_finding (ward, "clock", KITH_HEALTH_BAD, "cannot be right", "timedatectl");
  ward->patient.clock = ward->clock;
}

/* The default devices are told by name, and that there is none. */
static void
test_sound (Ward *ward, gconstpointer data)
{
  g_autoptr (KithMediaMaker) media = kith_fake_media_maker_new ();

  ward->patient.media = media;
  kith_fake_media_maker_set_priority (KITH_FAKE_MEDIA_MAKER (media), KITH_PRIORITY_NONE);
  assert_finding (ward, "priority", KITH_HEALTH_WARNING, "no priority", "rtkit");
  kith_fake_media_maker_set_priority (KITH_FAKE_MEDIA_MAKER (media), KITH_PRIORITY_RTKIT);
  assert_finding (ward, "priority", KITH_HEALTH_OK, "by rtkit", "");
  assert_finding (ward, "microphone", KITH_HEALTH_OK, "does not tell its name", "");
  ward->patient.sound_is_silent = TRUE;
  assert_finding (ward, "loudspeaker", KITH_HEALTH_WARNING, "does not answer", "restart");
  ward->patient.microphone = "";
  ward->patient.loudspeaker = "Built-in Audio";
  assert_finding (ward, "microphone", KITH_HEALTH_BAD, "has no microphone", "Plug one in");
  assert_finding (ward, "loudspeaker", KITH_HEALTH_OK, "“Built-in Audio”, the default", "");
  ward->config->audio_in = g_strdup ("speech.wav");
  assert_finding (ward, "microphone", KITH_HEALTH_OK, "from “speech.wav”", "");
  ward->patient.media = NULL;
}

/* What the ports of NAT and TURN say: a server helps where the NAT is in the way. */
static void
test_ways (Ward *ward, gconstpointer data)
{
  g_autoptr (KithNat) nat = kith_fake_nat_new ();
  g_autoptr (KithTurn) turn = kith_fake_turn_new ();
  KithFakeTurn *fake = KITH_FAKE_TURN (turn);

  ward->patient.nat = nat;
  ward->patient.turn = turn;
  assert_finding (ward, "turn", KITH_HEALTH_OK, "no TURN server is configured", "");
  kith_fake_nat_set_kind (KITH_FAKE_NAT (nat), KITH_NAT_SYMMETRIC);
  assert_finding (ward, "nat", KITH_HEALTH_WARNING, "", "TURN server");
  kith_fake_nat_set_kind (KITH_FAKE_NAT (nat), KITH_NAT_BLOCKED);
  assert_finding (ward, "nat", KITH_HEALTH_BAD, "", "Let UDP leave");
  const guint first = kith_fake_turn_add (fake, "turn.example:3478 (UDP)", KITH_TURN_UDP);
  const guint second = kith_fake_turn_add (fake, "turn.example:443 (TLS)", KITH_TURN_TLS);
  assert_finding (ward, "nat", KITH_HEALTH_WARNING, "", "Let UDP leave");
  assert_finding (ward, "turn", KITH_HEALTH_UNKNOWN, "none of 2 TURN servers answered yet", "");
  kith_fake_turn_set_state (fake, first, KITH_TURN_FAILED, "the password is wrong");
  assert_finding (ward, "turn", KITH_HEALTH_BAD, "(UDP): the password is wrong", "password");
  kith_fake_turn_set_state (fake, second, KITH_TURN_WORKS, NULL);
  assert_finding (ward, "turn", KITH_HEALTH_WARNING, "1 of 2 TURN servers work", "");
  ward->patient.nat = NULL;
  ward->patient.turn = NULL;
}

static void
test_sip (Ward *ward, gconstpointer data)
{
  ward->patient.sip_port = 5060;
  assert_finding (ward, "sip", KITH_HEALTH_OK, "port 5060", "");
  ward->patient.sip_port = 5070;
  assert_finding (ward, "sip", KITH_HEALTH_WARNING, "port 5060 is taken", "stop the other");
  ward->patient.sip_port = 0;
  ward->patient.sip_problem = "port 5060 is taken by baresip (process 4711)";
  ward->patient.sip_errno = EADDRINUSE;
  assert_finding (ward, "sip", KITH_HEALTH_BAD, "baresip (process 4711)", "End that program");
  g_autoptr (GPtrArray) notices = kith_doctor_notice (&ward->patient);
  g_assert_cmpuint (notices->len, ==, 1);
  g_assert_cmpstr (((KithFinding *)notices->pdata[0])->id, ==, "sip");
  static const struct {
    int why;
    const char *remedy;
  } others[] = { { EACCES, "choose one of 1024 or above" },
                 { EADDRNOTAVAIL, "an address that this host has" },
                 { ENOBUFS, "another port or address" },
                 { 0, "another port or address" } };
  for (guint i = 0; i < G_N_ELEMENTS (others); i++) { /* no program is in the way */
    ward->patient.sip_errno = others[i].why;
    assert_finding (ward, "sip", KITH_HEALTH_BAD, "port 5060", others[i].remedy);
    g_autoptr (GPtrArray) found = kith_doctor_examine (&ward->patient);
    g_autofree gchar *help = kith_finding_get_remedy (find (found, "sip"));
    g_assert_null (strstr (help, "End that program"));
  }
  ward->config->sip_enabled = FALSE;
  assert_finding (ward, "sip", KITH_HEALTH_OK, "off", "");
}

/* The worker with the sockets: not there, died, back, and dying again and again. */
static void
test_edge (Ward *ward, gconstpointer data)
{
  KithEdgeFacts *edge = &ward->patient.edge;

  ward->patient.sip_problem = edge->problem = "there is no /usr/libexec/kith/kith-edge";
  edge->state = KITH_EDGE_ABSENT;
  assert_finding (ward, "sip", KITH_HEALTH_BAD, "there is no /usr/", "Install Kith completely");
  ward->patient.sip_problem = edge->problem = NULL;
  ward->patient.sip_port = edge->port = 5060;
  edge->state = KITH_EDGE_SERVING;
  assert_finding (ward, "sip", KITH_HEALTH_OK, "port 5060", "");

  edge->last_end = "ended by signal 11";
  edge->ended_us = kith_clock_now (ward->patient.clock);
  edge->n_ends_lately = 2;
  assert_finding (ward,
                  "sip",
                  KITH_HEALTH_WARNING,
                  "kith-edge, their worker, ended by signal 11, 0 s ago, and is back",
                  "report why");
  edge->state = KITH_EDGE_ENDED;
  assert_finding (ward, "sip", KITH_HEALTH_WARNING, "is started again", "report why");
  edge->n_ends_lately = 3;
  assert_finding (ward, "sip", KITH_HEALTH_BAD, "died 3 times within a minute", "report why");
  edge->state = KITH_EDGE_SERVING;
  assert_finding (ward, "sip", KITH_HEALTH_BAD, "died 3 times within a minute", "report why");
  kith_clock_advance (ward->patient.clock, 3601 * 1000);
  edge->n_ends_lately = 0;
  assert_finding (ward, "sip", KITH_HEALTH_OK, "port 5060", "");

  /* a port that is taken is what has to be mended, whatever happened before */
  edge->ended_us = kith_clock_now (ward->patient.clock);
  edge->state = KITH_EDGE_BLOCKED;
  ward->patient.sip_port = 0;
  ward->patient.sip_problem = "port 5060 is taken by baresip (process 4711)";
  ward->patient.sip_errno = EADDRINUSE;
  assert_finding (ward, "sip", KITH_HEALTH_BAD, "baresip (process 4711)", "End that program");
}

static void
test_disk (Ward *ward, gconstpointer data)
{
  g_autoptr (KithDatabase) memory
      = kith_database_open_instead (ward->dir, "kith.db is of a newer Kith; update this one", NULL);

  assert_finding (ward, "disk", KITH_HEALTH_OK, "writable", "");
  ward->patient.database = memory;
  assert_finding (ward, "disk", KITH_HEALTH_BAD, "of a newer Kith", "Update this one.");
  g_autofree gchar *dir = g_dir_make_tmp ("kith-doctor-XXXXXX", NULL);
  g_autofree gchar *file = g_build_filename (dir, KITH_DATABASE_FILE, NULL);
  g_autofree gchar *broken = g_strconcat (file, ".broken-1", NULL);
  g_assert_true (g_file_set_contents (file, "no database", -1, NULL));
  g_autoptr (KithDatabase) begun_anew = kith_database_open (dir, NULL);
  ward->patient.database = begun_anew;
  assert_finding (ward, "database", KITH_HEALTH_WARNING, broken, "kith contact add");
  assert_finding (ward, "database", KITH_HEALTH_WARNING, "their consent to relay", "backup");
  assert_finding (ward, "disk", KITH_HEALTH_OK, "writable", "");
  g_autoptr (GPtrArray) notices = kith_doctor_notice (&ward->patient);
  g_assert_nonnull (find (notices, "database"));
  g_assert_cmpint (g_unlink (broken), ==, 0);
  assert_finding (ward, "database", KITH_HEALTH_OK, "none was put aside", "");
  ward->patient.database = NULL;
  g_clear_object (&begun_anew);
  (void)g_unlink (file);
  (void)g_rmdir (dir);
  ward->patient.database = memory;
  g_free (ward->config->state_dir);
  ward->config->state_dir = g_strdup (absent_path ("kith"));
  assert_finding (ward, "disk", KITH_HEALTH_BAD, "cannot be written", "--state-dir");
}

#define TEST(name, function)                                                                       \
  g_test_add ("/node/doctor/" name, Ward, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  TEST ("nothing", test_nothing);
  TEST ("phones", test_phones);
  TEST ("configuration", test_configuration);
  TEST ("identity", test_identity);
  TEST ("clock", test_clock);
  TEST ("sound", test_sound);
  TEST ("ways", test_ways);
  TEST ("sip", test_sip);
  TEST ("edge", test_edge);
  TEST ("disk", test_disk);
  return g_test_run ();
}
