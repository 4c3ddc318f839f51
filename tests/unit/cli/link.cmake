# SPDX-License-Identifier: GPL-3.0-or-later
# These tests read the manual page and run the program.
target_compile_definitions (${name} PRIVATE KITH_MANUAL="${PROJECT_SOURCE_DIR}/docs/man/kith.1" KITH_PROGRAM="$<TARGET_FILE:kith-tool>")
add_dependencies (${name} kith-tool)
