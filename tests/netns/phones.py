# SPDX-License-Identifier: GPL-3.0-or-later
# Ordinary SIP phones of other makers on the laboratory's hosts.
import glob
import json
import os
import subprocess

from kithlab import sh, wait_until

MODULES = "/usr/lib/baresip/modules"


class Baresip:
    """baresip on @host, playing a tone and recording what it hears; driven by its control port from inside the namespace."""

    def __init__(self, host, user, codec, tone, registrar=None, password=None):
        """With @registrar, an address, and @password: a phone that registers there."""
        self.host, self.user, self.codec = host, user, codec
        rate = {"opus": 48000, "g722": 16000}.get(codec, 8000)
        self.dir = os.path.join(host.lab.dir, "baresip-%s-%s-%s" % (host.name, user, codec))
        os.mkdir(self.dir)
        wav = os.path.join(self.dir, "tone.wav")
        sh("sox", "-n", "-r", str(rate), "-c", "1", "-b", "16", wav, "synth", "60", "sine", str(tone), "vol", "0.5")
        modules = {"opus": "opus.so", "pcmu": "g711.so", "pcma": "g711.so", "g722": "g722.so"}[codec]
        name = {"opus": "opus/48000/2", "pcmu": "PCMU/8000/1", "pcma": "PCMA/8000/1", "g722": "G722/16000/1"}[codec]
        with open(os.path.join(self.dir, "config"), "w") as out:
            out.write("\n".join([
                "poll_method epoll", "sip_listen %s:5060" % host.address, "call_max_calls 4",
                "audio_player aubridge,sink", "audio_source aufile," + wav, "audio_alert aubridge,alert",
                "audio_level no", "ausrc_format s16", "auplay_format s16", "auenc_format s16", "audec_format s16",
                "rtp_ports 30000-32000", "rtcp_mux no", "module_path " + MODULES, "module " + modules,
                "module aufile.so", "module aubridge.so", "module sndfile.so", "module_tmp account.so",
                "module_app menu.so", "module_app ctrl_tcp.so", "ctrl_tcp_listen 127.0.0.1:4444",
                "snd_path " + self.dir, "opus_stereo no", "opus_sprop_stereo no", ""]))
        with open(os.path.join(self.dir, "accounts"), "w") as out:
            account = "regint=120;auth_pass=" + password if registrar else "regint=0"
            out.write("<sip:%s@%s>;%s;answermode=auto;audio_codecs=%s\n" % (user, registrar or host.address, account, name))
        open(os.path.join(self.dir, "contacts"), "w").close()
        self.log = open(os.path.join(host.lab.dir, "baresip-%s-%s.log" % (host.name, codec)), "w")
        self.process = host.lab.run(host.space, ["baresip", "-f", self.dir], stdin=subprocess.DEVNULL, stdout=self.log,
                                    stderr=self.log)
        wait_until(lambda: self.command("about"), 5, "baresip answers")

    @property
    def uri(self):
        return "sip:%s@%s" % (self.user, self.host.address)

    def command(self, name, parameters=""):
        message = json.dumps({"command": name, "params": parameters, "token": "t"})
        script = ("import socket,sys; s=socket.create_connection(('127.0.0.1',4444),1); m=sys.argv[1].encode();"
                  "s.sendall(b'%d:%s,'%(len(m),m)); s.settimeout(0.3); print(s.recv(4096))")
        result = subprocess.run(self.host.command("python3", "-c", script, message), capture_output=True, text=True, check=False)
        return result.returncode == 0

    def recording(self):
        """The newest recording of what the phone heard."""
        files = sorted(glob.glob(os.path.join(self.dir, "dump-*-dec.wav")), key=os.path.getmtime)
        return files[-1] if files else None

    def stop(self):
        self.process.terminate()
        self.process.wait()


