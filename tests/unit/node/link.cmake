# SPDX-License-Identifier: GPL-3.0-or-later
target_link_libraries (${name} PRIVATE kith-fakes)
