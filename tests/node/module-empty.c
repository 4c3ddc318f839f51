/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A loadable module that is no plugin of Kith. */
extern const int sample_nothing;
const int sample_nothing = 1;
