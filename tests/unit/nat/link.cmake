# SPDX-License-Identifier: GPL-3.0-or-later
# Tests of one part of a link, with the tools of the whole.
include (${CMAKE_CURRENT_SOURCE_DIR}/link/link.cmake)
