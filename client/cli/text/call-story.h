/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tells what happens to a call, as it happens. */
#pragma once

#include "cli/cli.h"

G_BEGIN_DECLS

typedef struct _KithCallStory KithCallStory;

/* Begins with the present state. @with_number: each line starts with the number of the call, for
   when there are several. (transfer full) */
KithCallStory *kith_call_story_new (KithCli *cli, KithBusObject *object, gboolean with_number);
void kith_call_story_free (KithCallStory *story);

/* When it ends: says this, instead of what the daemon says. */
void kith_call_story_set_end (KithCallStory *story, const char *text);

/* TRUE once the call has ended, which has been told then. */
gboolean kith_call_story_is_over (KithCallStory *story);

/* TRUE once somebody answered. */
gboolean kith_call_story_is_answered (KithCallStory *story);

/* (transfer none) */
KithBusObject *kith_call_story_get_object (KithCallStory *story);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithCallStory, kith_call_story_free)

G_END_DECLS
