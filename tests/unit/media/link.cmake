# SPDX-License-Identifier: GPL-3.0-or-later
# Calls between two parties of one process, and the judge of their recordings.
target_sources (${name} PRIVATE ${CMAKE_CURRENT_LIST_DIR}/media-pair.c ${CMAKE_CURRENT_LIST_DIR}/rough-path.c)
target_link_libraries (${name} PRIVATE kith-tone kith-stall)
