/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Paths at which there is surely nothing, whatever others did on this machine. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A path @name in a folder that does not exist either, below a new one of this process, which is
   empty and taken away at its end. Lives as long as the process. */
const char *absent_path (const char *name);

G_END_DECLS
