# SPDX-License-Identifier: GPL-3.0-or-later
# Calls through a TURN server, by UDP, TCP and TLS, between symmetric NATs; a wrong password does no harm.
from turncalls import run, symmetric_by_streams, symmetric_by_udp, wrong_password

run(symmetric=symmetric_by_udp, streams=symmetric_by_streams, password=wrong_password)
