/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of the 2,048 words that seed phrases are made of. */
#pragma once

#define KITH_WORDLIST_LEN 2048
#define KITH_WORDLIST_WORD_MAX 8

/* Lower-case ASCII, sorted by strcmp(); the index is the word's 11 bits (BIP39). */
extern const char kith_wordlist[KITH_WORDLIST_LEN][KITH_WORDLIST_WORD_MAX + 1];
