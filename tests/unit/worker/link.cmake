# SPDX-License-Identifier: GPL-3.0-or-later
if (NOT TARGET tiny-worker)
  add_executable (tiny-worker ${CMAKE_CURRENT_SOURCE_DIR}/worker/tiny-worker.c)
  target_link_libraries (tiny-worker PRIVATE kith-worker-end kith-sandbox-try)
endif ()
add_dependencies (${name} tiny-worker)
