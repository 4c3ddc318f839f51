# SPDX-License-Identifier: GPL-3.0-or-later
# Calls between two parties of one process, and the judge of their recordings.
if (NOT TARGET media-fixture)
  add_library (media-fixture STATIC ${CMAKE_CURRENT_LIST_DIR}/media-pair.c ${CMAKE_CURRENT_LIST_DIR}/rough-path.c
               ${CMAKE_CURRENT_LIST_DIR}/fake-sound.c)
  target_include_directories (media-fixture PUBLIC ${CMAKE_CURRENT_LIST_DIR})
  target_link_libraries (media-fixture PUBLIC kith-absent kith-tone kith-stall kith-media)
endif ()
target_link_libraries (${name} PRIVATE media-fixture)
if (name STREQUAL "test-srtp-wrap") # the plugin is to find our function in place of the library's
  set_target_properties (${name} PROPERTIES ENABLE_EXPORTS ON)
  target_link_libraries (${name} PRIVATE ${CMAKE_DL_LIBS})
endif ()
if (name STREQUAL "test-bridge") # its time is its own
  target_link_libraries (${name} PRIVATE kith-own-time)
  set_target_properties (${name} PROPERTIES ENABLE_EXPORTS ON)
endif ()
