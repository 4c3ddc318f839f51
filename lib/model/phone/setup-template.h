/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Templates of the documents from which telephones set themselves up: a text file for each kind of
   phone. */
#pragma once

#include "model/phone/phone-password.h"

G_BEGIN_DECLS

#define KITH_SETUP_TEMPLATE_MAX 16384 /* bytes of a template's file */
#define KITH_SETUP_DOCUMENT_MAX 24576 /* bytes of a document */
#define KITH_SETUP_FILE_MAX 64        /* characters of the name of a file that is asked for */
#define KITH_SETUP_AGENT_MAX 200      /* … and of a User-Agent */
#define KITH_SETUP_TYPE_MAX 60

/**
 * KithSetupTemplate: lines "agent: WORD" (in any User-Agent that has it in it), "file: PATTERN" (of
 * names of files, with "*" and "?") and "type: MEDIA/TYPE" (once), then an empty line, then the
 * document, in which words such as USER between two at-signs stand for the values. In what is XML
 * or HTML by its type they are escaped.
 */
typedef struct _KithSetupTemplate KithSetupTemplate;

/* What a phone needs to register here. The word of each is its name in capitals; beside them there
   are NAME (the user), HA1 (MD5, made of the password), HOST (the server, in brackets where that is
   needed), TRANSPORT ("udp") and REALM (KITH_PHONE_REALM). */
typedef struct {
  const char *user;
  const char *number;
  const char *password;
  const char *server; /* a literal without brackets */
  guint port;
  const char *mac; /* 12 digits, or "" */
} KithSetupValues;

/* Reads a template. (transfer full), or NULL and KITH_ERROR_INVALID_ARGUMENTS with its line. Any
   thread, as all here. */
KITH_API KithSetupTemplate *kith_setup_template_parse (const char *text, gsize len, GError **error);
KITH_API void kith_setup_template_free (KithSetupTemplate *template);

/* How well it fits to who asks for @file as @agent: 3 by its User-Agent, 2 by the name of the file,
   1 by "file: *", 0: not at all. */
KITH_API guint kith_setup_template_fits (const KithSetupTemplate *template,
                                         const char *file,
                                         const char *agent);

/* "text/plain" and the like; (transfer none). */
KITH_API const char *kith_setup_template_get_media_type (const KithSetupTemplate *template);

/* The document, which the caller wipes and frees; NULL: it is longer than KITH_SETUP_DOCUMENT_MAX.
 */
KITH_API gchar *kith_setup_template_fill (const KithSetupTemplate *template,
                                          const KithSetupValues *values);

/* The MAC address (12 hexadecimal digits in a row, hyphens and colons between them passed over) in
   the name of a file or a User-Agent, in lower case. FALSE: none, and @mac is "". */
KITH_API gboolean kith_setup_find_mac (const char *text, gchar mac[13]);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithSetupTemplate, kith_setup_template_free)

G_END_DECLS
