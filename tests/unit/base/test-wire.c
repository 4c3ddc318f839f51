/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fields that fit and that do not, numbers of every size, and frames cut anywhere. */
#include <glib.h>
#include <string.h>

#include "base/wire.h"

static void
test_numbers (void)
{
  for (gsize len = 1; len <= 8; len++) {
    guint8 bytes[9] = { 0 };
    const guint64 value = 0x0102030405060708u >> (8 * (8 - len));
    KithWireWriter w = { bytes, sizeof bytes, true };
    KithWireReader r = { bytes, len, true };

    kith_wire_put_number (&w, value, len);
    g_assert_true (w.ok && w.at == bytes + len);
    g_assert_cmpuint (bytes[0], ==, 1);
    g_assert_cmpuint (bytes[len - 1], ==, len);
    g_assert_cmpuint (kith_wire_get_number (&r, len), ==, value);
    g_assert_true (r.ok && r.left == 0);
    g_assert_cmpuint (kith_wire_get_number (&r, 1), ==, 0);
    g_assert_false (r.ok);
  }
}

/* After the first field that has no room nothing is written or read, however small. */
static void
test_no_room (void)
{
  guint8 bytes[4] = { 9, 9, 9, 9 };
  guint8 to[4] = { 7, 7, 7, 7 };
  KithWireWriter w = { bytes, 3, true };
  KithWireReader r = { bytes, 3, true };

  kith_wire_put (&w, "ab", 2);
  kith_wire_put (&w, "cd", 2);
  kith_wire_put (&w, "e", 1);
  g_assert_false (w.ok);
  g_assert_cmpmem (bytes, 4, "ab\x09\x09", 4);
  kith_wire_get (&r, to, 2);
  kith_wire_get (&r, to, 4);
  kith_wire_get (&r, to, 1);
  g_assert_false (r.ok);
  g_assert_cmpmem (to, 4, "ab\x07\x07", 4);
}

static void
test_bool (void)
{
  const guint8 bytes[] = { 0, 1, 2 };
  KithWireReader r = { bytes, 3, true };

  g_assert_false (kith_wire_get_bool (&r));
  g_assert_true (kith_wire_get_bool (&r));
  g_assert_true (r.ok);
  (void)kith_wire_get_bool (&r);
  g_assert_false (r.ok);
}

static void
test_frames (void)
{
  guint8 bytes[16];
  KithWireReader body;
  gsize used = 0;
  KithWireWriter w = kith_frame_begin (bytes, sizeof bytes, 65);

  kith_wire_put_number (&w, 0x1234, 2);
  const gsize len = kith_frame_end (&w, bytes);
  g_assert_cmpmem (bytes, len, "\x00\x03\x41\x12\x34", 5);
  for (gsize cut = 0; cut < len; cut++) {
    g_assert_cmpint (kith_frame_split (bytes, cut, 16, &body, &used), ==, KITH_SPLIT_MORE);
    g_assert_cmpuint (used, ==, 0);
  }
  g_assert_cmpint (kith_frame_split (bytes, sizeof bytes, 16, &body, &used), ==, KITH_SPLIT_FRAME);
  g_assert_cmpuint (used, ==, len);
  g_assert_cmpmem (body.at, body.left, "\x41\x12\x34", 3);
  g_assert_cmpint (kith_frame_split (bytes, len, 5, &body, &used), ==, KITH_SPLIT_FRAME);
  /* larger than any of this stream, and empty */
  g_assert_cmpint (kith_frame_split (bytes, len, 4, &body, &used), ==, KITH_SPLIT_BROKEN);
  g_assert_cmpint (kith_frame_split ((const guint8[]){ 0, 0 }, 2, 16, &body, &used),
                   ==,
                   KITH_SPLIT_BROKEN);
}

static void
test_bad_frames (void)
{
  guint8 bytes[4];
  g_autofree guint8 *large = g_malloc0 (70000);
  KithWireWriter w = kith_frame_begin (bytes, 2, 1);

  g_assert_cmpuint (kith_frame_end (&w, bytes), ==, 0);
  w = kith_frame_begin (large, 70000, 1);
  w.at += 65534; /* the most that the length can say */
  g_assert_cmpuint (kith_frame_end (&w, large), ==, 65537);
  w.at++;
  g_assert_cmpuint (kith_frame_end (&w, large), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire/numbers", test_numbers);
  g_test_add_func ("/wire/no-room", test_no_room);
  g_test_add_func ("/wire/bool", test_bool);
  g_test_add_func ("/wire/frames", test_frames);
  g_test_add_func ("/wire/bad-frames", test_bad_frames);
  return g_test_run ();
}
