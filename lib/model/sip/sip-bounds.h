/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How large a SIP message and its parts may be, in one place for who scans, who parses and who
   tests. */
#pragma once

/* what is taken, as an Allow says it (lib/sip/screen/sip-methods has the table) */
#define KITH_SIP_ALLOW "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO, SUBSCRIBE"

#define KITH_SIP_MAX_DATAGRAM 16384
/* a message of a stream, and what is kept of one that is not whole */
#define KITH_SIP_MAX_STREAM 65536
#define KITH_SIP_MAX_HEADERS 128
#define KITH_SIP_MAX_VIA 30
#define KITH_SIP_MAX_ROUTE 20 /* Route and Record-Route together */
#define KITH_SIP_MAX_CONTACT 10
#define KITH_SIP_MAX_HEADER_LINE 4096 /* without its line end; a folded one counts as a whole */
#define KITH_SIP_MAX_URI 512
#define KITH_SIP_MAX_DISPLAY 128 /* characters that are shown of a name */
/* each in four bytes, and the quotes */
#define KITH_SIP_MAX_DISPLAY_BYTES (4 * KITH_SIP_MAX_DISPLAY + 2)
#define KITH_SIP_MAX_CALL_ID 256
#define KITH_SIP_MAX_METHOD 64
#define KITH_SIP_MAX_BODY 32768
#define KITH_SIP_MAX_PARTS 4
/* what a process of ours may add when it hands a message on: bytes, to one line and in all, and
   headers, of which one is a Via */
#define KITH_SIP_OURS 1024
#define KITH_SIP_OURS_HEADERS 4
#define KITH_SIP_MAX_REWRITE 8192 /* by how much a message grows when it is written anew, at most */
