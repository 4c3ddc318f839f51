# SPDX-License-Identifier: GPL-3.0-or-later
target_sources (${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/link/link-fixture.c)
target_link_libraries (${name} PRIVATE kith-stall kith-own-time)
set_target_properties (${name} PROPERTIES ENABLE_EXPORTS ON) # the libraries are to find our functions
target_include_directories (${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/link)
target_link_libraries (${name} PRIVATE kith-link kith-turn kith-fakes)
target_compile_definitions (${name} PRIVATE KITH_UPNP="$<TARGET_FILE:kith-upnp>")
add_dependencies (${name} kith-upnp)
if (NOT TARGET link-pair)
  # Two processes on hosts of their own, to measure with delay and loss between them.
  add_executable (link-pair ${CMAKE_CURRENT_SOURCE_DIR}/link/link-pair.c ${CMAKE_CURRENT_SOURCE_DIR}/link/link-fixture.c)
  target_link_libraries (link-pair PRIVATE kith kith-link kith-stall kith-own-time)
endif ()
if (name STREQUAL "test-two-calls") # links with sound
  target_link_libraries (${name} PRIVATE kith-media kith-tone)
endif ()
