/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The thread of the database: what is read and written is done there, one after the other, and
   answered on the main loop. */
#pragma once

#include <gio/gio.h>

#include "store/database.h"

G_BEGIN_DECLS

#define KITH_STORE_MAX_WAITING 1000 /* jobs that are not answered yet; more are refused */
#define KITH_STORE_STOP_MS 3000     /* so long is waited for them at the end */

/* Main thread, but for the jobs themselves. Until kith_store_start(), and with a database in memory
   for ever, there is no thread: a job is done at once by the caller, and answered in a later turn
   of the loop all the same. */
#define KITH_TYPE_STORE (kith_store_get_type ())
G_DECLARE_FINAL_TYPE (KithStore, kith_store, KITH, STORE, GObject)

/* A job: on the store's thread, which has @database and @data alone until the answer. FALSE and an
   error when it could not be done. */
typedef gboolean (*KithStoreFunc) (KithDatabase *database, gpointer data, GError **error);

/* @database is the store's from now on. (transfer full) */
KithStore *kith_store_new (KithDatabase *database);

/* One for the database in @dir, or if that cannot be had for one in its place (see
   kith_database_open_instead()), with at most @keep calls in it. What is wrong is told in the log.
   (transfer full), or NULL and an error: there is none at all. */
KithStore *kith_store_open (const char *dir, guint keep, GError **error);

/* Begins the thread, if there is a file to wait for. */
void kith_store_start (KithStore *store);

/* To be read and written by the caller itself before kith_store_start(); after it only for what any
   thread may ask of it. (transfer none) */
KithDatabase *kith_store_get_database (KithStore *store);

/**
 * kith_store_run_async:
 * @func: does it
 * @data: (nullable) (transfer full): for @func
 * @free_data: (nullable): frees @data on the main thread after the callback
 * @callback: (nullable): on the main loop, once
 *
 * Queues a job behind all earlier ones. What it commits is on the disk when the callback comes.
 * There is no way to cancel it.
 */
void kith_store_run_async (KithStore *store,
                           KithStoreFunc func,
                           gpointer data,
                           GDestroyNotify free_data,
                           GAsyncReadyCallback callback,
                           gpointer user_data);

/* The job's error, or KITH_ERROR_LIMIT_REACHED (too much waits for the disk), KITH_ERROR_NOT_READY
   (stopped): then it was not begun. @data (out) (nullable) (transfer none): that of the job, until
   the callback returns. */
gboolean
kith_store_run_finish (KithStore *store, GAsyncResult *result, gpointer *data, GError **error);

/* Takes no more jobs and waits until those that wait are done, at most KITH_STORE_STOP_MS; answers
   that are left come from within. Whoever does not want to wait runs a last job first, and stops
   when it is answered. */
void kith_store_stop (KithStore *store);

G_END_DECLS
