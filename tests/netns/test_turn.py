# SPDX-License-Identifier: GPL-3.0-or-later
# Calls through a TURN server, by UDP, TCP and TLS, between symmetric NATs; a server that is started again, and a wrong password, do no harm.
from turncalls import restarted, run, symmetric_by_streams, symmetric_by_udp, wrong_password

run(symmetric=symmetric_by_udp, restarted=restarted, streams=symmetric_by_streams, password=wrong_password)
