#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Builds Kith and lets alice call bob on this machine: two daemons, a network of their own, real sound.
set -u

TALK_SECONDS=6
root=$(cd "$(dirname "$0")/.." && pwd) || exit 1
build=$root/build-release
speech=$root/packaging/speech
work=
pids=
interrupted=false

if [ "${1:-}" = --help ]; then
  echo "Usage: sh packaging/try.sh"
  echo "Installs what is missing, builds in build-release, and lets alice call bob on this machine."
  echo "Exit code: 0 they heard each other; 1 something failed; 3 this is no Debian with apt-get."
  exit 0
fi
if [ $# -gt 0 ]; then
  echo "try: there are no options but --help" >&2
  exit 2
fi

say () {
  printf '%s\n' "$@"
}

# Ends what this script started, by process id, whatever happened.
clean_up () {
  trap '' INT TERM HUP
  for pid in $pids; do
    kill "$pid" 2> /dev/null
  done
  for pid in $pids; do
    wait "$pid" 2> /dev/null
  done
  pids=
  if [ -n "$work" ]; then
    rm -rf "$work/alice" "$work/bob"
    if $interrupted; then
      rm -rf "$work"
    fi
  fi
}

fail () {
  say "" "try: $*" >&2
  if [ -n "$work" ]; then
    for name in alice bob; do
      if [ -s "$work/$name.log" ]; then
        say "--- the last lines of $work/$name.log" >&2
        tail -n 12 "$work/$name.log" >&2
      fi
    done
  fi
  exit 1
}

trap clean_up EXIT
trap 'interrupted=true; say "" "try: interrupted" >&2; exit 130' INT
trap 'interrupted=true; exit 143' TERM HUP

# --- what is needed, and the build

sh "$root/packaging/install-deps.sh" || exit $?

build_quietly () {
  if [ ! -e "$build/build.ninja" ]; then
    say "Preparing the build in $build"
    (cd "$root" && cmake --preset release -DKITH_TESTS=OFF) > "$work/build.log" 2>&1 || return 1
  fi
  say "Building (about two minutes the first time)"
  if [ -t 1 ]; then
    NINJA_STATUS='  [%p] ' ninja -C "$build" --quiet 2> "$work/build.log" || ninja -C "$build" > "$work/build.log" 2>&1
  else
    ninja -C "$build" > "$work/build.log" 2>&1
  fi
}

work=$(mktemp -d "${TMPDIR:-/tmp}/kith-try.XXXXXX") || exit 1
if ! build_quietly; then
  tail -n 30 "$work/build.log" >&2
  fail "the build failed: the whole output is in $work/build.log"
fi
kith=$build/client/cli/kith
kithd=$build/daemon/kithd

# --- two nodes

# A D-Bus of its own for node $1, so that nothing of yours is touched.
start_bus () {
  mkdir -p "$work/$1/state"
  chmod 700 "$work/$1" "$work/$1/state"
  : > "$work/$1/kith.conf"
  cat > "$work/$1/bus.conf" << EOF
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=$work/$1/bus</listen>
  <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>
EOF
  dbus-daemon --config-file="$work/$1/bus.conf" --nofork --nopidfile --nosyslog > "$work/$1.bus.log" 2>&1 &
  pids="$pids $!"
}

# kith NODE VERB…: the command line on a node's bus.
on () {
  node=$1
  shift
  "$kith" --bus "unix:path=$work/$node/bus" "$@"
}

# Starts kithd of node $1 with the further options.
start_node () {
  node=$1
  shift
  "$kithd" --bus "unix:path=$work/$node/bus" --config "$work/$node/kith.conf" --state-dir "$work/$node/state" \
    --sip-bind 127.0.0.1 --sip-port 0 --dht-network "$network" --no-discovery --work-bits 0 \
    --audio-in "$speech/$node.wav" --audio-out "$work/$node-heard.wav" "$@" > "$work/$node.log" 2>&1 &
  pids="$pids $!"
}

# until_true SECONDS WHAT COMMAND…: tries every tenth of a second.
until_true () {
  tries=$(($1 * 10))
  what=$2
  shift 2
  while ! "$@" > /dev/null 2>&1; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || fail "$what"
    sleep 0.1
  done
}

has_call () {
  on "$1" --json calls | grep -q "\"state\": \"$2\""
}

dht_port () {
  on "$1" --json plugins | sed -n 's/.*"port": \([0-9][0-9]*\).*/\1/p'
}

has_dht_port () {
  port=$(dht_port "$1")
  [ "${port:-0}" -gt 0 ]
}

network=$((1000 + $$ % 100000))
say "" "Two nodes start on this machine, with a network of their own (number $network)"
start_bus alice
start_bus bob
for name in alice bob; do
  until_true 5 "dbus-daemon of $name does not start: see $work/$name.bus.log" test -S "$work/$name/bus"
done

start_node alice --dht-port 0
until_true 10 "alice's kithd does not start" on alice status
on alice init alice > /dev/null || fail "alice could not make her identity"
until_true 10 "alice's node of the network does not start" has_dht_port alice
start_node bob --dht-port 0 --bootstrap "127.0.0.1:$(dht_port alice)"
until_true 10 "bob's kithd does not start" on bob status
on bob init bob > /dev/null || fail "bob could not make his identity"
for name in alice bob; do
  say "" "\$ kith status    # $name"
  on "$name" status --wait 30 || fail "$name was not registered in the network within 30 s"
done

# --- the call

say "" "\$ kith call bob    # alice"
"$kith" --bus "unix:path=$work/alice/bus" call bob --timeout 30 &
call=$!
pids="$pids $call"
until_true 20 "bob's side does not ring" has_call bob incoming
say "\$ kith answer      # bob"
on bob answer || fail "bob could not answer"
until_true 10 "no sound arrives at alice" has_call alice active
until_true 10 "no sound arrives at bob" has_call bob active
sleep "$TALK_SECONDS"
say "\$ kith hangup      # bob"
on bob hangup || fail "bob could not hang up"
wait "$call"
code=$?
pids=$(printf '%s' "$pids" | sed "s/ $call\$//")
[ "$code" -eq 0 ] || fail "the call ended with exit code $code, see kith(1)"

say "" "\$ kith show        # alice"
on alice show || fail "the call is not there any more"
on alice --json show | grep -q '"encryption": "srtp-link"' || fail "the call was not encrypted"

for name in alice bob; do
  on "$name" stop || fail "$name's kithd did not stop cleanly"
done

# --- did they hear each other?

say ""
for pair in alice:bob bob:alice; do
  listener=${pair%:*}
  speaker=${pair#*:}
  recording=$work/$listener-heard.wav
  [ -s "$recording" ] || fail "there is no recording of what $listener heard"
  if ! likeness=$("$build/packaging/same-speech" "$speech/$speaker.wav" "$recording"); then
    fail "$listener did not hear $speaker's sentence: $likeness ($recording)"
  fi
  if "$build/packaging/same-speech" "$speech/$listener.wav" "$recording" > /dev/null; then
    fail "$listener heard the own voice instead of $speaker's ($recording)"
  fi
  say "$listener heard $speaker: $likeness"
done
rm -f "$work/build.log" "$work/alice.bus.log" "$work/bob.bus.log"

cat << EOF

It works. What each of them heard, and the logs:
  $work/alice-heard.wav
  $work/bob-heard.wav
  $work/alice.log, bob.log

To run it for real:
  sudo cmake --install $build && sudo ldconfig
  kith init NAME                            # once: your name; write down the 12 words
  systemctl --user enable --now kithd       # or run kithd by hand
  kith status --wait 60
  kith call FRIEND                          # kith help tells the rest
EOF
