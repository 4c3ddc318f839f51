/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The port to the trunks where they register: what is told of each, and what is asked. */
#pragma once

#include <glib-object.h>

#include "base/export.h"
#include "model/trunk/trunk-state.h"
#include "model/trunk/trunk.h"

G_BEGIN_DECLS

#define KITH_TYPE_TRUNK_LINES (kith_trunk_lines_get_type ())
KITH_API
G_DECLARE_INTERFACE (KithTrunkLines, kith_trunk_lines, KITH, TRUNK_LINES, GObject)

#define KITH_TRUNK_REALM_MAX 255
#define KITH_TRUNK_NONCE_MAX 1024

/* A challenge to a REGISTER of that trunk. The digest is computed by whoever has the password
   (RFC 7616; with quality "auth", or as RFC 2069 has it). What the texts are is checked: none has
   quotes or control characters. */
typedef struct {
  guint32 id;
  gchar trunk[KITH_TRUNK_NAME_MAX + 1];
  gboolean sha256;  /* else MD5 */
  gboolean session; /* "-sess" */
  gboolean has_qop;
  gchar realm[KITH_TRUNK_REALM_MAX + 1];
  gchar nonce[KITH_TRUNK_NONCE_MAX + 1];
  gchar uri[KITH_TRUNK_HOST_MAX + 8]; /* "sip:DOMAIN" */
} KithTrunkQuestion;

/* The answer. A trunk without a password: @response is "". */
typedef struct {
  guint32 id;
  gchar cnonce[33];   /* hexadecimal digits */
  gchar response[65]; /* … */
} KithTrunkAnswer;

/**
 * KithTrunkLinesInterface: main thread. Names are resolved by it; it never has a password. It
 * forgets all when its process ends.
 *
 * Signals: "lines-fresh" (): one runs that knows no trunk: all are told anew. "line-reported"
 * (const KithTrunkReport *): a trunk's state, whenever something of it changes. "line-asks" (const
 * KithTrunkQuestion *): kith_trunk_lines_answer() follows, at once or later.
 */
struct _KithTrunkLinesInterface {
  GTypeInterface parent_interface;
  gboolean (*is_running) (KithTrunkLines *self);
  void (*put) (KithTrunkLines *self, const KithTrunk *trunk, const char *certificates);
  void (*remove) (KithTrunkLines *self, const char *name);
  void (*retry) (KithTrunkLines *self, const char *name);
  void (*answer) (KithTrunkLines *self, const KithTrunkAnswer *answer);
};

/* FALSE: there is none now, and what is told is lost: "lines-fresh" follows. */
KITH_API gboolean kith_trunk_lines_is_running (KithTrunkLines *self);

/**
 * kith_trunk_lines_put:
 * @certificates: (nullable): what stands in the file "ca", PEM, at most 16 KiB
 * Adds a trunk, or changes the one of this name, which then registers anew.
 */
KITH_API void
kith_trunk_lines_put (KithTrunkLines *self, const KithTrunk *trunk, const char *certificates);
#define KITH_TRUNK_CERTIFICATES_MAX 16384

/* It is registered no more, and forgotten; it is reported as off, last of all. */
KITH_API void kith_trunk_lines_remove (KithTrunkLines *self, const char *name);

/* It registers now, whatever it waits for: a new password, a test, another network. */
KITH_API void kith_trunk_lines_retry (KithTrunkLines *self, const char *name);

KITH_API void kith_trunk_lines_answer (KithTrunkLines *self, const KithTrunkAnswer *answer);

/* For those who are one: emit its signals. */
KITH_API void kith_trunk_lines_tell_fresh (KithTrunkLines *self);
KITH_API void kith_trunk_lines_tell_report (KithTrunkLines *self, const KithTrunkReport *report);
KITH_API void kith_trunk_lines_tell_question (KithTrunkLines *self,
                                              const KithTrunkQuestion *question);

G_END_DECLS
