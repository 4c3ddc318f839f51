# SPDX-License-Identifier: GPL-3.0-or-later
# The library whose look-ups are tried on lives in the SIP stack.
target_include_directories (${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/sip)
target_link_libraries (${name} PRIVATE kith-sip)
target_link_libraries (${name} PRIVATE kith-edge-static)
target_compile_definitions (${name} PRIVATE KITH_EDGE_PROGRAM="$<TARGET_FILE:kith-edge>")
add_dependencies (${name} kith-edge)
