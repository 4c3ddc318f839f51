/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Waits for the answers of the contacts. */
#include "contact-now.h"

typedef struct {
  gboolean is_there;
  guint id;
  GError *error;
} Answer;

static void
on_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Answer *answer = user_data;

  answer->id = kith_contacts_change_finish (KITH_CONTACTS (source), result, &answer->error);
  answer->is_there = TRUE;
}

static guint
wait_for (Answer *answer, GError **error)
{
  g_assert_false (answer->is_there); /* never before the function that asked returns */
  while (!answer->is_there) {
    (void)g_main_context_iteration (NULL, TRUE);
  }
  if (answer->error != NULL) {
    g_propagate_error (error, answer->error);
  }
  return answer->id;
}

const KithContact *
contact_add_now (KithContacts *contacts,
                 const KithFound *found,
                 const char *name,
                 gboolean relay,
                 GError **error)
{
  Answer answer = { 0 };

  kith_contacts_add_async (contacts, found, name, relay, on_answer, &answer);
  guint id = wait_for (&answer, error);
  return id != 0 ? kith_contacts_get (contacts, id) : NULL;
}

gboolean
contact_set_name_now (KithContacts *contacts, guint id, const char *name, GError **error)
{
  Answer answer = { 0 };

  kith_contacts_set_name_async (contacts, id, name, on_answer, &answer);
  return wait_for (&answer, error) != 0;
}

gboolean
contact_set_number_now (KithContacts *contacts, guint id, const char *number, GError **error)
{
  Answer answer = { 0 };

  kith_contacts_set_number_async (contacts, id, number, on_answer, &answer);
  return wait_for (&answer, error) != 0;
}

gboolean
contact_set_relay_now (KithContacts *contacts, guint id, gboolean relay, GError **error)
{
  Answer answer = { 0 };

  kith_contacts_set_relay_async (contacts, id, relay, on_answer, &answer);
  return wait_for (&answer, error) != 0;
}

gboolean
contact_remove_now (KithContacts *contacts, guint id, GError **error)
{
  Answer answer = { 0 };

  kith_contacts_remove_async (contacts, id, on_answer, &answer);
  return wait_for (&answer, error) != 0;
}

void
contact_flush_now (KithContacts *contacts)
{
  Answer answer = { 0 };

  kith_contacts_flush_async (contacts, on_answer, &answer);
  (void)wait_for (&answer, NULL);
}
