# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# Sourced by ./check and ./demo: install_packages SET... installs what is missing of packages.txt.

# Prints the packages of those sets that this machine lacks.
missing_packages () {
  while read -r set package proof; do
    case " $* " in *" $set "*) ;; *) continue ;; esac
    case "$proof" in
      '') dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' && continue ;;
      /*) [ -e "$proof" ] && continue ;;
      *) PATH="$PATH:/usr/sbin:/sbin" command -v "$proof" >/dev/null && continue ;;
    esac
    echo "$package"
  done < "$ROOT/tests/lib/packages.txt"
}

install_packages () {
  local missing sudo='' policy
  missing=$(missing_packages "$@" | sort -u | tr '\n' ' ')
  [ -n "$missing" ] || return 0
  if ! command -v apt-get >/dev/null; then
    echo "These Debian packages, or what they hold, are missing here: $missing" >&2
    return 1
  fi
  if [ "$(id -u)" != 0 ]; then
    sudo -n true 2>/dev/null || {
      echo "Missing packages. Run:  sudo apt-get install $missing" >&2
      return 1
    }
    sudo='sudo -n'
  fi
  echo "Installing: $missing" >&2
  # the servers that come along are for the tests alone: Debian shall not start them
  policy=/usr/sbin/policy-rc.d
  if [ -e "$policy" ]; then policy=''; else
    printf '#!/bin/sh\nexit 101\n' | $sudo tee "$policy" >/dev/null && $sudo chmod 755 "$policy"
  fi
  # shellcheck disable=SC2086
  apt_install "$sudo" $missing
  local status=$?
  [ -z "$policy" ] || $sudo rm -f "$policy"
  return $status
}

apt_install () {
  local sudo=$1 log status
  shift
  log=$(mktemp)
  # shellcheck disable=SC2086
  set -- $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
  "$@" >"$log" 2>&1 </dev/null || {
    # shellcheck disable=SC2086
    $sudo apt-get update >>"$log" 2>&1 && "$@" >>"$log" 2>&1 </dev/null
  }
  status=$?
  [ $status = 0 ] || { tail -n 20 "$log"; echo "The packages could not be installed."; } >&2
  rm -f "$log"
  return $status
}
