# SPDX-License-Identifier: GPL-3.0-or-later
# The library whose look-ups are tried on lives in the SIP stack.
target_include_directories (${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/sip)
target_link_libraries (${name} PRIVATE kith-sip)
