#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what Kith needs from Debian 12, and only what is missing.
set -eu

usage () {
  cat << 'EOF'
Usage: sh packaging/install-deps.sh [--test] [--list]

Installs the Debian packages that are needed to build and run Kith and are not there yet.
No service of theirs is started. Another package manager that is at work is waited for, 10 minutes at most.
  --test  also what the tests need
  --list  only say what is missing
Exit code: 0 all is there; 1 it could not be installed; 2 wrong usage; 3 this is no Debian with apt-get.
EOF
}

build='gcc cmake ninja-build pkg-config libc6-dev libglib2.0-dev libglib2.0-bin libopendht-c-dev libsofia-sip-ua-dev
  libnice-dev libngtcp2-dev libngtcp2-crypto-gnutls-dev libgnutls28-dev libnatpmp-dev libminiupnpc-dev libsodium-dev libgstreamer1.0-dev
  libgstreamer-plugins-base1.0-dev libopus-dev libspandsp-dev libsrtp2-dev
  libjson-glib-dev libqrencode-dev gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad
  gstreamer1.0-pulseaudio libseccomp-dev libsqlite3-dev glib-networking dbus ca-certificates gettext'
test='iproute2 nftables baresip-core sip-tester sipsak sipvicious coturn tshark clang-14 libfuzzer-14-dev clang-format-14 python3
  shellcheck codespell doxygen mandoc systemd sox conntrack procps espeak-ng python3-numpy
  miniupnpd miniupnpd-nftables openssl kamailio dnsmasq-base'

wanted=$build
only_list=false
while [ $# -gt 0 ]; do
  case $1 in
  --test) wanted="$build $test" ;;
  --list) only_list=true ;;
  --help) usage; exit 0 ;;
  *) usage >&2; exit 2 ;;
  esac
  shift
done

if ! command -v dpkg-query > /dev/null || ! command -v apt-get > /dev/null; then
  echo "install-deps: this is no Debian with apt-get. Install by hand what these Debian packages hold:" >&2
  # shellcheck disable=SC2086 # the words are meant to be split
  printf '  %s\n' $wanted >&2
  exit 3
fi

missing=
for package in $wanted; do
  status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null || true)
  [ "$status" = installed ] || missing="$missing $package"
done
if [ -z "$missing" ]; then
  echo "install-deps: everything that is needed is installed"
  exit 0
fi
echo "install-deps: missing:$missing"
if $only_list; then
  exit 0
fi

as_root=
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo > /dev/null; then
    echo "install-deps: not root and no sudo. As root: apt-get install --no-install-recommends$missing" >&2
    exit 1
  fi
  as_root=sudo
fi

log=$(mktemp)
policy=${KITH_POLICY_RC_D:-/usr/sbin/policy-rc.d}
mark="# made by install-deps.sh of Kith, for the time of an installation"
made_policy=false

# Packages with a service of their own (coturn, miniupnpd) would start it: not on a user's machine, and not for tests, which start their own copies.
# A policy-rc.d (see invoke-rc.d(8)) that says "101: not allowed" keeps them; one that is there already is somebody's will and stays as it is.
keep_services () {
  if [ -e "$policy" ] && ! grep -qxF "$mark" "$policy"; then
    return
  fi
  made_policy=true
  printf '#!/bin/sh\n%s\nexit 101\n' "$mark" | $as_root tee "$policy" > /dev/null
  $as_root chmod 755 "$policy"
}
leave () {
  status=$?
  trap '' INT TERM HUP
  rm -f "$log"
  if $made_policy; then
    $as_root rm -f "$policy"
  fi
  exit "$status"
}
trap leave EXIT
trap 'exit 1' INT TERM HUP

patience_s=600
pause_s=${KITH_LOCK_PAUSE_S:-5}
# busy: somebody else has a lock of the package manager, by what apt-get has just said.
busy () {
  grep -qE 'Could not get lock|Unable to (acquire|lock)|is another process using it' "$log"
}
# apt_get WORDS...: apt-get, quietly; waits for whoever else is installing something.
apt_get () {
  waited=0
  until $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout="$patience_s" "$@" > "$log" 2>&1; do
    if ! busy || [ "$waited" -ge "$patience_s" ]; then
      return 1
    fi
    if [ "$waited" -eq 0 ]; then
      echo "install-deps: another package manager is at work: waiting for it"
    fi
    waited=$((waited + 5))
    sleep "$pause_s"
  done
}
install_missing () {
  # shellcheck disable=SC2086 # the packages are words
  apt_get -y --no-install-recommends install $missing
}

echo "install-deps: installing with apt-get${as_root:+ through sudo}, this may take a few minutes"
keep_services
# Without lists of packages there is no point in trying; lists that are too old are the usual cause of a failure.
if [ -z "$(find /var/lib/apt/lists -maxdepth 1 -name '*_Packages*' 2> /dev/null)" ] || ! install_missing; then
  if ! apt_get update || ! install_missing; then
    cat "$log" >&2
    echo "install-deps: apt-get could not install:$missing" >&2
    echo "install-deps: check the network and /etc/apt/sources.list (Debian 12, main), then try again" >&2
    exit 1
  fi
fi
echo "install-deps: done"
