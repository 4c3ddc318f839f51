/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program `kith`. */
#include "cli/cli.h"
#include "common/language.h"

int
main (int argc, char **argv)
{
  kith_language_begin ();
  return kith_cli_main (argc, argv);
}
