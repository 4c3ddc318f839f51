# SPDX-License-Identifier: GPL-3.0-or-later
target_sources (${name} PRIVATE ${CMAKE_CURRENT_LIST_DIR}/link-fixture.c)
