# SPDX-License-Identifier: GPL-3.0-or-later
target_link_libraries (${name} PRIVATE node-fixture)
target_include_directories (${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/node)
if (TARGET translations)
  add_dependencies (${name} translations)
endif ()
