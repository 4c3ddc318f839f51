/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program `kith`. */
#include <locale.h>

#include "cli/cli.h"

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  return kith_cli_main (argc, argv);
}
