/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All headers of sofia-sip in one place, with our types as its magic pointers and the functions
   that no header declares. */
#pragma once

#include <glib.h>

typedef struct _KithSipStack KithSipStack;
typedef struct _KithSipDialog KithSipDialog;

#define NUA_MAGIC_T KithSipStack
#define NUA_HMAGIC_T KithSipDialog
#define SU_ROOT_MAGIC_T void

#include <sofia-sip/msg.h>
#include <sofia-sip/msg_addr.h>
#include <sofia-sip/msg_header.h>
#include <sofia-sip/msg_mime.h>
#include <sofia-sip/nta.h>
#include <sofia-sip/nta_stateless.h>
#include <sofia-sip/nta_tag.h>
#include <sofia-sip/nta_tport.h>
#include <sofia-sip/nua.h>
#include <sofia-sip/nua_tag.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_parser.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/sip_util.h>
#include <sofia-sip/su_log.h>
#include <sofia-sip/su_tagarg.h>
#include <sofia-sip/su_time.h>
#include <sofia-sip/su_wait.h>
#include <sofia-sip/tport.h>
#include <sofia-sip/tport_tag.h>
#include <sofia-sip/url.h>

/* Exported by libsofia-sip-ua.so.0, declared in its tport_internal.h, which is not installed. */
extern tport_t *
tport_alloc_secondary (tport_t *primary, int socket, int accepted, char const **return_reason);
extern int
tport_setname (tport_t *self, char const *protoname, su_addrinfo_t const *ai, char const *canon);
extern int tport_register_secondary (tport_t *self, su_wakeup_f wakeup, int events);
extern int tport_wakeup (su_root_magic_t *magic, su_wait_t *wait, su_wakeup_arg_t *arg);
extern void tport_zap_secondary (tport_t *self);
extern int tport_has_queued (tport_t const *self);
extern int tport_recv_stream (tport_t *self);
extern void tport_hup_event (tport_t *self);
extern void tport_base_deliver (tport_t *self, msg_t *msg, su_time_t now);
extern tport_t *tport_base_connect (tport_t *primary,
                                    su_addrinfo_t *ai,
                                    su_addrinfo_t *real_ai,
                                    tp_name_t const *tpn);

/* The same for nua_client.h. */
typedef struct nua_client_request nua_client_request_t;
extern int nua_client_next_request (nua_client_request_t *request, int invite);
extern nua_client_request_t *nua_client_request_ref (nua_client_request_t *request);
extern int nua_client_request_unref (nua_client_request_t *request);

/* The library's hook for its clock (su_time.c). */
extern void (*_su_time) (su_time_t *tv);
