/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mark of a symbol that libkith exports. */
#pragma once

#define KITH_API __attribute__ ((visibility ("default")))
