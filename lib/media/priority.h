/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sound goes on while the machine is busy: threads of audio run before all others, the one that
   reads RTP and the main loop before most. */
#pragma once

#include <gst/gst.h>

#include "ports/media/media-maker.h"

G_BEGIN_DECLS

#define KITH_PRIORITY_NICE (-11)  /* of both loops, while there is sound */
#define KITH_PRIORITY_REALTIME 10 /* of the threads of audio (SCHED_RR) */
/* a thread of audio that computes longer without a pause loses it again */
#define KITH_PRIORITY_RUN_US 200000

/* Finds out what is allowed, once for the process; rtkit is asked without waiting for it. Main
   thread. */
void kith_priority_find (void);

/* What was found. */
KithPriority kith_priority_get (void);

/* There is sound (counted): the thread that calls this, which runs the main loop, and the media
   thread become nicer to themselves, until the last kith_priority_end(). */
void kith_priority_begin (void);
void kith_priority_end (void);

/* From now on every thread of the pipeline of @bus is raised as it starts. */
void kith_priority_watch (GstBus *bus);

G_END_DECLS
