/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes from kith-upnp what it does not need: it reads XML of whoever answers on the local
   network. */
#pragma once

/* No new privileges, little memory and time, no file that is not open yet, no other program or
   process, no sockets but those of IP. From the start on connect() leads to IPv4 addresses of local
   networks only, not to this host's own services and not out: an answer may name any URL. NULL, or
   what the system cannot do (static string); builds with sanitizers keep their files and memory. */
const char *kith_upnp_confine (void);
