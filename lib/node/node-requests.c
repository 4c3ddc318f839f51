/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What people ask of a node: calls, who somebody is, a new contact. */
#include "node/node-private.h"

#include "base/error.h"

static gboolean
check_ready (KithNode *node, GError **error)
{
  if (node->calls == NULL) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_NOT_READY,
                         "there is no identity yet: make one with `kith init NAME`");
    return FALSE;
  }
  return TRUE;
}

KithCall *
kith_node_dial (KithNode *node, const char *address, gboolean listen_only, GError **error)
{
  if (!check_ready (node, error)) {
    return NULL;
  }
  return listen_only ? kith_call_list_dial_to_listen (node->calls, address, error)
                     : kith_call_list_dial (node->calls, address, error);
}

static void
on_resolved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  GPtrArray *contacts = kith_directory_resolve_finish (KITH_DIRECTORY (source), result, &error);

  if (contacts == NULL) {
    g_task_return_error (task, error);
  } else {
    g_task_return_pointer (task, contacts, (GDestroyNotify)g_ptr_array_unref);
  }
}

void
kith_node_resolve_async (KithNode *node,
                         const char *text,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (node, cancellable, callback, user_data);
  GError *error = NULL;
  g_autoptr (KithAddress) address = kith_address_parse (text, &error);

  if (address == NULL || !check_ready (node, &error)) {
    g_task_return_error (task, error);
    return;
  }
  kith_directory_resolve_async (node->directory,
                                address,
                                KITH_SEARCH_ALL,
                                cancellable,
                                on_resolved,
                                g_steal_pointer (&task));
}

GPtrArray *
kith_node_resolve_finish (KithNode *node, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Contacts */

KithContacts *
kith_node_get_contacts (KithNode *node)
{
  return node->contacts;
}

KithWatchers *
kith_node_get_watchers (KithNode *node)
{
  return node->watchers;
}

KithPhones *
kith_node_get_phones (KithNode *node)
{
  return node->phones;
}

KithPhoneSetup *
kith_node_get_phone_setup (KithNode *node)
{
  return node->phone_setup;
}

KithTrunks *
kith_node_get_trunks (KithNode *node)
{
  return node->trunks;
}

typedef struct {
  gchar *name; /* or NULL */
  gboolean relay;
} Adding;

static void
adding_free (gpointer data)
{
  Adding *adding = data;

  g_free (adding->name);
  g_free (adding);
}

/* The one who may become a contact, or NULL. */
static const KithFound *
only_proved (GPtrArray *found, GError **error)
{
  const KithFound *first = found->pdata[0];

  if (found->len > 1) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_AMBIGUOUS,
                 "%u people use the name: ask for the full address, with the tag, and add that",
                 found->len);
    return NULL;
  }
  if (kith_peer_key_is_zero (&first->key)) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_UNSUPPORTED,
                         "an ordinary SIP address has no key: only people of Kith can be contacts");
    return NULL;
  }
  if (first->proof == KITH_PROOF_NONE) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_UNTRUSTED,
                         "somebody claims the name and proves nothing: ask for the full address, "
                         "with the tag, and add that");
    return NULL;
  }
  return first;
}

static void
on_added (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  guint id = kith_contacts_change_finish (KITH_CONTACTS (source), result, &error);

  if (id == 0) {
    g_task_return_error (task, error);
  } else {
    g_task_return_int (task, (gssize)id);
  }
}

static void
on_resolved_to_add (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  KithNode *node = KITH_NODE (source);
  const Adding *adding = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GPtrArray) found = kith_node_resolve_finish (node, result, &error);
  const KithFound *chosen = found != NULL ? only_proved (found, &error) : NULL;

  if (chosen == NULL) {
    g_task_return_error (task, error);
    return;
  }
  if (node->contacts == NULL) {
    g_task_return_new_error (task, KITH_ERROR, KITH_ERROR_NOT_READY, "the daemon is leaving");
    return;
  }
  kith_contacts_add_async (node->contacts,
                           chosen,
                           adding->name,
                           adding->relay,
                           on_added,
                           g_steal_pointer (&task));
}

/* A bare name that is ours. */
static gboolean
is_own_name (KithNode *node, const char *address)
{
  g_autofree gchar *normal = node->vault != NULL ? kith_name_normalize (address, NULL) : NULL;

  return normal != NULL && g_str_equal (normal, kith_vault_get_name (node->vault));
}

void
kith_node_add_contact_async (KithNode *node,
                             const char *address,
                             const char *name,
                             gboolean relay,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  GTask *task = g_task_new (node, cancellable, callback, user_data);
  Adding *adding = g_new0 (Adding, 1);

  adding->name = g_strdup (name);
  adding->relay = relay;
  g_task_set_task_data (task, adding, adding_free);
  if (is_own_name (node, address)) {
    g_task_return_new_error (task,
                             KITH_ERROR,
                             KITH_ERROR_INVALID_ARGUMENTS,
                             "%s is your own name: for somebody else of that name give the full "
                             "address, with the tag, and another name with --name NAME",
                             kith_vault_get_name (node->vault));
    g_object_unref (task);
    return;
  }
  kith_node_resolve_async (node, address, cancellable, on_resolved_to_add, task);
}

guint
kith_node_add_contact_finish (KithNode *node, GAsyncResult *result, GError **error)
{
  gssize id = g_task_propagate_int (G_TASK (result), error);

  return id > 0 ? (guint)id : 0;
}

GList *
kith_node_get_calls (KithNode *node)
{
  return node->calls != NULL ? kith_call_list_get (node->calls) : NULL;
}
