/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words for what is wrong or hardly meant in kith.conf. */
#include "words/word-table.h"

/* clang-format off */
static const KithWords rows[] = {
  { "config-fine", ONE ("{file} has no fault"), NULL },
  { "config-absent", ONE ("there is no {file}: all has its default"), NULL },
  { "config-fault", ONE ("{error}"),
    HELP ("Correct it: kithd goes on with what it read at its start, and would not start again.") },
  { "config-fault-alone", ONE ("{error}"),
    HELP ("Correct it: kithd does not start with it. kith.conf(5) tells what is allowed.") },
  { "config-doubts", ONE ("{doubts}"),
    HELP ("{doubts}") },
  { "config-told", ONE ("{error}"), /* by kithd that was asked */
    HELP ("{help}") },
  { "config-group-twice", ONE ("{file}: [{group}] stands there more than once, and of a key that is in both only the last counts"),
    HELP ("Make one group of them.") },
  { "config-turn-twice", ONE ("{file}: [{group}] stands there more than once, and of a key that is in both only the last counts"),
    HELP ("Give each TURN server a group with a name of its own: [turn home], [turn office].") },
  { "config-list-long", ONE ("{file}: {error}"),
    HELP ("Name each once, and no more than {max}.") },
  { "config-groups-unread", ONE ("{file}: nothing reads more than {groups} of its groups"),
    HELP ("Correct or remove them: kith.conf(5) lists all groups.") },
  { "config-group-meant", ONE ("{file}: nothing reads the group [{group}]"),
    HELP ("You may mean [{meant}]: correct it, see kith.conf(5).") },
  { "config-group-unread", ONE ("{file}: nothing reads the group [{group}]"),
    HELP ("Correct or remove it: kith.conf(5) lists all groups. That of a plugin needs the plugin in locators of [node].") },
  { "config-ca-no-file", ONE ("{file}: [{group}] ca={path}: it is no file"),
    HELP ("Name a readable file with PEM certificates, by its full path, or leave the key out to trust what the system trusts.") },
  { "config-ca-absent", ONE ("{file}: [{group}] ca={path}: there is no such file"),
    HELP ("Name a readable file with PEM certificates, by its full path, or leave the key out to trust what the system trusts.") },
  { "config-ca-forbidden", ONE ("{file}: [{group}] ca={path}: it cannot be read by you"),
    HELP ("Name a readable file with PEM certificates, by its full path, or leave the key out to trust what the system trusts.") },
  { "config-ca-unreadable", ONE ("{file}: [{group}] ca={path}: it cannot be read"),
    HELP ("Name a readable file with PEM certificates, by its full path, or leave the key out to trust what the system trusts.") },
  { "config-ca-empty", ONE ("{file}: [{group}] ca={path}: no certificate is in it"),
    HELP ("Name a readable file with PEM certificates, by its full path, or leave the key out to trust what the system trusts.") },
  { "config-secret-readable", ONE ("{file} holds a password, and others can read it"),
    HELP ("Forbid it: chmod 600 {file}.") },
  { "config-changed", ONE ("{file} was changed after kithd read it"),
    HELP ("Start kithd anew to use it: systemctl --user restart kithd.") },
};
/* clang-format on */

const KithWords *
kith_config_words_at (guint index)
{
  return index < G_N_ELEMENTS (rows) ? &rows[index] : NULL;
}
