/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The frames of a worker for tests: most carry a text, to the end. */
#pragma once

#define TINY_FRAME_MAX 256

enum {
  TINY_PING = 1, /* a PONG comes back, unless it is mute */
  TINY_QUIT,     /* ends, unless it is mute */
  TINY_SAY,      /* text: comes back as SAID */
  TINY_MUTE,
  TINY_READ,    /* SAID: what there is on descriptor 4 */
  TINY_TRY,     /* text: what is tried in the sandbox; SAID: how it ended */
  TINY_GARBAGE, /* a frame that is longer than one may be */
  TINY_DIE,
  TINY_PONG = 65,
  TINY_SAID, /* text */
};
