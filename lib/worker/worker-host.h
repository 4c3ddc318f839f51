/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A worker process as kithd sees it: frames in, frames out, started again when it dies. */
#pragma once

#include <gio/gio.h>

#include "base/wire.h"

G_BEGIN_DECLS

typedef struct _KithWorkerHost KithWorkerHost;

/* One kind of worker, constant. The functions are called on the main thread, with the owner, never
   from within a call of the owner. */
typedef struct {
  const char *log;    /* the object that speaks in the log: "dht" */
  const char *name;   /* "the DHT worker" */
  const char *remedy; /* what to look at when it cannot be started */
  guint again_ms;     /* before the first new start, and the next one after a long run */
  gsize frame_max;    /* bytes, up to 32 KiB */
  guint8 ping, quit;  /* types of the frames for that, which have no fields */
  /* (nullable): before each start: what becomes descriptor 4 of the process (transfer full), or -1:
     it is not started now */
  int (*take_fd) (gpointer owner);
  /* a fresh process runs: tell it everything */
  void (*started) (gpointer owner);
  /* a frame came; its bytes are the host's. FALSE: it is none that a worker may send: the process
     is killed */
  gboolean (*frame) (KithWireReader body, gpointer owner);
  /* it is gone: "ended by signal 11"; a new one follows unless it was stopped */
  void (*ended) (const char *why, gpointer owner);
} KithWorkerKind;

/* @path: of the program. @kind and @owner must outlive it. Nothing runs yet. (transfer full) */
KithWorkerHost *kith_worker_host_new (const KithWorkerKind *kind, const char *path, gpointer owner);

/* Starts the process from the loop. When it dies it is started again: after again_ms, then after 1,
   2, 4 … 30 s; after again_ms once more when it ran for 60 s. One that does not answer for 20 s is
   killed. */
void kith_worker_host_start (KithWorkerHost *host);

/* Sends a whole frame; without a process, or with @len 0, it is dropped. */
void kith_worker_host_send (KithWorkerHost *host, const guint8 *frame, gsize len);

/* What the worker said before it ends: "gave up: no UDP port can be had". From "frame" only. */
void kith_worker_host_set_why (KithWorkerHost *host, const char *why);

/* It ends soon, and that is right: no new process is started from now on. */
void kith_worker_host_let_end (KithWorkerHost *host);

/* Asks it to finish what is under way and to end (killed after 2 s); "ended" follows once if a
   process runs, and no new one is started. */
void kith_worker_host_stop (KithWorkerHost *host);

/* TRUE while there is a process. */
gboolean kith_worker_host_is_running (KithWorkerHost *host);

/* Its process id, 0 none; how often it was started anew. */
guint kith_worker_host_get_pid (KithWorkerHost *host);
guint kith_worker_host_get_restarts (KithWorkerHost *host);

/* Kills the process at once; no function of the owner is called any more. */
void kith_worker_host_free (KithWorkerHost *host);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithWorkerHost, kith_worker_host_free)

G_END_DECLS
