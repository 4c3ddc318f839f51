# SPDX-License-Identifier: GPL-3.0-or-later
# Peers that are sockets speak with the edge of this build.
target_link_libraries (${name} PRIVATE kith-edge-static)
target_compile_definitions (${name} PRIVATE KITH_EDGE_PROGRAM="$<TARGET_FILE:kith-edge>")
add_dependencies (${name} kith-edge)
