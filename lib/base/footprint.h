/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gives memory back to the system when a program has come to rest. */
#pragma once

#include "base/export.h"

/* Lets go of free memory of the heap, and of those pages of libraries that are as in their files:
   most were touched by the start alone. @names: (nullable): of which libraries, by how the names of
   their files begin ("libssl."), NULL at the end; NULL: of all and the program itself. What is used
   again comes back from the system's cache, 64 KiB in some microseconds. Takes some milliseconds:
   not while somebody speaks. Needs no GLib. Any thread. */
KITH_API void kith_footprint_release (const char *const *names);
