/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a definition of ours needs that the SIP library or libc finds in place of its own. */
#pragma once

#include <dlfcn.h>
#include <stddef.h>

/* Exported by the program: it wins over that of the library. Each is named in
   lib/sip/CMakeLists.txt, too. */
#define EXPORT __attribute__ ((visibility ("default")))

/* The next definition of the function @name after ours. */
#define NEXT(name)                                                                                 \
  ({                                                                                               \
    static __typeof__ (&name) next_##name;                                                         \
    if (next_##name == NULL) {                                                                     \
      next_##name = (__typeof__ (&name))dlsym (RTLD_NEXT, #name);                                  \
    }                                                                                              \
    next_##name;                                                                                   \
  })
