# SPDX-License-Identifier: GPL-3.0-or-later
add_dependencies (${name} kith-locator-static)
