# SPDX-License-Identifier: GPL-3.0-or-later
set_target_properties (${name} PROPERTIES ENABLE_EXPORTS ON) # SQLite is to find our fsync()
