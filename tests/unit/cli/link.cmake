# SPDX-License-Identifier: GPL-3.0-or-later
# These tests read the manual page and run the program, which must be there before a call's first step: it takes longer with sanitizers.
set (step_ms 30)
if (KITH_SANITIZE)
  set (step_ms 200)
endif ()
target_compile_definitions (${name} PRIVATE KITH_STEP_MS=${step_ms} KITH_MANUAL="${PROJECT_SOURCE_DIR}/docs/man/kith.1" KITH_PROGRAM="$<TARGET_FILE:kith-tool>")
add_dependencies (${name} kith-tool)
