/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GnuTLS reads from one array and writes to another. */
#include "tls/tls-session.h"

#include <errno.h>
#include <gio/gio.h>
#include <string.h>

#include "base/error.h"
#include "tls/tls-trust-private.h"

#define PRIORITY "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%SERVER_PRECEDENCE"
#define MOST_HANDSHAKE 32768 /* bytes of one message of it */

struct _KithTlsSession {
  gnutls_session_t raw;
  KithTlsTrust *trust;
  gchar *domain;
  KithTlsState state;
  GByteArray *in; /* NULL: nothing */
  gsize in_at;
  GByteArray *out;   /* NULL: nothing */
  GByteArray *early; /* NULL: nothing */
  gchar *why;
};

static ssize_t
on_pull (gnutls_transport_ptr_t data, void *out, size_t room)
{
  KithTlsSession *self = data;
  const gsize left = self->in != NULL ? self->in->len - self->in_at : 0;
  const gsize n = MIN (left, room);

  if (n == 0) {
    gnutls_transport_set_errno (self->raw, EAGAIN);
    return -1;
  }
  memcpy (out, self->in->data + self->in_at, n);
  self->in_at += n;
  return (ssize_t)n;
}

static ssize_t
on_push (gnutls_transport_ptr_t data, const void *bytes, size_t len)
{
  KithTlsSession *self = data;

  if (self->out == NULL) {
    self->out = g_byte_array_new ();
  }
  g_byte_array_append (self->out, bytes, (guint)len);
  return (ssize_t)len;
}

static int
on_pull_timeout (gnutls_transport_ptr_t data, unsigned ms)
{
  KithTlsSession *self = data;

  return self->in != NULL && self->in->len > self->in_at;
}

static int
on_verify (gnutls_session_t raw)
{
  KithTlsSession *self = gnutls_session_get_ptr (raw);

  g_clear_pointer (&self->why, g_free);
  self->why = kith_tls_trust_judge (self->trust, raw, self->domain);
  return self->why != NULL ? GNUTLS_E_CERTIFICATE_ERROR : 0;
}

static int
set_up (KithTlsSession *self)
{
  int code = gnutls_priority_set_direct (self->raw, PRIORITY, NULL);

  code = code < 0 ? code
                  : gnutls_credentials_set (self->raw,
                                            GNUTLS_CRD_CERTIFICATE,
                                            kith_tls_trust_credentials (self->trust));
  if (code >= 0 && self->domain != NULL && !g_hostname_is_ip_address (self->domain)) {
    code = gnutls_server_name_set (self->raw, GNUTLS_NAME_DNS, self->domain, strlen (self->domain));
  }
  gnutls_session_set_ptr (self->raw, self);
  gnutls_transport_set_ptr (self->raw, self);
  gnutls_transport_set_pull_function (self->raw, on_pull);
  gnutls_transport_set_pull_timeout_function (self->raw, on_pull_timeout);
  gnutls_transport_set_push_function (self->raw, on_push);
  gnutls_handshake_set_max_packet_length (self->raw, MOST_HANDSHAKE);
  gnutls_handshake_set_timeout (self->raw, GNUTLS_INDEFINITE_TIMEOUT); /* the owner has a clock */
  if (self->domain != NULL) {
    gnutls_session_set_verify_function (self->raw, on_verify);
  }
  return code;
}

KithTlsSession *
kith_tls_session_new (KithTlsTrust *trust, const char *domain, GError **error)
{
  g_autoptr (KithTlsSession) self = g_new0 (KithTlsSession, 1);
  const gboolean is_server = kith_tls_trust_is_server (trust);

  if (is_server == (domain != NULL)) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_INVALID_ARGUMENTS,
                 "A client of TLS needs a domain, a server a certificate");
    return NULL;
  }
  self->trust = kith_tls_trust_ref (trust);
  self->domain = g_strdup (domain);
  int code = gnutls_init (&self->raw,
                          (is_server ? GNUTLS_SERVER : GNUTLS_CLIENT) | GNUTLS_NONBLOCK
                              | GNUTLS_NO_SIGNAL | GNUTLS_NO_TICKETS);
  code = code < 0 ? code : set_up (self);
  if (code < 0) {
    g_set_error (error, KITH_ERROR, KITH_ERROR_FAILED, "No TLS: %s", gnutls_strerror (code));
    return NULL;
  }
  if (!is_server) {
    (void)kith_tls_session_feed (self, NULL, 0);
  }
  return g_steal_pointer (&self);
}

void
kith_tls_session_free (KithTlsSession *self)
{
  if (self == NULL) {
    return;
  }
  if (self->raw != NULL) {
    gnutls_deinit (self->raw);
  }
  g_clear_pointer (&self->in, g_byte_array_unref);
  g_clear_pointer (&self->out, g_byte_array_unref);
  g_clear_pointer (&self->early, g_byte_array_unref);
  g_clear_pointer (&self->trust, kith_tls_trust_unref);
  g_free (self->domain);
  g_free (self->why);
  g_free (self);
}

KithTlsState
kith_tls_session_get_state (KithTlsSession *self)
{
  return self->state;
}

/* @why: static, and shown unless something better is known. */
static void
fail (KithTlsSession *self, const char *why)
{
  self->state = KITH_TLS_FAILED;
  self->why = self->why != NULL ? self->why : g_strdup (why);
  g_clear_pointer (&self->in, g_byte_array_unref);
  g_clear_pointer (&self->early, g_byte_array_unref);
}

/* @code of GnuTLS ended it; the peer hears of it if that is of use. */
static void
break_off (KithTlsSession *self, int code)
{
  g_autofree gchar *text = NULL;

  if (code == GNUTLS_E_FATAL_ALERT_RECEIVED) {
    const char *alert = gnutls_alert_get_name (gnutls_alert_get (self->raw));
    text = g_strdup_printf ("it broke off the handshake: %s", alert != NULL ? alert : "no reason");
  } else if (code == GNUTLS_E_UNEXPECTED_PACKET_LENGTH || code == GNUTLS_E_RECORD_OVERFLOW
             || code == GNUTLS_E_UNSUPPORTED_VERSION_PACKET) {
    text = g_strdup_printf ("it speaks no TLS of today: %s", gnutls_strerror (code));
  } else {
    text = g_strdup_printf ("TLS failed: %s", gnutls_strerror (code));
  }
  if (code != GNUTLS_E_FATAL_ALERT_RECEIVED) {
    (void)gnutls_alert_send_appropriate (self->raw, code);
  }
  fail (self, text);
}

static gboolean
is_later (int code)
{
  return code == GNUTLS_E_AGAIN || code == GNUTLS_E_INTERRUPTED;
}

static gboolean
write_now (KithTlsSession *self, const guint8 *bytes, gsize len)
{
  for (gsize done = 0; done < len;) {
    const ssize_t n = gnutls_record_send (self->raw, bytes + done, len - done);
    if (n <= 0) { /* the array takes all: there is no waiting */
      break_off (self, (int)n);
      return FALSE;
    }
    done += (gsize)n;
  }
  return TRUE;
}

static void
shake (KithTlsSession *self)
{
  int code = 0;

  do {
    code = gnutls_handshake (self->raw);
  } while (code == GNUTLS_E_WARNING_ALERT_RECEIVED || code == GNUTLS_E_GOT_APPLICATION_DATA);
  if (is_later (code)) {
    return;
  }
  if (code < 0) {
    break_off (self, code);
    return;
  }
  self->state = KITH_TLS_OPEN;
  if (self->early != NULL) {
    g_autoptr (GByteArray) early = g_steal_pointer (&self->early);
    (void)write_now (self, early->data, early->len);
  }
}

/* What was read goes. */
static void
tidy (KithTlsSession *self)
{
  if (self->in != NULL && self->in_at >= self->in->len) {
    g_clear_pointer (&self->in, g_byte_array_unref);
  } else if (self->in != NULL && self->in_at > 0) {
    g_byte_array_remove_range (self->in, 0, (guint)self->in_at);
  }
  self->in_at = 0;
}

KithTlsState
kith_tls_session_feed (KithTlsSession *self, const guint8 *bytes, gsize len)
{
  const gsize waits = self->in != NULL ? self->in->len : 0;

  if (self->state == KITH_TLS_FAILED || self->state == KITH_TLS_CLOSED) {
    return self->state;
  }
  if (waits + len > KITH_TLS_IN_MAX) {
    fail (self, "too much came at once");
    return self->state;
  }
  if (len > 0) {
    if (self->in == NULL) {
      self->in = g_byte_array_new ();
    }
    g_byte_array_append (self->in, bytes, (guint)len);
  }
  if (self->state == KITH_TLS_SHAKING) {
    shake (self);
    tidy (self);
  }
  return self->state;
}

gsize
kith_tls_session_read (KithTlsSession *self, guint8 *out, gsize room)
{
  while (self->state == KITH_TLS_OPEN) {
    const gsize before = self->in_at;
    const ssize_t n = gnutls_record_recv (self->raw, out, room);
    if (n > 0) {
      tidy (self);
      return (gsize)n;
    }
    if (n == 0) {
      self->state = KITH_TLS_CLOSED;
    } else if (is_later ((int)n)) {
      /* it has taken a record that is no text (a ticket, another key), and stops after each */
      if (self->in == NULL || self->in_at == before || self->in_at >= self->in->len) {
        break;
      }
    } else if (n == GNUTLS_E_REHANDSHAKE) {
      (void)gnutls_alert_send (self->raw, GNUTLS_AL_FATAL, GNUTLS_A_NO_RENEGOTIATION);
      fail (self, "it wants to renegotiate");
    } else if (n != GNUTLS_E_WARNING_ALERT_RECEIVED) {
      break_off (self, (int)n);
    }
  }
  if (self->state != KITH_TLS_FAILED) {
    tidy (self);
  }
  return 0;
}

gboolean
kith_tls_session_write (KithTlsSession *self, const char *text, gsize len)
{
  if (self->state == KITH_TLS_OPEN || self->state == KITH_TLS_CLOSED) {
    return write_now (self, (const guint8 *)text, len);
  }
  if (self->state == KITH_TLS_FAILED
      || kith_tls_session_waiting (self) + len > KITH_TLS_EARLY_MAX) {
    return FALSE;
  }
  if (self->early == NULL) {
    self->early = g_byte_array_new ();
  }
  g_byte_array_append (self->early, (const guint8 *)text, (guint)len);
  return TRUE;
}

void
kith_tls_session_end (KithTlsSession *self)
{
  if (self->state == KITH_TLS_OPEN || self->state == KITH_TLS_CLOSED) {
    (void)gnutls_bye (self->raw, GNUTLS_SHUT_WR);
  }
}

const guint8 *
kith_tls_session_peek (KithTlsSession *self, gsize *len)
{
  *len = self->out != NULL ? self->out->len : 0;
  return self->out != NULL ? self->out->data : NULL;
}

void
kith_tls_session_sent (KithTlsSession *self)
{
  g_clear_pointer (&self->out, g_byte_array_unref);
}

gsize
kith_tls_session_waiting (KithTlsSession *self)
{
  return self->early != NULL ? self->early->len : 0;
}

const char *
kith_tls_session_why (KithTlsSession *self)
{
  return self->why;
}

const char *
kith_tls_session_version (KithTlsSession *self)
{
  return self->state == KITH_TLS_OPEN
             ? gnutls_protocol_get_version (self->raw) == GNUTLS_TLS1_3 ? "TLS 1.3" : "TLS 1.2"
             : NULL;
}
