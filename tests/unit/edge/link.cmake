# SPDX-License-Identifier: GPL-3.0-or-later
if (NOT TARGET tiny-edge)
  add_executable (tiny-edge ${CMAKE_CURRENT_SOURCE_DIR}/edge/tiny-edge.c)
  target_link_libraries (tiny-edge PRIVATE kith-edge-static kith-worker-end)
endif ()
add_dependencies (${name} tiny-edge)
