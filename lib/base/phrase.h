/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mark of words that lib/words translates. */
#pragma once

/* For xgettext, which reads whole literals only: no macro may stand within them. */
#define PHRASE(text) text
