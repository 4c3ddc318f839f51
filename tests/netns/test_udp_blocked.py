# SPDX-License-Identifier: GPL-3.0-or-later
# Where the network lets no UDP out, people register, call and are called through a TURN server by TCP and TLS.
from turncalls import blocked, both_blocked, run, server_comes_back

run(tcp=lambda: blocked("tcp"), tls=lambda: blocked("tls"), both=both_blocked, comes_back=server_comes_back)
