# SPDX-License-Identifier: GPL-3.0-or-later
# The project's flags, and one function that makes a room of the house.

add_library (kith-flags INTERFACE)
target_compile_options (kith-flags INTERFACE
  -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wpointer-arith -Wundef -Wwrite-strings
  -Wformat=2 -Wcast-align -Wswitch-enum -Wno-unused-parameter -fno-common -fstack-protector-strong)
target_compile_definitions (kith-flags INTERFACE _GNU_SOURCE G_LOG_DOMAIN="kith" GLIB_VERSION_MIN_REQUIRED=GLIB_VERSION_2_74
  GLIB_VERSION_MAX_ALLOWED=GLIB_VERSION_2_74 KITH_VERSION="${PROJECT_VERSION}")
target_include_directories (kith-flags INTERFACE ${PROJECT_SOURCE_DIR}/lib ${PROJECT_BINARY_DIR}/lib)
target_link_options (kith-flags INTERFACE -Wl,-z,relro,-z,now)
target_link_libraries (kith-flags INTERFACE PkgConfig::GLIB)
if (KITH_WERROR)
  target_compile_options (kith-flags INTERFACE -Werror)
endif ()
if (KITH_SANITIZE)
  target_compile_options (kith-flags INTERFACE -fsanitize=${KITH_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  target_link_options (kith-flags INTERFACE -fsanitize=${KITH_SANITIZE})
elseif (KITH_FUZZ)
  target_compile_options (kith-flags INTERFACE -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined)
  target_link_options (kith-flags INTERFACE -fsanitize=address,undefined)
else ()
  target_compile_definitions (kith-flags INTERFACE $<$<NOT:$<CONFIG:Debug>>:_FORTIFY_SOURCE=2>)
endif ()

# kith_room (NAME LIBS...): a static library of all .c files of this folder and its sub-folders, on libkith. Programs have folders of their own (worker, upnp).
function (kith_room NAME)
  file (GLOB_RECURSE sources RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.c)
  list (FILTER sources EXCLUDE REGEX "^(worker|upnp)/")
  if (NOT sources)
    return ()
  endif ()
  add_library (${NAME} STATIC ${sources})
  target_link_libraries (${NAME} PUBLIC kith ${ARGN})
endfunction ()
