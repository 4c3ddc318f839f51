/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The worker process as the locator sees it: frames in, frames out, started again when it dies. */
#pragma once

#include <glib.h>

#include "worker/dht-frames.h"

G_BEGIN_DECLS

typedef struct _KithDhtWorker KithDhtWorker;

/* What the worker tells its owner; main thread, never from within a call of the owner. */
typedef struct {
  void (*started) (gpointer owner); /* a fresh process runs: tell it everything */
  void (*frame) (const KithDhtFrame *frame, gpointer owner); /* a checked frame came */
  /* it is gone; a new one follows unless it was stopped */
  void (*ended) (const char *why, gpointer owner);
} KithDhtWorkerFuncs;

/* (transfer full). @funcs and @owner must outlive it. Nothing runs yet. */
KithDhtWorker *
kith_dht_worker_new (const char *path, const KithDhtWorkerFuncs *funcs, gpointer owner);

/* Starts the process from the loop. When it dies it is started again: at once, then after 1, 2, 4 …
   30 s; at once again after it ran for 60 s. A worker that does not answer for 20 s is killed. */
void kith_dht_worker_start (KithDhtWorker *worker);

/* Sends a frame; without a process it is dropped. */
void kith_dht_worker_send (KithDhtWorker *worker, const KithDhtFrame *frame);

/* Asks it to finish what is under way and to end (killed after 2 s); "ended" follows once if a
   process runs, and no new one is started. */
void kith_dht_worker_stop (KithDhtWorker *worker);

/* TRUE while there is a process. */
gboolean kith_dht_worker_is_running (KithDhtWorker *worker);

/* Its process id, 0 none; how often it was started anew. */
guint kith_dht_worker_get_pid (KithDhtWorker *worker);
guint kith_dht_worker_get_restarts (KithDhtWorker *worker);

/* Kills the process at once; no function of the owner is called any more. */
void kith_dht_worker_free (KithDhtWorker *worker);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithDhtWorker, kith_dht_worker_free)

G_END_DECLS
