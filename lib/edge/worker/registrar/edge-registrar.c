/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Judges a REGISTER in the order of RFC 3261 section 10.3, changes the phone's bindings, and tells
   kithd. */
#include "edge/worker/registrar/edge-registrar.h"

#include <string.h>

#include "edge/worker/registrar/phone-keeper.h"
#include "edge/worker/registrar/phone-news.h"
#include "model/sip/edge-mark.h"

#define USUAL_EXPIRES_S 300
#define NATTED_EXPIRES_S 120         /* over UDP */
#define BARE_TRIES 3                 /* without credentials … */
#define BARE_US (5 * G_USEC_PER_SEC) /* … or one more after so long: it did not understand */
#define REPEAT_US (32 * G_USEC_PER_SEC)
#define SWEEP_MS 1000
#define SWEEP_ALL 256 /* phones that are looked at in one sweep; of more a part */
#define SWEEP_PARTS 30
#define FEW_BINDINGS 1024 /* each answer of so many is told; else what changed */

struct _KithEdgeRegistrar {
  KithClock *clock;
  guint8 key[KITH_EDGE_KEY];
  KithRegistrarFuncs funcs;
  gpointer user_data;
  KithPhoneTable *table;
  KithPhoneKeeper *keeper;
  KithPhoneNews *news;
  KithAuthenticator *authenticator;
  GHashTable *owners; /* id of a binding → KithTabled of its phone (of the table) */
  KithPhoneRules rules;
  gboolean is_open;
  guint32 last_id;
  guint swept; /* the next phone to look at */
  KithTimer sweep_timer;
  KithEdgeFrame frame; /* to be told: too large for the stack */
};

/* One REGISTER that is judged. */
typedef struct {
  const KithSipLines *request;
  const KithRegisterFrom *from;
  KithRegisterReply *reply;
  KithTabled *tabled; /* NULL: there is no such phone */
  gint64 now_us;
  gint64 now_s;
  guint64 mark;   /* the same for its repetitions alone */
  gboolean calls; /* it is no REGISTER, but begins something */
} Register;

/* A change of bindings, as their rules tell of it. */
typedef struct {
  KithEdgeRegistrar *registrar;
  KithTabled *tabled;
} Change;

static gint64
wall_s (KithEdgeRegistrar *registrar)
{
  return kith_clock_wall (registrar->clock) / G_USEC_PER_SEC;
}

static void
tell (KithEdgeRegistrar *registrar, KithEdgeFrameType type)
{
  registrar->frame.type = type;
  registrar->funcs.tell (&registrar->frame, registrar->user_data);
}

static void
tell_unbound (KithEdgeRegistrar *registrar, guint32 id)
{
  (void)g_hash_table_remove (registrar->owners, GUINT_TO_POINTER (id));
  if (kith_phone_news_forget (registrar->news, id)) {
    return; /* kithd does not know of it */
  }
  memset (&registrar->frame.binding, 0, sizeof registrar->frame.binding);
  registrar->frame.binding.id = id;
  tell (registrar, KITH_EDGE_UNBOUND);
}

/* The binding @id of @tabled, or NULL. */
static KithBinding *
binding_of (const KithTabled *tabled, guint32 id)
{
  for (guint i = 0; i < tabled->set.n; i++) {
    if (tabled->set.items[i]->id == id) {
      return tabled->set.items[i];
    }
  }
  return NULL;
}

static KithBinding *
find_binding (gpointer data, guint32 id)
{
  KithEdgeRegistrar *registrar = data;
  const KithTabled *tabled = g_hash_table_lookup (registrar->owners, GUINT_TO_POINTER (id));

  return tabled != NULL ? binding_of (tabled, id) : NULL;
}

static void
tell_bound (KithEdgeRegistrar *registrar, const KithTabled *tabled, const KithBinding *binding)
{
  const gint64 left_us = binding->until - kith_clock_now (registrar->clock);

  (void)kith_phone_news_forget (registrar->news, binding->id);
  kith_phone_table_describe (tabled,
                             binding,
                             wall_s (registrar) + left_us / G_USEC_PER_SEC,
                             &registrar->frame.binding);
  tell (registrar, KITH_EDGE_BOUND);
}

static void
on_change (KithBindingEvent event, const KithBinding *binding, gpointer user_data)
{
  const Change *change = user_data;
  KithEdgeRegistrar *registrar = change->registrar;

  if (event == KITH_BINDING_REMOVED) {
    tell_unbound (registrar, binding->id);
    return;
  }
  (void)g_hash_table_insert (registrar->owners, GUINT_TO_POINTER (binding->id), change->tabled);
  if (kith_phone_news_may_tell (registrar->news)) {
    tell_bound (registrar, change->tabled, binding);
  } else {
    kith_phone_news_bound_later (registrar->news, binding->id, event == KITH_BINDING_PUT);
  }
  kith_phone_keeper_note (registrar->keeper,
                          binding_of (change->tabled, binding->id),
                          event == KITH_BINDING_PUT);
}

/* Time */

static void
expire (KithEdgeRegistrar *registrar, KithTabled *tabled, guint64 flow)
{
  Change change = { registrar, tabled };

  if (tabled->set.n > 0) {
    kith_bindings_expire (&tabled->set,
                          kith_clock_now (registrar->clock),
                          flow,
                          on_change,
                          &change);
  }
}

static void
on_sweep (gpointer user_data)
{
  KithEdgeRegistrar *registrar = user_data;
  const guint n = kith_phone_table_count (registrar->table);
  const guint part = MAX (SWEEP_ALL, n / SWEEP_PARTS);

  gboolean is_lively = FALSE;

  for (guint i = 0; i < MIN (part, n); i++) {
    registrar->swept = (registrar->swept + 1) % n;
    KithTabled *tabled = kith_phone_table_nth (registrar->table, registrar->swept);
    expire (registrar, tabled, 0);
    kith_tabled_rest (tabled, kith_clock_now (registrar->clock));
    is_lively = is_lively || tabled->lately != NULL;
  }
  if (is_lively || g_hash_table_size (registrar->owners) > 0) {
    kith_timer_set_ms (&registrar->sweep_timer, SWEEP_MS);
  }
}

static void
sweep_soon (KithEdgeRegistrar *registrar)
{
  if (!kith_timer_is_set (&registrar->sweep_timer)) {
    kith_timer_set_ms (&registrar->sweep_timer, SWEEP_MS);
  }
}

/* Who answers */

static void
on_ask (gpointer data, const KithBinding *binding)
{
  KithEdgeRegistrar *registrar = data;

  registrar->funcs.ask (binding, registrar->user_data);
}

static void
on_ping (gpointer data, const KithBinding *binding)
{
  KithEdgeRegistrar *registrar = data;

  registrar->funcs.ping (binding, registrar->user_data);
}

static void
on_reached (gpointer data, const KithBinding *binding, gboolean is_news)
{
  KithEdgeRegistrar *registrar = data;

  if (is_news || g_hash_table_size (registrar->owners) <= FEW_BINDINGS) {
    registrar->frame.reach = (KithPhoneReach){ .id = binding->id,
                                               .silent = binding->unreachable,
                                               .round_trip_ms = binding->round_trip_ms };
    tell (registrar, KITH_EDGE_REACHED);
  }
}

void
kith_edge_registrar_hear (KithEdgeRegistrar *registrar, guint32 id, guint32 mark)
{
  kith_phone_keeper_hear (registrar->keeper, id, mark);
}

/* Of whom something is told, and how it came. */
typedef struct {
  const KithTabled *tabled;
  KithSipTransport transport;
  KithEndpoint source;
} Origin;

static void
write_report (KithEdgeRegistrar *registrar,
              const Origin *origin,
              KithPhoneEvent event,
              KithPhoneDigest digest,
              KithSipPiece text)
{
  KithPhoneReport *out = &registrar->frame.report;

  memset (out, 0, sizeof *out);
  (void)g_strlcpy (out->phone, origin->tabled->phone.name, sizeof out->phone);
  out->event = event;
  out->transport = origin->transport == KITH_SIP_TRANSPORT_TLS   ? KITH_PHONE_TLS
                   : origin->transport == KITH_SIP_TRANSPORT_TCP ? KITH_PHONE_TCP
                                                                 : KITH_PHONE_UDP;
  out->source = origin->source;
  out->digest = digest;
  for (gsize i = 0; i < MIN (text.len, KITH_BINDING_AGENT_MAX); i++) {
    out->text[i] = g_ascii_isprint (text.at[i]) ? text.at[i] : '?';
  }
  tell (registrar, KITH_EDGE_PHONE_STATE);
}

/* What had to wait is told */

static void
on_bound_late (gpointer data, guint32 id)
{
  KithEdgeRegistrar *registrar = data;
  const KithTabled *tabled = g_hash_table_lookup (registrar->owners, GUINT_TO_POINTER (id));
  const KithBinding *binding = tabled != NULL ? binding_of (tabled, id) : NULL;

  if (binding != NULL) {
    tell_bound (registrar, tabled, binding);
  }
}

/* As its newest binding has it. */
static void
on_heard_late (gpointer data, gpointer phone, KithPhoneDigest digest)
{
  const KithTabled *tabled = phone;
  const KithBinding *newest = NULL;

  for (guint i = 0; i < tabled->set.n; i++) {
    newest = newest == NULL || tabled->set.items[i]->since > newest->since ? tabled->set.items[i]
                                                                           : newest;
  }
  if (newest != NULL) {
    const char *agent = newest->user_agent != NULL ? newest->user_agent : "";
    const Origin origin = { tabled, newest->transport, newest->source };
    write_report (data, &origin, KITH_PHONE_HEARD, digest, kith_sip_piece (agent));
  }
}

/* Life, and what kithd orders */

KithEdgeRegistrar *
kith_edge_registrar_new (KithClock *clock,
                         const guint8 *key,
                         const KithRegistrarFuncs *funcs,
                         gpointer user_data)
{
  KithEdgeRegistrar *registrar = g_new0 (KithEdgeRegistrar, 1);
  const KithKeeperFuncs keeper = { find_binding, on_ask, on_ping, on_reached, registrar };
  const KithPhoneNewsFuncs news = { on_bound_late, on_heard_late, registrar };

  registrar->clock = g_object_ref (clock);
  memcpy (registrar->key, key, sizeof registrar->key);
  registrar->funcs = *funcs;
  registrar->user_data = user_data;
  registrar->table = kith_phone_table_new ();
  registrar->authenticator = kith_authenticator_new (key);
  registrar->owners = g_hash_table_new (NULL, NULL);
  registrar->keeper = kith_phone_keeper_new (clock, &keeper);
  registrar->news = kith_phone_news_new (clock, &news);
  kith_timer_init (&registrar->sweep_timer, clock, on_sweep, registrar);
  return registrar;
}

void
kith_edge_registrar_free (KithEdgeRegistrar *registrar)
{
  if (registrar != NULL) {
    kith_timer_finish (&registrar->sweep_timer);
    kith_phone_keeper_free (registrar->keeper);
    kith_phone_news_free (registrar->news);
    g_hash_table_unref (registrar->owners);
    kith_authenticator_free (registrar->authenticator);
    kith_phone_table_free (registrar->table);
    g_object_unref (registrar->clock);
    g_free (registrar);
  }
}

static void
bind (KithEdgeRegistrar *registrar, const KithEdgeBinding *binding)
{
  const gint64 now_us = kith_clock_now (registrar->clock);
  const gint64 left_s = binding->expires_s - wall_s (registrar);
  const guint32 id = binding->id;

  registrar->last_id = MAX (registrar->last_id, id);
  if (left_s <= 0
      || !kith_phone_table_bind (registrar->table,
                                 binding,
                                 now_us,
                                 now_us
                                     + MIN (left_s, KITH_PHONE_MOST_EXPIRES_S) * G_USEC_PER_SEC)) {
    tell_unbound (registrar, id);
    return;
  }
  KithTabled *tabled = kith_phone_table_get (registrar->table, binding->phone);
  (void)g_hash_table_insert (registrar->owners, GUINT_TO_POINTER (id), tabled);
  kith_phone_keeper_note (registrar->keeper, binding_of (tabled, id), TRUE);
  sweep_soon (registrar);
}

/* Takes the binding @id out of its phone's. */
static void
unbind (KithEdgeRegistrar *registrar, guint32 id)
{
  KithTabled *tabled = g_hash_table_lookup (registrar->owners, GUINT_TO_POINTER (id));

  for (guint i = 0; tabled != NULL && i < tabled->set.n; i++) {
    if (tabled->set.items[i]->id == id) {
      g_free (tabled->set.items[i]);
      memmove (&tabled->set.items[i],
               &tabled->set.items[i + 1],
               (tabled->set.n - i - 1) * sizeof tabled->set.items[0]);
      tabled->set.items[--tabled->set.n] = NULL;
      tell_unbound (registrar, id);
      return;
    }
  }
}

static void
remove_phone (KithEdgeRegistrar *registrar, const char *name)
{
  KithTabled *tabled = kith_phone_table_get (registrar->table, name);

  for (guint i = 0; tabled != NULL && i < tabled->set.n; i++) {
    tell_unbound (registrar, tabled->set.items[i]->id);
  }
  kith_phone_news_forget_phone (registrar->news, tabled);
  kith_phone_table_remove (registrar->table, name);
}

void
kith_edge_registrar_order (KithEdgeRegistrar *registrar, const KithEdgeFrame *frame)
{
  switch ((int)frame->type) {
  case KITH_EDGE_PHONE:
    kith_phone_table_put (registrar->table, &frame->phone);
    return;
  case KITH_EDGE_PHONE_GONE:
    remove_phone (registrar, frame->phone.name);
    return;
  case KITH_EDGE_BIND:
    bind (registrar, &frame->binding);
    return;
  case KITH_EDGE_UNBIND:
    unbind (registrar, frame->binding.id);
    return;
  case KITH_EDGE_OPEN:
    registrar->rules = frame->rules;
    registrar->is_open = TRUE;
    return;
  default:
    return;
  }
}

gboolean
kith_edge_registrar_is_open (KithEdgeRegistrar *registrar)
{
  return registrar->is_open;
}

gboolean
kith_edge_registrar_has_phones (KithEdgeRegistrar *registrar)
{
  return registrar->is_open && kith_phone_table_count (registrar->table) > 0;
}

/* One REGISTER */

static void
refuse (Register *r, guint status, const char *phrase)
{
  r->reply->status = status;
  r->reply->phrase = phrase;
}

static void
report (KithEdgeRegistrar *registrar,
        const Register *r,
        KithPhoneEvent event,
        KithPhoneDigest digest,
        KithSipPiece text)
{
  const Origin origin = { r->tabled, r->from->transport, r->from->source };

  if (r->tabled == NULL) {
    return;
  }
  if (event == KITH_PHONE_HEARD) {
    if (!kith_phone_news_may_tell (registrar->news)) {
      kith_phone_news_heard_later (registrar->news, r->tabled, digest);
      return;
    }
    kith_phone_news_forget_phone (registrar->news, r->tabled);
  }
  write_report (registrar, &origin, event, digest, text);
}

/* The user part of To (whom it is for) or From. */
static KithSipPiece
user_of (const KithSipLines *request, KithSipHeader header)
{
  KithSipPiece value, uri, params;
  KithSipUriParts parts = { 0 };

  (void)kith_sip_lines_get (request, header, &value);
  return kith_sip_piece_name (value, &uri, &params) && kith_sip_uri_split (uri, &parts)
             ? parts.user
             : (KithSipPiece){ NULL, 0 };
}

/* The same for a REGISTER and its repetitions: of where it came from, its branch, Call-ID and
   number. */
static guint64
mark_of (const KithEdgeRegistrar *registrar,
         const KithSipLines *request,
         const KithRegisterFrom *from)
{
  g_autofree gchar *source = kith_endpoint_to_text (&from->source);
  KithSipPiece call_id;
  KithSipVia via = { 0 };
  gchar mark[KITH_EDGE_MARK + 1];

  (void)kith_sip_lines_get (request, KITH_HEADER_CALL_ID, &call_id);
  (void)kith_sip_lines_via (request, 0, &via);
  g_autofree gchar *text = g_strdup_printf ("%s %.*s %.*s %u",
                                            source,
                                            KITH_SIP_PIECE (via.branch),
                                            KITH_SIP_PIECE (call_id),
                                            kith_sip_lines_cseq (request));
  kith_edge_mark (registrar->key, "register", text, strlen (text), mark);
  return g_ascii_strtoull (mark, NULL, 16);
}

/* TRUE when just this was answered by 200 already. */
static gboolean
is_repetition (const Register *r)
{
  const KithLately *lately = r->tabled != NULL ? r->tabled->lately : NULL;

  for (guint i = 0; lately != NULL && i < KITH_ANSWERED; i++) {
    if (lately->answered[i].mark == r->mark && lately->answered[i].at_us > 0
        && r->now_us - lately->answered[i].at_us < REPEAT_US) {
      return TRUE;
    }
  }
  return FALSE;
}

static void
note_answered (Register *r)
{
  KithLately *lately = kith_tabled_lately (r->tabled, r->now_us);
  guint oldest = 0;

  for (guint i = 1; i < KITH_ANSWERED; i++) {
    if (lately->answered[i].at_us < lately->answered[oldest].at_us) {
      oldest = i;
    }
  }
  lately->answered[oldest].mark = r->mark;
  lately->answered[oldest].at_us = r->now_us;
}

/* Counts a request without credentials: who had two challenges and comes back with nothing looks at
   the first one only, or gives up when there is one that it does not know (libre does). */
static void
count_bare (Register *r)
{
  KithTabled *tabled = r->tabled;

  tabled->bare += tabled->bare < G_MAXUINT16;
  if (tabled->phone.secret.has_md5
      && (tabled->bare >= BARE_TRIES
          || (tabled->bare > 1 && r->now_us - tabled->bare_us >= BARE_US))) {
    tabled->md5_only = TRUE;
  }
  tabled->bare_us = r->now_us;
}

/* From just there it is believed for a while. */
static void
note_proof (Register *r)
{
  KithLately *lately = kith_tabled_lately (r->tabled, r->now_us);
  guint slot = 0;

  for (guint i = 0; i < KITH_PROOFS; i++) {
    if (kith_endpoint_is_same (&lately->proofs[i].source, &r->from->source)) {
      slot = i;
      break;
    }
    slot = lately->proofs[i].until_us < lately->proofs[slot].until_us ? i : slot;
  }
  lately->proofs[slot].source = r->from->source;
  lately->proofs[slot].until_us = r->now_us + KITH_NONCE_LIFE_S * G_USEC_PER_SEC;
}

static void
challenge (KithEdgeRegistrar *registrar, Register *r, gboolean stale)
{
  KithPhoneDigest which = r->tabled != NULL ? r->tabled->phone.digest : KITH_PHONE_DIGEST_AUTO;

  if (r->tabled != NULL && which == KITH_PHONE_DIGEST_AUTO) {
    if (!stale && !r->calls) {
      count_bare (r);
    }
    which = r->tabled->md5_only ? KITH_PHONE_DIGEST_MD5 : which;
  }
  kith_authenticator_challenge (registrar->authenticator,
                                r->calls ? "Proxy-Authenticate" : "WWW-Authenticate",
                                which,
                                stale,
                                r->now_s,
                                r->reply->lines);
  refuse (r, r->calls ? 407 : 401, r->calls ? "Proxy Authentication Required" : "Unauthorized");
}

/* "sip:desk@HOST", of which its public GRUUs are made (RFC 5627): the host by which it knows us.
   (transfer full), or NULL: it does not want any. */
static gchar *
gruu_of (const Register *r)
{
  KithSipPiece option;
  KithSipUriParts parts = { 0 };

  for (guint i = 0; kith_sip_lines_element (r->request, KITH_HEADER_SUPPORTED, i, &option); i++) {
    if (kith_sip_piece_is (option, "gruu") && kith_sip_uri_split (r->request->uri, &parts)) {
      const gboolean bare = memchr (parts.host.at, ':', parts.host.len) != NULL;
      return g_strdup_printf (bare ? "sip:%s@[%.*s]" : "sip:%s@%.*s",
                              r->tabled->phone.name,
                              KITH_SIP_PIECE (parts.host));
    }
  }
  return NULL;
}

/* 200 with all bindings there are. */
static void
accept (Register *r, gboolean outbound)
{
  g_autofree gchar *gruu = gruu_of (r);
  static const char *const days[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
  static const char *const months[]
      = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
  g_autoptr (GDateTime) now = g_date_time_new_from_unix_utc (r->now_s);
  KithSipPiece path;

  kith_bindings_print (&r->tabled->set, r->now_us, gruu, r->reply->lines);
  for (guint i = 0; kith_sip_lines_element (r->request, KITH_HEADER_PATH, i, &path); i++) {
    g_string_append_printf (r->reply->lines, "Path: %.*s\r\n", KITH_SIP_PIECE (path));
  }
  g_string_append_printf (
      r->reply->lines,
      "Date: %s, %02d %s %d %02d:%02d:%02d GMT\r\nSupported: path, outbound, gruu\r\n",
      days[g_date_time_get_day_of_week (now) - 1],
      g_date_time_get_day_of_month (now),
      months[g_date_time_get_month (now) - 1],
      g_date_time_get_year (now),
      g_date_time_get_hour (now),
      g_date_time_get_minute (now),
      g_date_time_get_second (now));
  if (outbound) {
    g_string_append (r->reply->lines, "Require: outbound\r\n");
  }
  refuse (r, 200, "OK");
}

static void
refuse_change (Register *r, guint status)
{
  switch (status) {
  case 423:
    g_string_append_printf (r->reply->lines, "Min-Expires: %d\r\n", KITH_PHONE_LEAST_EXPIRES_S);
    refuse (r, status, "Interval Too Brief");
    return;
  case 439:
    refuse (r, status, "First Hop Lacks Outbound Support");
    return;
  case 500:
    refuse (r, status, "CSeq Out Of Order");
    return;
  default:
    g_string_append (r->reply->lines, "Retry-After: 60\r\n");
    refuse (r, 503, "Registered Too Often");
    return;
  }
}

/* TRUE when no part is longer than what is kept of it. */
static gboolean
fits (const KithRegistration *registration)
{
  for (guint i = 0; i < registration->n; i++) {
    const KithSipContact *contact = &registration->contacts[i];
    if (contact->uri.len > KITH_BINDING_CONTACT_MAX
        || contact->instance.len > KITH_BINDING_INSTANCE_MAX || contact->reg_id > G_MAXUINT8) {
      return FALSE;
    }
  }
  return registration->call_id.len > 0 && registration->call_id.len <= KITH_BINDING_CALL_ID_MAX;
}

/* Whoever sent it may: what becomes of the bindings? */
static void
change_bindings (KithEdgeRegistrar *registrar, Register *r, KithDigestAlgorithm algorithm)
{
  KithRegistration registration;
  KithSipPiece agent;
  Change change = { registrar, r->tabled };
  const KithBindingRules rules
      = { .least = KITH_PHONE_LEAST_EXPIRES_S,
          .usual = MIN (USUAL_EXPIRES_S, registrar->rules.max_expires_s),
          .most = registrar->rules.max_expires_s,
          .most_natted = MIN (NATTED_EXPIRES_S, registrar->rules.max_expires_s) };

  (void)kith_sip_lines_get (r->request, KITH_HEADER_USER_AGENT, &agent);
  if (kith_registration_read (r->request, &registration) != 0 || !fits (&registration)) {
    refuse (r, 400, "Bad Contact");
    return;
  }
  const KithBindingOrigin origin = { .transport = r->from->transport,
                                     .source = r->from->source,
                                     .flow = r->from->flow,
                                     .user_agent = agent,
                                     .last_id = &registrar->last_id,
                                     .now = r->now_us };
  const guint status
      = kith_bindings_change (&r->tabled->set, &registration, &rules, &origin, on_change, &change);
  if (status != 200) {
    refuse_change (r, status);
    return;
  }
  accept (r, registration.outbound);
  note_answered (r);
  if (r->tabled->set.n > 0) {
    report (registrar,
            r,
            KITH_PHONE_HEARD,
            algorithm == KITH_DIGEST_MD5 ? KITH_PHONE_DIGEST_MD5 : KITH_PHONE_DIGEST_SHA256,
            agent);
    sweep_soon (registrar);
  }
}

/* A source guessed too often: it is told once. */
static void
tell_silence (KithEdgeRegistrar *registrar, const Register *r, guint silence_s)
{
  KithEdgeText *out = &registrar->frame.text;

  memset (out, 0, sizeof *out);
  out->level = KITH_EDGE_WARNING;
  out->who = r->from->source;
  (void)g_snprintf (out->text,
                    sizeof out->text,
                    "%u wrong passwords within a minute: it gets no answer for %u s",
                    KITH_GUESSES,
                    silence_s);
  tell (registrar, KITH_EDGE_LOG);
}

/* Who sent it? TRUE: the phone. */
static gboolean
judge (KithEdgeRegistrar *registrar, Register *r, KithDigestCredentials *credentials)
{
  const KithSipHeader header
      = r->calls ? KITH_HEADER_PROXY_AUTHORIZATION : KITH_HEADER_AUTHORIZATION;
  KithTabled *tabled = r->tabled;
  KithNonceBook *book = NULL;
  KithSipPiece value;

  if (tabled != NULL && kith_sip_lines_get (r->request, header, &value)) {
    book = &kith_tabled_lately (tabled, r->now_us)->book;
    sweep_soon (registrar);
  }
  switch (kith_authenticator_judge (registrar->authenticator,
                                    r->request,
                                    header,
                                    tabled != NULL ? &tabled->phone : NULL,
                                    book,
                                    r->now_s,
                                    credentials)) {
  case KITH_AUTH_RIGHT:
    tabled->bare = 0;
    note_proof (r);
    return TRUE;
  case KITH_AUTH_STALE:
    challenge (registrar, r, TRUE);
    return FALSE;
  case KITH_AUTH_OTHER_REALM:
    report (registrar, r, KITH_PHONE_MISTAKEN, KITH_PHONE_DIGEST_AUTO, credentials->realm);
    challenge (registrar, r, FALSE);
    return FALSE;
  case KITH_AUTH_NONE:
    challenge (registrar, r, FALSE);
    return FALSE;
  case KITH_AUTH_WRONG:
    break;
  }
  const guint silence_s
      = kith_authenticator_fail (registrar->authenticator, r->from->source_key, r->now_us);
  if (silence_s > 0) {
    tell_silence (registrar, r, silence_s);
  }
  report (registrar, r, KITH_PHONE_REFUSED, KITH_PHONE_DIGEST_AUTO, (KithSipPiece){ NULL, 0 });
  refuse (r, 403, "Wrong user or password");
  return FALSE;
}

/* Strangers learn not even that there is a registrar. */
static gboolean
is_welcome (KithEdgeRegistrar *registrar, const KithRegisterFrom *from)
{
  return kith_edge_registrar_has_phones (registrar)
         && (registrar->rules.outside || !kith_endpoint_is_public (&from->source))
         && !kith_authenticator_is_silent (registrar->authenticator,
                                           from->source_key,
                                           kith_clock_now (registrar->clock));
}

void
kith_edge_registrar_take (KithEdgeRegistrar *registrar,
                          const KithSipLines *request,
                          const KithRegisterFrom *from,
                          KithRegisterReply *reply)
{
  Register r = { .request = request, .from = from, .reply = reply };
  KithDigestCredentials credentials;

  reply->status = 0;
  reply->phrase = "";
  g_string_truncate (reply->lines, 0);
  if (!is_welcome (registrar, from)) {
    return;
  }
  r.tabled = kith_phone_table_find (registrar->table, user_of (request, KITH_HEADER_TO));
  r.now_us = kith_clock_now (registrar->clock);
  r.now_s = wall_s (registrar);
  r.mark = mark_of (registrar, request, from);
  if (r.tabled != NULL) {
    expire (registrar, r.tabled, 0);
  }
  if (is_repetition (&r)) {
    KithRegistration registration;
    accept (&r, kith_registration_read (request, &registration) == 0 && registration.outbound);
    return;
  }
  if (judge (registrar, &r, &credentials)) {
    change_bindings (registrar, &r, credentials.algorithm);
  }
}

/* Who calls */

/* TRUE: it registered from there. @proved: by this very connection, or by a password that it gave
   from just there not long ago. */
static gboolean
is_at_home (const Register *r, gboolean *proved)
{
  const KithLately *lately = r->tabled->lately;
  gboolean at_home = FALSE;

  *proved = FALSE;
  for (guint i = 0; i < r->tabled->set.n; i++) {
    const KithBinding *binding = r->tabled->set.items[i];
    at_home = at_home || kith_endpoint_is_same_host (&binding->source, &r->from->source);
    *proved = *proved || (r->from->flow != 0 && binding->flow == r->from->flow);
  }
  for (guint i = 0; at_home && lately != NULL && r->from->flow == 0 && i < KITH_PROOFS; i++) {
    *proved = *proved
              || (r->now_us < lately->proofs[i].until_us
                  && kith_endpoint_is_same (&lately->proofs[i].source, &r->from->source));
  }
  return at_home;
}

KithEdgeWho
kith_edge_registrar_who (KithEdgeRegistrar *registrar,
                         const KithSipLines *request,
                         const KithRegisterFrom *from,
                         const char **phone,
                         KithRegisterReply *reply)
{
  Register r = { .request = request, .from = from, .reply = reply, .calls = TRUE };
  KithDigestCredentials credentials;
  gboolean proved = FALSE;

  reply->status = 0;
  g_string_truncate (reply->lines, 0);
  r.tabled = is_welcome (registrar, from)
                 ? kith_phone_table_find (registrar->table, user_of (request, KITH_HEADER_FROM))
                 : NULL;
  if (r.tabled == NULL) {
    return KITH_EDGE_WHO_OTHER;
  }
  r.now_us = kith_clock_now (registrar->clock);
  r.now_s = wall_s (registrar);
  expire (registrar, r.tabled, 0);
  if (!is_at_home (&r, &proved)) {
    return KITH_EDGE_WHO_OTHER;
  }
  if (!proved && !judge (registrar, &r, &credentials)) {
    return KITH_EDGE_WHO_ASKED;
  }
  *phone = r.tabled->phone.name;
  return KITH_EDGE_WHO_PHONE;
}

const KithTabled *
kith_edge_registrar_at_home (KithEdgeRegistrar *registrar,
                             const KithSipLines *request,
                             const KithRegisterFrom *from)
{
  Register r = { .request = request, .from = from };
  gboolean proved = FALSE;

  r.tabled = kith_phone_table_find (registrar->table, user_of (request, KITH_HEADER_FROM));
  r.now_us = kith_clock_now (registrar->clock);
  return r.tabled != NULL && is_at_home (&r, &proved) ? r.tabled : NULL;
}

void
kith_edge_registrar_lost (KithEdgeRegistrar *registrar, guint64 flow)
{
  const guint n = kith_phone_table_count (registrar->table);

  for (guint i = 0; flow != 0 && i < n; i++) {
    expire (registrar, kith_phone_table_nth (registrar->table, i), flow);
  }
}

const KithTabled *
kith_edge_registrar_find (KithEdgeRegistrar *registrar, KithSipPiece user)
{
  KithTabled *tabled = kith_phone_table_find (registrar->table, user);

  if (tabled != NULL) {
    expire (registrar, tabled, 0);
  }
  return tabled;
}

const KithTabled *
kith_edge_registrar_dial (KithEdgeRegistrar *registrar, KithSipPiece user)
{
  KithTabled *tabled = kith_phone_table_dial (registrar->table, user);

  if (tabled != NULL) {
    expire (registrar, tabled, 0);
  }
  return tabled;
}

const KithBinding *
kith_edge_registrar_binding (KithEdgeRegistrar *registrar, guint32 id)
{
  const char *name = g_hash_table_lookup (registrar->owners, GUINT_TO_POINTER (id));
  const KithTabled *tabled = name != NULL ? kith_phone_table_get (registrar->table, name) : NULL;

  for (guint i = 0; tabled != NULL && i < tabled->set.n; i++) {
    if (tabled->set.items[i]->id == id) {
      return tabled->set.items[i];
    }
  }
  return NULL;
}
