/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Phones of a house at an edge without sockets: they register, and say what a test wants. */
#pragma once

#include "edge-bench.h"

#define DESK "192.168.1.50:5062"
#define DECT "192.168.1.51:5060"
#define DECT_2 "192.168.1.52:5060"
#define DECT_3 "192.168.1.53:5060"

/* A phone that kithd knows, of that class. */
void house_phone (Bench *bench, const char *name, const char *number, KithPhoneClass rights);

/* It registers from @from (datagrams), with @params (";q=0.5") behind its Contact. */
void house_enter (Bench *bench, const char *name, const char *from, const char *params);

/* The same over the connection @stream, which is made for it. */
void house_enter_tcp (Bench *bench, const char *name, const char *from, guint32 stream);

/* desk (11, home) at DESK and dect (12, guest) at DECT. (transfer full) */
Bench *house_new (void);

/* A request of desk's: "INVITE sip:dect@192.0.2.1", with @more header lines. */
void house_ask (Bench *bench, const char *start, const char *branch, const char *more);

/* What was sent last to @address whose first line begins with @start; NULL: nothing. */
const char *house_to (Bench *bench, const char *address, const char *start);
guint house_count (Bench *bench, const char *address, const char *start);

/* A response from @from to @request, e.g. "180 Ringing", with the tag @tag and @more lines. */
void house_reply (Bench *bench,
                  const char *from,
                  const char *request,
                  const char *status,
                  const char *tag,
                  const char *more);

/* The same over a connection. */
void house_reply_tcp (Bench *bench,
                      guint32 stream,
                      const char *request,
                      const char *status,
                      const char *tag);

/* A request within the dialog of @response (as desk had it), from desk, or from its callee when
   @back. (transfer full) */
gchar *house_within (const char *response, const char *method, guint n, gboolean back);
