#!/usr/bin/env bats
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# scripts/setup, with a package source of our own, on a machine that is this one under an overlay (lib/machine.bash).
# tests/bats/install/fresh.bats has what it does with Debian's.
# shellcheck disable=SC2154 # the variables that find_what_is_tested and start_machine set

load ../lib/common
load ../lib/machine

bats_require_minimum_version 1.5.0

setup() {
  local reason
  reason=$(why_no_machine)
  [[ ! $reason ]] || skip_because "$BATS_TEST_DESCRIPTION" "$reason"
  [[ $(dpkg --print-architecture) == amd64 ]] || skip_because "$BATS_TEST_DESCRIPTION" "i386 is for amd64 machines alone"
  files=$BATS_TEST_TMPDIR/files
  mkdir -m 755 "$files"
  cp "$BATS_TEST_DIRNAME/../../../scripts/setup" "$files"
}

teardown() {
  stop_machine
}

# write_source DIRECTORY: a source with scdoc, whose list of what there is for i386 is not yet, or no more, the one that it
# promises.
write_source() {
  local index
  mkdir -p "$1"/{scdoc/DEBIAN,dists/one/main/binary-{amd64,i386}}
  printf '%s\n' 'Package: scdoc' 'Version: 99' 'Architecture: amd64' 'Maintainer: nobody <nobody@localhost>' \
    'Description: of the test' >"$1/scdoc/DEBIAN/control"
  dpkg-deb --build --root-owner-group "$1/scdoc" "$1/scdoc.deb"
  index=$1/dists/one/main/binary-amd64/Packages
  {
    cat "$1/scdoc/DEBIAN/control"
    echo 'Filename: scdoc.deb'
    stat -c 'Size: %s' "$1/scdoc.deb"
    sha256sum <"$1/scdoc.deb" | sed 's/^/SHA256: /; s/ *-$//'
  } >"$index"
  cp "$index" "$1/dists/one/main/binary-i386"
  cat >"$1/dists/one/Release" <<RELEASE
Suite: one
Codename: one
Architectures: amd64 i386
Components: main
Date: $(LC_ALL=C date -Ru)
SHA256:
 $(sha256sum <"$index" | cut -d ' ' -f 1) $(stat -c %s "$index") main/binary-amd64/Packages
 $(sha256sum </dev/null | cut -d ' ' -f 1) 7 main/binary-i386/Packages
RELEASE
}

@test "setup: a list of i386's packages that is just being renewed costs nothing of the machine's own" {
  write_source "$files/source" >/dev/null
  start_machine "$files"
  "${machine[@]}" sh -euc '
    rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/* /var/lib/apt/lists/*
    echo "deb [trusted=yes] file:/tmp/files/source one main" >/etc/apt/sources.list
    for package in scdoc libseccomp-dev:i386; do
      ! dpkg -s "$package" || dpkg --purge --force-depends "$package"
    done' >"$BATS_TEST_TMPDIR/output" 2>&1
  run -0 "${machine[@]}" /tmp/files/setup --all
  [[ $output == *"not to be had: file:/tmp/files/source/dists/one/main/binary-i386/Packages"* ]]
  [[ $output == *"no package source has "*libseccomp-dev:i386* ]]
  [[ $("${machine[@]}" dpkg-query -W -f '${db:Status-Status} ${Version}' scdoc) == 'installed 99' ]]
}
