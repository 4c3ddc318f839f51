# SPDX-License-Identifier: GPL-3.0-or-later
# Tests of one part of a link, with the tools of the whole.
include (${CMAKE_CURRENT_SOURCE_DIR}/link/link.cmake)
if (name STREQUAL "test-ice-aim") # it sends nothing, and time is its own
  target_sources (${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/path/sent-packets.c)
endif ()
