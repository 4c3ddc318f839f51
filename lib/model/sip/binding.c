/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A REGISTER is checked as a whole first; only then something changes. */
#include "model/sip/binding.h"

#include <string.h>

#include "model/sip/sip-same.h"

#define FULL_Q 1000
#define SECOND G_USEC_PER_SEC

/* Copies @text into *@at, which moves behind it. */
static const char *
pack (char **at, const char *text)
{
  if (text == NULL) {
    return NULL;
  }
  gsize len = strlen (text) + 1;
  char *copy = memcpy (*at, text, len);
  *at += len;
  return copy;
}

KithBinding *
kith_binding_copy (const KithBinding *binding)
{
  const char *texts[]
      = { binding->uri, binding->instance, binding->path, binding->user_agent, binding->call_id };
  gsize size = sizeof *binding;

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    size += texts[i] != NULL ? strlen (texts[i]) + 1 : 0;
  }
  KithBinding *copy = g_malloc (size);
  char *at = (char *)(copy + 1);
  *copy = *binding;
  copy->uri = pack (&at, binding->uri);
  copy->instance = pack (&at, binding->instance);
  copy->path = pack (&at, binding->path);
  copy->user_agent = pack (&at, binding->user_agent);
  copy->call_id = pack (&at, binding->call_id);
  return copy;
}

gboolean
kith_binding_missed (KithBinding *binding)
{
  binding->asked = 0;
  if (binding->misses < KITH_BINDING_MISSES) {
    binding->misses++;
  }
  if (binding->unreachable || binding->misses < KITH_BINDING_MISSES) {
    return FALSE;
  }
  binding->unreachable = TRUE;
  return TRUE;
}

gboolean
kith_binding_answered (KithBinding *binding, guint32 round_trip_ms)
{
  const gboolean is_news = binding->unreachable || binding->round_trip_ms == 0;

  binding->asked = 0;
  binding->misses = 0;
  binding->unreachable = FALSE;
  binding->round_trip_ms = MAX (round_trip_ms, 1);
  return is_news;
}

gboolean
kith_binding_is_natted (const KithBinding *binding)
{
  KithEndpoint host = { 0 };
  KithSipUriParts parts;

  return !kith_sip_uri_split (kith_sip_piece (binding->uri), &parts)
         || !kith_sip_host_is_number (parts.host, &host)
         || !kith_endpoint_is_same_host (&host, &binding->source);
}

void
kith_bindings_clear (KithBindingSet *set)
{
  while (set->n > 0) {
    g_free (set->items[--set->n]);
  }
}

/* "0.5", as thousandths. */
static gboolean
read_q (KithSipPiece text, guint16 *q)
{
  guint value = 0;
  guint unit = FULL_Q;

  for (gsize i = 0; i < text.len; i++) {
    if (i == 1 && text.at[i] == '.') {
      continue;
    }
    if (!g_ascii_isdigit (text.at[i]) || (i == 0 && text.at[i] > '1') || i > 4) {
      return FALSE;
    }
    value += unit * (guint)(text.at[i] - '0');
    unit /= 10;
  }
  *q = (guint16)value;
  return text.len != 0 && value <= FULL_Q;
}

/* What can be written within brackets or quotes again. */
static gboolean
has_none_of (KithSipPiece piece, const char *bytes)
{
  for (gsize i = 0; i < piece.len; i++) {
    guchar c = (guchar)piece.at[i];
    if (c < 0x20 || c == 0x7f || strchr (bytes, c) != NULL) {
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
read_contact (KithSipPiece element, KithSipContact *contact)
{
  KithSipPiece params, value;
  KithSipUriParts parts;
  guint64 number = 0;

  memset (contact, 0, sizeof *contact);
  contact->q = FULL_Q;
  if (!kith_sip_piece_name (element, &contact->uri, &params)
      || !kith_sip_uri_split (contact->uri, &parts) || contact->uri.len > KITH_SIP_MAX_URI
      || !has_none_of (contact->uri, "<>\" ")) {
    return FALSE;
  }
  if (kith_sip_piece_param (params, "expires", &value)) {
    /* RFC 3261 section 10.3: a time that is none counts as none */
    contact->timed = kith_sip_piece_number (value, G_MAXUINT32, &number);
    contact->expires = (guint32)number;
  }
  if (kith_sip_piece_param (params, "q", &value) && !read_q (value, &contact->q)) {
    return FALSE;
  }
  (void)kith_sip_piece_param (params, "+sip.instance", &contact->instance);
  if (kith_sip_piece_param (params, "reg-id", &value) && contact->instance.len > 0) {
    if (!kith_sip_piece_number (value, G_MAXINT32, &number) || number == 0) {
      return FALSE;
    }
    contact->reg_id = (guint32)number;
  }
  return contact->instance.len <= KITH_BINDING_MAX_TEXT && has_none_of (contact->instance, "\"\\");
}

static gboolean
read_paths (const KithSipLines *request, KithRegistration *registration)
{
  KithSipPiece element;
  gsize size = 0;

  while (kith_sip_lines_element (request, KITH_HEADER_PATH, registration->n_paths, &element)) {
    size += element.len + 2;
    if (registration->n_paths == KITH_BINDING_MAX_PATH || size > KITH_BINDING_MAX_TEXT) {
      return FALSE;
    }
    registration->paths[registration->n_paths++] = element;
  }
  return TRUE;
}

guint
kith_registration_read (const KithSipLines *request, KithRegistration *registration)
{
  KithSipPiece value, element;
  guint64 number = 0;
  guint regs = 0;

  memset (registration, 0, sizeof *registration);
  registration->cseq = kith_sip_lines_cseq (request);
  (void)kith_sip_lines_get (request, KITH_HEADER_CALL_ID, &registration->call_id);
  if (kith_sip_lines_get (request, KITH_HEADER_EXPIRES, &value)) {
    registration->timed = kith_sip_piece_number (value, G_MAXUINT32, &number);
    registration->expires = (guint32)number;
  }
  guint nth = 0;
  for (; kith_sip_lines_element (request, KITH_HEADER_CONTACT, nth, &element); nth++) {
    if (kith_sip_piece_is (element, "*")) {
      registration->all = TRUE;
      continue;
    }
    if (registration->n == KITH_SIP_MAX_CONTACT
        || !read_contact (element, &registration->contacts[registration->n])) {
      return 400;
    }
    regs += registration->contacts[registration->n++].reg_id != 0;
  }
  registration->outbound = regs > 0;
  gboolean star_fits
      = !registration->all || (nth == 1 && registration->timed && registration->expires == 0);
  return star_fits && (regs == 0 || nth == 1) && read_paths (request, registration) ? 0 : 400;
}

static gboolean
is_of (const KithBinding *binding, const KithSipContact *contact)
{
  if (binding->reg_id != 0 || contact->reg_id != 0) {
    return binding->reg_id == contact->reg_id
           && kith_sip_piece_same (kith_sip_piece (binding->instance), contact->instance);
  }
  return kith_sip_uri_means (kith_sip_piece (binding->uri), contact->uri);
}

static gint
find (const KithBindingSet *set, const KithSipContact *contact)
{
  for (guint i = 0; i < set->n; i++) {
    if (is_of (set->items[i], contact)) {
      return (gint)i;
    }
  }
  return -1;
}

/* It came before the REGISTER at hand, not after it (RFC 3261 section 10.3, step 7). */
static gboolean
is_older (const KithBinding *binding, const KithRegistration *registration)
{
  return registration->cseq > binding->cseq
         || !kith_sip_piece_same (registration->call_id, kith_sip_piece (binding->call_id));
}

static guint32
seconds_of (const KithSipContact *contact,
            const KithRegistration *registration,
            const KithBindingRules *rules)
{
  return contact->timed        ? contact->expires
         : registration->timed ? registration->expires
                               : rules->usual;
}

/* Too many flows of one instance. */
static gboolean
has_many_flows (const KithBindingSet *set, const KithSipContact *contact)
{
  guint flows = 0;

  for (guint i = 0; i < set->n; i++) {
    flows += set->items[i]->reg_id != 0
             && kith_sip_piece_same (kith_sip_piece (set->items[i]->instance), contact->instance);
  }
  return flows >= KITH_BINDING_MAX_REG_IDS;
}

/* The longest known that does not answer, and is none of the REGISTER; -1: none. */
static gint
find_victim (const KithBindingSet *set, const KithRegistration *registration)
{
  gint victim = -1;

  for (guint i = 0; i < set->n; i++) {
    gboolean wanted = FALSE;
    for (guint k = 0; k < registration->n; k++) {
      wanted = wanted || is_of (set->items[i], &registration->contacts[k]);
    }
    if (!wanted && set->items[i]->unreachable
        && (victim < 0 || set->items[i]->since < set->items[victim]->since)) {
      victim = (gint)i;
    }
  }
  return victim;
}

/* 200, or why it cannot be done. */
static guint
check_all (const KithBindingSet *set,
           const KithRegistration *registration,
           const KithBindingRules *rules)
{
  gboolean touched[KITH_BINDINGS_MAX] = { FALSE };
  guint needed = set->n;
  guint victims = 0;

  for (guint k = 0; k < registration->n; k++) {
    const KithSipContact *contact = &registration->contacts[k];
    guint32 seconds = seconds_of (contact, registration, rules);
    gint at = find (set, contact);
    if (at >= 0 && !is_older (set->items[at], registration)) {
      return 500;
    }
    if (seconds > 0 && seconds < rules->least) {
      return 423;
    }
    if (at < 0 && seconds > 0 && contact->reg_id != 0 && has_many_flows (set, contact)) {
      return 439;
    }
    if (at < 0) {
      needed += seconds > 0;
    } else {
      needed -= seconds == 0 && !touched[at];
      touched[at] = TRUE;
    }
  }
  for (guint i = 0; i < set->n; i++) {
    if (registration->all && !is_older (set->items[i], registration)) {
      return 500;
    }
    victims += set->items[i]->unreachable && !touched[i] ? 1 : 0;
  }
  return needed <= KITH_BINDINGS_MAX + victims ? 200 : 503;
}

static void
tell (KithBindingFunc func, KithBindingEvent event, const KithBinding *binding, gpointer user_data)
{
  if (func != NULL) {
    func (event, binding, user_data);
  }
}

static void
remove_at (KithBindingSet *set, guint at, KithBindingFunc func, gpointer user_data)
{
  KithBinding *gone = set->items[at];

  set->n--;
  memmove (&set->items[at], &set->items[at + 1], (set->n - at) * sizeof set->items[0]);
  tell (func, KITH_BINDING_REMOVED, gone, user_data);
  g_free (gone);
}

static gchar *
join_paths (const KithRegistration *registration)
{
  g_autoptr (GString) path = g_string_new (NULL);

  for (guint i = 0; i < registration->n_paths; i++) {
    g_string_append (path, i > 0 ? ", " : "");
    g_string_append_len (path, registration->paths[i].at, (gssize)registration->paths[i].len);
  }
  return registration->n_paths > 0 ? g_string_free (g_steal_pointer (&path), FALSE) : NULL;
}

static KithBinding *
make (const KithSipContact *contact,
      const KithRegistration *registration,
      const KithBindingRules *rules,
      const KithBindingOrigin *origin)
{
  g_autofree gchar *uri = g_strndup (contact->uri.at, contact->uri.len);
  g_autofree gchar *instance
      = contact->instance.len > 0 ? g_strndup (contact->instance.at, contact->instance.len) : NULL;
  g_autofree gchar *call_id = g_strndup (registration->call_id.at, registration->call_id.len);
  g_autofree gchar *path = join_paths (registration);
  gsize agent_len = MIN (origin->user_agent.len, (gsize)KITH_BINDING_MAX_AGENT);
  g_autofree gchar *agent = agent_len > 0 ? g_strndup (origin->user_agent.at, agent_len) : NULL;
  KithBinding binding = { .uri = uri,
                          .instance = instance,
                          .path = path,
                          .user_agent = agent,
                          .call_id = call_id,
                          .cseq = registration->cseq,
                          .reg_id = contact->reg_id,
                          .q = contact->q,
                          .transport = origin->transport,
                          .source = origin->source,
                          .flow = origin->flow,
                          .since = origin->now };
  gboolean natted
      = origin->transport == KITH_SIP_TRANSPORT_UDP && kith_binding_is_natted (&binding);
  guint most = natted ? rules->most_natted : rules->most;
  guint32 seconds = seconds_of (contact, registration, rules);

  binding.until = origin->now + (gint64)MIN (seconds, most) * SECOND;
  return kith_binding_copy (&binding);
}

/* Puts @made in the place of @at, or behind the others. */
static void
put (KithBindingSet *set,
     gint at,
     KithBinding *made,
     guint32 *last_id,
     KithBindingFunc func,
     gpointer user_data)
{
  if (at < 0) {
    made->id = ++*last_id;
    set->items[set->n++] = made;
    tell (func, KITH_BINDING_PUT, made, user_data);
    return;
  }
  made->id = set->items[at]->id;
  made->since = set->items[at]->since;
  made->round_trip_ms = set->items[at]->round_trip_ms;
  made->pinged = set->items[at]->pinged;
  g_free (set->items[at]);
  set->items[at] = made;
  tell (func, KITH_BINDING_REFRESHED, made, user_data);
}

guint
kith_bindings_change (KithBindingSet *set,
                      const KithRegistration *registration,
                      const KithBindingRules *rules,
                      const KithBindingOrigin *origin,
                      KithBindingFunc func,
                      gpointer user_data)
{
  kith_bindings_expire (set, origin->now, 0, func, user_data);
  guint status = check_all (set, registration, rules);
  if (status != 200) {
    return status;
  }
  while (registration->all && set->n > 0) {
    remove_at (set, set->n - 1, func, user_data);
  }
  for (guint k = 0; k < registration->n; k++) { /* what goes makes room for what comes */
    const KithSipContact *contact = &registration->contacts[k];
    gint at = find (set, contact);
    if (at >= 0 && seconds_of (contact, registration, rules) == 0) {
      remove_at (set, (guint)at, func, user_data);
    }
  }
  for (guint k = 0; k < registration->n; k++) {
    const KithSipContact *contact = &registration->contacts[k];
    gint at = find (set, contact);
    if (seconds_of (contact, registration, rules) == 0) {
      continue;
    }
    if (at < 0 && set->n == KITH_BINDINGS_MAX) {
      remove_at (set, (guint)MAX (find_victim (set, registration), 0), func, user_data);
    }
    KithBinding *made = make (contact, registration, rules, origin);
    put (set, at, made, origin->last_id, func, user_data);
  }
  return 200;
}

void
kith_bindings_expire (KithBindingSet *set,
                      gint64 now,
                      guint64 flow,
                      KithBindingFunc func,
                      gpointer user_data)
{
  for (guint i = set->n; i > 0; i--) {
    const KithBinding *binding = set->items[i - 1];
    if (binding->until <= now || (flow != 0 && binding->flow == flow)) {
      remove_at (set, i - 1, func, user_data);
    }
  }
}

static void
print_gruu (const KithBinding *binding, const char *gruu, GString *out)
{
  gsize len = strlen (binding->instance);

  if (gruu == NULL || len < 3 || binding->instance[0] != '<' || binding->instance[len - 1] != '>') {
    return;
  }
  for (gsize i = 1; i < len - 1; i++) {
    if (!g_ascii_isalnum (binding->instance[i]) && strchr (":-._", binding->instance[i]) == NULL) {
      return;
    }
  }
  g_string_append_printf (out,
                          ";pub-gruu=\"%s;gr=%.*s\"",
                          gruu,
                          (int)len - 2,
                          binding->instance + 1);
}

void
kith_bindings_print (const KithBindingSet *set, gint64 now, const char *gruu, GString *out)
{
  for (guint i = 0; i < set->n; i++) {
    const KithBinding *binding = set->items[i];
    gint64 left = (binding->until - now + SECOND - 1) / SECOND;
    g_string_append_printf (out,
                            "Contact: <%s>;expires=%" G_GINT64_FORMAT,
                            binding->uri,
                            MAX (left, 0));
    if (binding->q < FULL_Q) {
      g_string_append_printf (out, ";q=0.%03u", binding->q);
    }
    if (binding->instance != NULL) {
      g_string_append_printf (out, ";+sip.instance=\"%s\"", binding->instance);
      print_gruu (binding, gruu, out);
    }
    if (binding->reg_id != 0) {
      g_string_append_printf (out, ";reg-id=%u", binding->reg_id);
    }
    g_string_append (out, "\r\n");
  }
}
