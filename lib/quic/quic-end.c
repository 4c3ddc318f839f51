/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a QUIC connection ends: by an error of ours, by the peer's goodbye, or by ours. */
#include <string.h>

#include "base/text.h"
#include "quic/quic-private.h"
#include "quic/quic-tls.h"

#define CRYPTO_ERROR 0x100 /* RFC 9001 section 4.8: plus the TLS alert */
#define MAX_WORD 80        /* bytes of the text of a goodbye of 0.1.0 */

void
kith_quic_die (KithQuic *quic, KithReason reason, const char *text)
{
  if (kith_quic_change (quic, KITH_QUIC_EVENT_END)) {
    kith_timer_clear (&quic->timer);
    quic->events->down (reason, text, quic->user_data);
  }
}

static void
write_goodbye (KithQuic *quic, const ngtcp2_connection_close_error *error)
{
  ngtcp2_path_storage path;
  ngtcp2_pkt_info info;

  ngtcp2_path_storage_zero (&path);
  ngtcp2_ssize len = ngtcp2_conn_write_connection_close (quic->conn,
                                                         &path.path,
                                                         &info,
                                                         quic->goodbye,
                                                         sizeof quic->goodbye,
                                                         error,
                                                         kith_quic_now (quic));
  if (len > 0) {
    quic->goodbye_len = (gsize)len;
    quic->events->transmit (quic->goodbye, quic->goodbye_len, quic->user_data);
  }
}

/* The peer said goodbye: what it meant. */
static void
die_by_peer (KithQuic *quic)
{
  ngtcp2_connection_close_error error;

  ngtcp2_conn_get_connection_close_error (quic->conn, &error);
  if (error.type == NGTCP2_CONNECTION_CLOSE_ERROR_CODE_TYPE_APPLICATION
      || error.error_code == NGTCP2_NO_ERROR || error.error_code == NGTCP2_APPLICATION_ERROR) {
    const gboolean numbered = error.type == NGTCP2_CONNECTION_CLOSE_ERROR_CODE_TYPE_APPLICATION;
    g_autofree gchar *word
        = kith_text_safe ((const char *)error.reason, (gssize)error.reasonlen, MAX_WORD);
    g_autofree gchar *text = NULL;
    KithReason reason = kith_reason_from_peer (numbered ? error.error_code : 0, word, &text);
    kith_quic_die (quic, reason, text);
  } else if ((error.error_code & ~(uint64_t)0xff) == CRYPTO_ERROR
             && kith_quic_tls_is_refusal ((guint8)error.error_code)) {
    kith_quic_die (quic, KITH_REASON_UNTRUSTED, "the peer refused our device certificate");
  } else {
    g_autofree gchar *code
        = g_strdup_printf ("the peer reported QUIC error 0x%" G_GINT64_MODIFIER "x",
                           error.error_code);
    kith_quic_die (quic, KITH_REASON_INTERNAL, code);
  }
}

void
kith_quic_fail (KithQuic *quic, int code)
{
  ngtcp2_connection_close_error error;

  if (kith_quic_is_over (quic)) {
    return;
  }
  if (code == NGTCP2_ERR_DRAINING) {
    die_by_peer (quic);
    return;
  }
  if (code == NGTCP2_ERR_IDLE_CLOSE || code == NGTCP2_ERR_HANDSHAKE_TIMEOUT) {
    kith_quic_die (quic, KITH_REASON_NETWORK_LOST, "nothing was heard of the peer");
    return;
  }
  if (code == NGTCP2_ERR_DROP_CONN || code == NGTCP2_ERR_RETRY) {
    kith_quic_die (quic, KITH_REASON_INTERNAL, "the connection attempt was malformed");
    return;
  }
  ngtcp2_connection_close_error_default (&error);
  if (code == NGTCP2_ERR_CRYPTO) {
    ngtcp2_connection_close_error_set_transport_error_tls_alert (
        &error,
        ngtcp2_conn_get_tls_alert (quic->conn),
        NULL,
        0);
  } else {
    ngtcp2_connection_close_error_set_transport_error_liberr (&error, code, NULL, 0);
  }
  write_goodbye (quic, &error);
  if (quic->refusal != NULL) {
    kith_quic_die (quic, KITH_REASON_UNTRUSTED, quic->refusal);
  } else {
    kith_quic_die (quic, KITH_REASON_INTERNAL, ngtcp2_strerror (code));
  }
}

gboolean
kith_quic_close (KithQuic *quic, KithReason why)
{
  /* 0.1.0 looks at the word; nobody else does. */
  const char *word = why == KITH_REASON_UNAUTHORIZED ? kith_reason_word (why) : "";
  ngtcp2_connection_close_error error;

  if (!kith_quic_change (quic, KITH_QUIC_EVENT_END)) {
    return FALSE;
  }
  kith_timer_clear (&quic->timer);
  if (quic->conn == NULL) {
    return FALSE;
  }
  ngtcp2_connection_close_error_default (&error);
  ngtcp2_connection_close_error_set_application_error (&error,
                                                       why,
                                                       (const uint8_t *)word,
                                                       strlen (word));
  write_goodbye (quic, &error);
  return kith_quic_said_goodbye (quic);
}

gboolean
kith_quic_said_goodbye (KithQuic *quic)
{
  return quic->goodbye_len > 0;
}

void
kith_quic_repeat_close (KithQuic *quic)
{
  if (quic->goodbye_len > 0) {
    quic->events->transmit (quic->goodbye, quic->goodbye_len, quic->user_data);
  }
}
