# SPDX-License-Identifier: GPL-3.0-or-later
# The tests start real workers, and open the module.
if (NOT TARGET dht-lab)
  add_library (dht-lab STATIC ${CMAKE_CURRENT_SOURCE_DIR}/locator-dht/dht-lab.c)
  target_include_directories (dht-lab PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/locator-dht)
  target_link_libraries (dht-lab PUBLIC kith-absent kith-locator-dht-static)
  target_compile_definitions (dht-lab PRIVATE KITH_TEST_DATA="${PROJECT_SOURCE_DIR}/tests/data" KITH_BUILD_DIR="${PROJECT_BINARY_DIR}")
endif ()
target_link_libraries (${name} PRIVATE dht-lab)
add_dependencies (${name} kith-dht kith-dht-unfiltered kith-locator-dht)
target_link_libraries (${name} PRIVATE kith-dht-stun)
