# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# Sourced by flatpak/build: make_runtime WORK BRANCH makes org.gnome.Platform and org.gnome.Sdk of
# this machine's Debian packages, in the OSTree repository WORK/runtime. They have what the app
# uses of GNOME's own runtimes. No GL drivers: they would be most of its size, and GTK draws
# without them, too.

runtime_packages () {
  local sets=platform
  [ "$1" = platform ] || sets='platform|sdk'
  # shellcheck disable=SC2153 # of flatpak/build
  sed -nE "s/^($sets) //p" "$ROOT/flatpak/runtime-packages.txt" | paste -sd,
}

apt_sources () {
  local file
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
    [ ! -s "$file" ] || echo "$file"
  done
}

# debian_tree WORK platform|sdk: an unpacked Debian with those packages
debian_tree () {
  local work=$1 kind=$2 suite sources
  suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
  mapfile -t sources < <(apt_sources)
  rm -rf "$work/$kind.root"
  mmdebstrap --quiet --mode=root --variant=essential \
    --aptopt='APT::Install-Recommends "false"' \
    --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/gtk-doc/*' \
    --include="$(runtime_packages "$kind")" \
    "$suite" "$work/$kind.root" "${sources[@]}"
}

# The locales of our translations: flatpak keeps the user's LANG.
make_locales () {
  local root=$1 language
  for language in en_US $(sed '/^#/d; s/^de$/de_DE/; s/^ja$/ja_JP/' "$ROOT/po/LINGUAS"); do
    chroot "$root" localedef -i "$language" -f UTF-8 "$language.UTF-8"
  done
  rm -rf "$root/usr/share/i18n"
}

# What a runtime must not have, and the places that flatpak binds over.
tidy_usr () (
  cd "$1" || exit
  rm -rf share/doc share/man share/info share/lintian share/bug games src local \
    etc/machine-id etc/hostname etc/resolv.conf etc/mtab etc/localtime etc/apt etc/dpkg \
    etc/systemd etc/init.d etc/cron.* etc/rc?.d etc/shadow* etc/gshadow* etc/subuid* etc/subgid* \
    etc/ssl/private lib/systemd lib/udev
  rm -rf lib/*/libLLVM* lib/*/dri lib/llvm-*
  find . -type f -perm /6000 -exec chmod ug-s {} +
  find . \( -type b -o -type c -o -type p -o -type s \) -delete
  chmod -R u+rwX,go+rX .
  printf '/app/lib\n/app/lib/%s-linux-gnu\n' "$(uname -m)" >>etc/ld.so.conf
  : >etc/machine-id
  : >etc/resolv.conf
  host_fonts >etc/fonts/conf.d/50-flatpak.conf
)

# flatpak shows an app the fonts of the machine, beside those of the runtime
host_fonts () {
  cat <<'EOF'
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir>/app/share/fonts</dir>
  <dir>/run/host/fonts</dir>
  <dir>/run/host/user-fonts</dir>
</fontconfig>
EOF
}

runtime_metadata () {
  local id=$1 branch=$2 arch triplet
  arch=$(flatpak --default-arch)
  triplet=$(uname -m)-linux-gnu
  cat <<EOF
[Runtime]
name=$id
runtime=org.gnome.Platform/$arch/$branch
sdk=org.gnome.Sdk/$arch/$branch

[Environment]
PATH=/app/bin:/usr/bin
XDG_DATA_DIRS=/app/share:/usr/share:/usr/share/runtime/share:/run/host/user-share:/run/host/share
GSK_RENDERER=cairo
PKG_CONFIG_PATH=/app/lib/pkgconfig:/app/lib/$triplet/pkgconfig:/app/share/pkgconfig
C_INCLUDE_PATH=/app/include
LIBRARY_PATH=/app/lib:/app/lib/$triplet
EOF
}

# export_runtime WORK BRANCH platform|sdk: usr/ becomes /usr; flatpak fills /etc from usr/etc
export_runtime () {
  local work=$1 branch=$2 kind=$3 id=org.gnome.Platform dir
  [ "$kind" = platform ] || id=org.gnome.Sdk
  dir=$work/$kind.dir
  rm -rf "$dir"
  mkdir -p "$dir/files"
  mv "$work/$kind.root/usr" "$dir/usr"
  cp -a "$work/$kind.root/etc" "$dir/usr/etc"
  rm -rf "$work/$kind.root"
  tidy_usr "$dir/usr"
  runtime_metadata "$id" "$branch" >"$dir/metadata"
  flatpak build-export --disable-fsync --runtime --no-update-summary "$work/runtime" "$dir" \
    "$branch"
  rm -rf "$dir"
}

make_runtime () {
  local work=$1 branch=$2 kind
  rm -rf "$work/runtime"
  ostree --repo="$work/runtime" init --mode=archive-z2
  ostree --repo="$work/runtime" config set archive.zlib-level 1
  for kind in platform sdk; do
    debian_tree "$work" "$kind"
    make_locales "$work/$kind.root"
    export_runtime "$work" "$branch" "$kind"
  done
  flatpak build-update-repo "$work/runtime"
}
