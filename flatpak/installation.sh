# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# Sourced by the scripts of this folder: a Flatpak installation of its own, as a user's in DIR/home.
# shellcheck disable=SC2034 # for the scripts
APP_ID=io.github.jackfield.Jackfield

use_installation () {
  local home=$1/home
  mkdir -p "$home"
  unset XDG_DATA_HOME XDG_CONFIG_HOME XDG_CACHE_HOME XDG_STATE_HOME
  export HOME=$home
  export FLATPAK_USER_DIR=$home/.local/share/flatpak
  export XDG_DATA_DIRS=$FLATPAK_USER_DIR/exports/share:/usr/local/share:/usr/share
}

# in_installation COMMAND...: with a session bus of its own, for flatpak's helpers
in_installation () {
  dbus-run-session -- "$@"
}
