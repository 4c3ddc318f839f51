# SPDX-License-Identifier: GPL-3.0-or-later
# Makes the comments of a header known to doxygen: what stands right above a thing is its text, the second line of a file is its purpose.

# @name is a parameter; text for people may hold what doxygen takes for a command of its own.
function words(text) {
  gsub (/\\/, "\\\\", text)
  gsub (/</, "\\<", text)
  gsub (/>/, "\\>", text)
  gsub (/#/, "\\#", text)
  gsub (/"/, "\\\"", text)
  gsub (/%/, "\\%", text)
  text = parameters(text)
  return text
}

function parameters(text,   out, at) {
  out = ""
  while ((at = match (text, /@[A-Za-z_0-9]+/)) > 0) {
    out = out substr (text, 1, at - 1) "\\p " substr (text, at + 1, RLENGTH - 1)
    text = substr (text, at + RLENGTH)
  }
  return out text
}

function flush_comment(opening,   i) {
  for (i = 1; i <= n; i++) {
    if (i == 1 && opening != "") {
      sub (/\/\*\*?/, opening, block[i])
    }
    print block[i]
  }
  n = 0
}

NR == 1 { print; next }
NR == 2 && /^\/\*/ { # of the file
  in_file = 1
}

in_file {
  line = words($0)
  if (NR == 2) {
    sub (/\/\*\*?/, "/** @file\n", line)
  }
  print line
  if (/\*\//) {
    in_file = 0
  }
  next
}

# A comment that fills its lines: kept until it is known what follows.
!in_block && /^ *\/\*/ && (!/\*\// || /\*\/ *$/) {
  flush_comment("")
  in_block = 1
}

in_block {
  # "name:" as the first line only names what follows.
  if (n == 1 && /^ *\* [A-Za-z_:]+: *$/) {
    block[++n] = " *"
  } else {
    block[++n] = words($0)
  }
  if (/\*\//) {
    in_block = 0
    waiting = 1
  }
  next
}

waiting {
  waiting = 0
  flush_comment(/^ *$/ || /^#/ || /^ *[}]/ || /^G_/ ? "" : "/**")
}

# Behind a member or a value.
/[;,].*\/\* .*\*\/ *$/ || /^ +KITH_[A-Z_0-9]+ *\/\* .*\*\/ *$/ {
  at = index ($0, "/*")
  print substr ($0, 1, at - 1) "/**<" words(substr ($0, at + 2))
  next
}

{ print }

END { flush_comment("") }
