/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Phones on the bus and by `kith phone`: added, changed, kept over a restart, forgotten, imported;
   every wrong input with its answer. */
#include <glib/gstdio.h>
#include <string.h>

#include "bus-fixture.h"
#include "model/phone/phone-password.h"

#define MANAGER KITH_BUS_ROOT, KITH_BUS_IFACE_MANAGER

/* What one run of `kith` said. */
typedef struct {
  int code;
  gchar *out;
  gchar *err;
} Said;

static void
said_clear (Said *said)
{
  g_free (said->out);
  g_free (said->err);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Said, said_clear)

static void
on_said (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Said *said = user_data;

  g_assert_true (g_subprocess_communicate_utf8_finish (G_SUBPROCESS (source),
                                                       result,
                                                       &said->out,
                                                       &said->err,
                                                       NULL));
  said->code = g_subprocess_get_exit_status (G_SUBPROCESS (source));
}

/* Runs `kith` with the words of @line. */
static Said
kith (Bus *bus, const char *line)
{
  g_autofree gchar *whole = g_strdup_printf ("%s --bus '%s' %s", KITH_PROGRAM, bus->address, line);
  g_auto (GStrv) argv = NULL;
  g_autoptr (GError) error = NULL;
  Said said = { .code = -1 };

  g_assert_true (g_shell_parse_argv (whole, NULL, &argv, NULL));
  g_autoptr (GSubprocess) process
      = g_subprocess_newv ((const char *const *)argv,
                           G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE,
                           &error);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8_async (process, NULL, NULL, on_said, &said);
  while (said.code < 0) {
    g_main_context_iteration (NULL, TRUE);
  }
  return said;
}

static void
assert_kith (Bus *bus, const char *line, int code, const char *out, const char *err)
{
  g_auto (Said) said = kith (bus, line);

  g_test_message ("kith %s\n%s%s", line, said.out, said.err);
  g_assert_cmpint (said.code, ==, code);
  if (out != NULL) {
    g_assert_nonnull (strstr (said.out, out));
  }
  if (err != NULL) {
    g_assert_nonnull (strstr (said.err, err));
  }
}

static void
house_up (Bus *bus)
{
  bus_up (bus);
  bus_start_daemon (bus, NULL);
  g_free (bus_make_identity (bus));
}

static void
restart (Bus *bus)
{
  assert_kith (bus, "stop", 0, NULL, NULL);
  g_assert_cmpint (bus_wait_exit (bus->daemon), ==, 0);
  g_clear_object (&bus->daemon);
  bus_start_daemon (bus, NULL);
  bus_wait_ready (bus);
}

static void
test_life (void)
{
  Bus bus;

  house_up (&bus);
  assert_kith (&bus, "phone", 0, "No phones: `kith phone add desk` adds one.", NULL);
  g_auto (Said) said = kith (&bus, "phone add Desk");
  g_test_message ("%s%s", said.out, said.err);
  g_assert_cmpint (said.code, ==, 0);
  g_assert_nonnull (strstr (said.out, "desk is ready, number 11."));
  g_assert_nonnull (strstr (said.out, "user      desk\n"));
  const char *password = strstr (said.out, "password  ");
  g_assert_nonnull (password);
  const char *end = strchr (password, '\n');
  g_assert_nonnull (end);
  g_assert_cmpint (end - password, ==, strlen ("password  ") + KITH_PHONE_PASSWORD_LEN);
  g_assert_nonnull (strstr (said.out, "UDP or TCP port "));
  assert_kith (&bus, "phone add my-phone.2 --number 300 --class guest", 0, "number 300", NULL);
  assert_kith (&bus, "phone list", 0, "desk        11      home   never registered\n", NULL);
  assert_kith (&bus, "phone show 300", 0, "my-phone.2\n", NULL);

  g_autofree gchar *path
      = bus_get_text (&bus, KITH_BUS_PHONE_PREFIX "my_2dphone_2e2", KITH_BUS_IFACE_PHONE, "Name");
  g_assert_cmpstr (path, ==, "my-phone.2");
  assert_kith (&bus, "phone set desk --number 20 --class door --digest md5", 0, "20\n", NULL);
  g_auto (Said) second = kith (&bus, "phone password desk");
  g_assert_cmpint (second.code, ==, 0);
  g_assert_nonnull (strstr (second.out, "The old one opens nothing any more."));

  restart (&bus);
  assert_kith (&bus, "phone list", 0, "desk        20      door   never registered\n", NULL);
  assert_kith (&bus, "--json phone show desk", 0, "\"digest\": \"md5\"", NULL);
  assert_kith (&bus, "phone end desk", 0, "0 registrations of desk ended.", NULL);
  assert_kith (&bus, "phone remove desk", 0, "desk is no phone of yours any more.", NULL);
  assert_kith (&bus, "--json phone remove 300", 0, "{\"removed\": \"my-phone.2\"}", NULL);
  assert_kith (&bus, "--json phone", 0, "{\"phones\": []}", NULL);
  bus_down (&bus);
}

/* What is wrong, and what would be right. */
static void
test_wrong (void)
{
  Bus bus;

  house_up (&bus);
  assert_kith (&bus,
               "phone add 'my desk'",
               2,
               NULL,
               "A phone's name is 1 to 24 letters, digits, \"-\" or \".\": try my-desk");
  assert_kith (&bus, "phone add alice", 1, NULL, "alice is your own name");
  assert_kith (&bus, "phone add desk", 0, NULL, NULL);
  assert_kith (&bus, "phone add desk", 1, NULL, "There is a phone desk already");
  assert_kith (&bus,
               "phone add attic --number 11",
               1,
               NULL,
               "Number 11 is desk's: choose another with --number");
  assert_kith (&bus, "phone add attic --number 112", 2, NULL, "112 calls for help");
  assert_kith (&bus, "phone add attic --class king", 2, NULL, "home, guest and door");
  assert_kith (&bus, "phone add attic --digest sha1", 2, NULL, "auto, md5 and sha-256");
  assert_kith (&bus, "phone set desk --number 1", 2, NULL, "2 to 6 digits");
  assert_kith (&bus, "phone set desk", 2, NULL, "what is to be set?");
  assert_kith (&bus, "phone show attic", 5, NULL, "There is no phone attic");
  assert_kith (&bus, "phone remove attic", 5, NULL, "There is no phone attic");
  assert_kith (&bus, "phone list desk", 2, NULL, "takes no name");
  assert_kith (&bus, "phone ring", 2, NULL, "one of: kith phone list, add NAME");
  assert_kith (&bus, "phone add", 2, NULL, "one of: kith phone list, add NAME");
  assert_kith (&bus, "phone list --number 11", 2, NULL, "--number goes only with add or set");
  bus_call_fails (&bus,
                  MANAGER,
                  "AddPhone",
                  g_variant_new_parsed ("('attic', {'colour': <'red'>})"),
                  "InvalidArguments");
  bus_call_fails (&bus,
                  MANAGER,
                  "AddPhone",
                  g_variant_new_parsed ("('attic', {'number': <uint32 12>})"),
                  "InvalidArguments");
  bus_down (&bus);
}

static void
test_import (void)
{
  g_autofree gchar *dir = g_dir_make_tmp ("kith-import-XXXXXX", NULL);
  g_autofree gchar *file = g_build_filename (dir, "phones", NULL);
  g_autofree gchar *line = g_strdup_printf ("phone import %s", file);
  g_autofree gchar *wrong = g_strdup_printf ("%s:3: number 300 is twice", file);
  g_autofree gchar *taken = g_strdup_printf ("%s:1: Number 11 is desk's", file);
  Bus bus;

  house_up (&bus);
  assert_kith (&bus, "phone add desk", 0, NULL, NULL);
  g_assert_true (g_file_set_contents (file, "a 300 pass1234\n#\nb 300 pass1234\n", -1, NULL));
  assert_kith (&bus, line, 1, NULL, wrong);
  g_assert_true (g_file_set_contents (file, "a 11 pass1234\n", -1, NULL));
  assert_kith (&bus, line, 1, NULL, taken);
  g_assert_true (g_file_set_contents (file, "a 300 short\n", -1, NULL));
  assert_kith (&bus, line, 2, NULL, ":1: a password is 8 to 64");
  assert_kith (&bus, "--json phone", 0, "\"name\": \"desk\"", NULL);
  g_assert_true (g_file_set_contents (file, "a 300 pass1234\nb - pass1234 door\n", -1, NULL));
  assert_kith (&bus, line, 0, "2 phones imported.", NULL);
  assert_kith (&bus, "phone list", 0, "b     12      door   never registered", NULL);
  assert_kith (&bus, "phone import /nowhere", 1, NULL, "/nowhere: No such file");
  assert_kith (&bus, "phone import /tmp", 2, NULL, "that is no file");
  bus_down (&bus);
  (void)g_unlink (file);
  (void)g_rmdir (dir);
}

/* What stands in kith.conf, and phones that are switched off. */
static void
test_config (void)
{
  g_autofree gchar *dir = g_dir_make_tmp ("kith-conf-XXXXXX", NULL);
  g_autofree gchar *file = g_build_filename (dir, "kith.conf", NULL);
  const char *const extra[] = { "--config", file, NULL };
  Bus bus;

  g_assert_true (g_file_set_contents (file,
                                      "[phone gate]\n"
                                      "number=12\nclass=door\n"
                                      "password-md5=00112233445566778899aabbccddeeff\n",
                                      -1,
                                      NULL));
  bus_up (&bus);
  bus_start_daemon (&bus, extra);
  g_free (bus_make_identity (&bus));
  assert_kith (&bus, "phone show gate", 0, "kith.conf, line 1", NULL);
  assert_kith (&bus,
               "phone remove gate",
               1,
               NULL,
               "gate is set in kith.conf, line 1: change it there");
  assert_kith (&bus, "phone set gate --number 13", 1, NULL, "line 1: change it there");
  assert_kith (&bus, "phone password gate", 1, NULL, "line 1: change it there");
  bus_down (&bus);

  g_assert_true (g_file_set_contents (file, "[phones]\nenabled=false\n", -1, NULL));
  bus_up (&bus);
  bus_start_daemon (&bus, extra);
  g_free (bus_make_identity (&bus));
  assert_kith (&bus, "phone add desk", 1, NULL, "Phones are switched off: set enabled=true");
  bus_down (&bus);
  (void)g_unlink (file);
  (void)g_rmdir (dir);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bus/phone/life", test_life);
  g_test_add_func ("/bus/phone/wrong", test_wrong);
  g_test_add_func ("/bus/phone/import", test_import);
  g_test_add_func ("/bus/phone/config", test_config);
  return g_test_run ();
}
