# SPDX-License-Identifier: GPL-3.0-or-later
target_sources (${name} PRIVATE ${CMAKE_CURRENT_LIST_DIR}/link-fixture.c)
target_link_libraries (${name} PRIVATE kith-stall)
target_compile_definitions (${name} PRIVATE KITH_UPNP="$<TARGET_FILE:kith-upnp>")
add_dependencies (${name} kith-upnp)
if (name STREQUAL "test-ice-aim") # it sends nothing, and time is its own
  target_sources (${name} PRIVATE ${CMAKE_CURRENT_LIST_DIR}/sent-packets.c)
  set_target_properties (${name} PROPERTIES ENABLE_EXPORTS ON)
endif ()
if (NOT TARGET link-pair)
  # Two processes on hosts of their own, to measure with delay and loss between them.
  add_executable (link-pair ${CMAKE_CURRENT_LIST_DIR}/link-pair.c ${CMAKE_CURRENT_LIST_DIR}/link-fixture.c)
  target_link_libraries (link-pair PRIVATE kith kith-link kith-stall)
endif ()
