# SPDX-License-Identifier: GPL-3.0-or-later
# The tests start real workers, and open the module.
target_sources (${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/locator-dht/dht-lab.c)
target_include_directories (${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/locator-dht)
add_dependencies (${name} kith-dht kith-dht-unfiltered kith-locator-dht)
target_link_libraries (${name} PRIVATE kith-dht-stun)
