/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The 12 words of an identity, read and shown with care. */
#pragma once

#include "cli/cli.h"

G_BEGIN_DECLS

#define KITH_SEED_WORDS 12

/* From the terminal without echo, else from stdin: lines until there are 12 words. NULL after
   having complained. Free with kith_seed_words_free(). */
gchar *kith_seed_words_read (KithCli *cli);

/* Shows them numbered, with the advice. */
void kith_seed_words_show (KithCli *cli, const char *words);

/* Wipes and frees; NULL is fine. */
void kith_seed_words_free (gchar *words);

G_END_DECLS
