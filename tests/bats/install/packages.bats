#!/usr/bin/env bats
# bats file_tags=slow
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# The Debian packages: built of the tarball of a release, twice in different places, judged by lintian, and installed,
# upgraded and removed on a machine that is this one under an overlay (lib/machine.bash). What was installed is asked for by
# what the kernel says of a launch. What packaging/ has for other distributions makes the same files.
# With --long the packages are built with their own tests, and the command once more for its own sake.
# shellcheck disable=SC2154 # the variables that find_what_is_tested and start_machine set

load ../lib/common
load ../lib/probes
load ../lib/machine

setup_file() {
  # In a shell of its own: what it changes in the environment would be there in the tests.
  (build_packages)
}

build_packages() {
  find_what_is_tested
  hide_suite_environment
  base_dir=$BATS_FILE_TMPDIR
  make_shared_dir "$base_dir"
  tree=$(cd -- "$BATS_TEST_DIRNAME/../../.." && pwd -P)
  what_is_missing >"$base_dir/missing"
  why_no_i386 >"$base_dir/missing-i386"
  why_no_machine >"$base_dir/missing-machine"
  why_no_rpm >"$base_dir/missing-rpm"
  why_no_apk >"$base_dir/missing-apk"
  [[ ! -s $base_dir/missing ]] || return 0
  make_tarballs
  # Two at a time, each with one process to compile.
  { build_first && build_i386; } &
  { build_second && build_plain && build_rpm && build_apk; } &
  wait -n && wait -n
  mkdir "$base_dir/files"
  cp "$base_dir"/one/*.deb "$tree"/debian/tests/{kept,recipes} "$base_dir/files"
  cp "$build"/tests/launchers/drop-{dynamic,i386} "$base_dir/files" || :
  [[ -s $base_dir/missing-i386 ]] || cp "$base_dir"/i386/*.deb "$base_dir/files"
}

what_is_missing() {
  local tool
  for tool in dpkg-buildpackage dh fakeroot git lintian meson scdoc setpriv; do
    command -v "$tool" >/dev/null || { echo "there is no $tool"; return; }
  done
  can_unshare --mount --net || echo 'no namespaces to be had'
}

why_no_i386() {
  if [[ $(dpkg --print-architecture) != amd64 ]]; then
    echo 'this is no amd64 machine'
  elif [[ ! -x $build/tests/launchers/drop-i386 ]] || ! "$build/tests/launchers/drop-i386" 0 /bin/true; then
    echo 'gcc -m32 makes no program, or this kernel executes none'
  elif [[ ! -e /usr/lib/i386-linux-gnu/libinih.a ]] || ! command -v i686-linux-gnu-strip >/dev/null; then
    echo 'no libinih-dev:i386 or no binutils-i686-linux-gnu'
  fi
}

why_no_rpm() {
  command -v rpmbuild >/dev/null || echo 'there is no rpmbuild'
}

why_no_apk() {
  if [[ $(uname -m) != x86_64 ]]; then
    echo 'tests/musl.cross is for x86-64'
  elif ! command -v musl-gcc >/dev/null || ! command -v busybox >/dev/null; then
    echo 'there is no musl-gcc or no busybox'
  fi
}

# The source as it would be published: a commit of what lies here, without what was built.
make_commit() {
  local -a excluded=(--exclude=./.git --exclude=./build --exclude='./build-*' --exclude='./obj-*' --exclude="./${build#"$tree"/}")
  mkdir "$base_dir/commit"
  tar -C "$tree" "${excluded[@]}" -cf - . | tar -C "$base_dir/commit" --no-same-owner -xf -
  in_commit init -q
  in_commit add --all --force
  in_commit -c user.name=nobody -c user.email=nobody@localhost commit -q --date @1700000000 -m 'A release'
}

in_commit() {
  env GIT_COMMITTER_DATE='1700000000 +0000' git -C "$base_dir/commit" "$@"
}

# By root, and by another user elsewhere, with another umask, clock and language and other settings of git.
make_tarballs() {
  local as_user=(setpriv --reuid=65534 --regid=65534 --clear-groups env "HOME=$base_dir/by-user" TZ=Pacific/Kiritimati LC_ALL=C)
  quietly commit make_commit
  mkdir "$base_dir/by-root" "$base_dir/by-user"
  chown 65534:65534 "$base_dir/by-user"
  quietly by-root make_tarball "$base_dir/by-root"
  export -f make_tarball
  # shellcheck disable=SC2016 # for the inner shell
  (umask 077 && quietly by-user "${as_user[@]}" bash -euc '
    git config --global tar.umask 0000
    git config --global safe.directory "*"
    make_tarball "$1" fakeroot' bash "$base_dir/by-user")
}

# make_tarball DIRECTORY [fakeroot]: from a clone of its own. Below fakeroot files seem to be others than git knows them.
make_tarball() {
  git clone -q "$1/../commit" "$1/clone"
  meson setup -Dcommand=disabled -Dtests=disabled -Dman=disabled "$1/build" "$1/clone"
  # shellcheck disable=SC2016 # for the inner shell
  ${2-} sh -euc 'git -C "$1/clone" update-index -q --refresh && meson dist --no-tests -C "$1/build"' sh "$1"
}

# unpack_release DIRECTORY: the tarball's tree there, with what Debian adds to it, and beside it the tarball as dpkg-source
# looks for it.
unpack_release() {
  local tarball=("$base_dir"/by-root/build/meson-dist/capkeep-*.tar.xz)
  local version=${tarball[0]##*/capkeep-}
  mkdir -p "$1"
  cp "${tarball[0]}" "$1/../capkeep_${version%.tar.xz}.orig.tar.xz"
  tar -C "$1" --strip-components=1 --no-same-owner --no-same-permissions -xf "${tarball[0]}"
  cp -R "$base_dir/commit/debian" "$1"
}

# quietly NAME COMMAND…
quietly() {
  local output=$base_dir/$1.out
  shift
  "$@" >"$output" 2>&1 </dev/null || { cat "$output"; return 1; }
}

# By a user who is not root, and without a network.
build_first() {
  local options='parallel=1 noautodbgsym nocheck'
  [[ $long != 1 ]] || options=${options/nocheck/}
  unpack_release "$base_dir/one/tree"
  chown -R 65534:65534 "$base_dir/one"
  cd "$base_dir/one/tree" || return
  quietly one unshare --net setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/nonexistent \
    DEB_BUILD_OPTIONS="$options" dpkg-buildpackage -us -uc
}

# Elsewhere, by root, with another umask, clock and language.
build_second() {
  umask 077
  unpack_release "$base_dir/two/at a/place/with a longer/name"
  cd "$base_dir/two/at a/place/with a longer/name" || return
  quietly two env TZ=Pacific/Kiritimati LC_ALL=C DEB_BUILD_OPTIONS='parallel=1 noautodbgsym nocheck' \
    dpkg-buildpackage -us -uc -b
}

build_i386() {
  [[ ! -s $base_dir/missing-i386 ]] || return 0
  unpack_release "$base_dir/i386/tree"
  cd "$base_dir/i386/tree" || return
  quietly i386 env DH_MESON_CROSS_FILE=tests/i386.cross DEB_BUILD_OPTIONS='parallel=1 noautodbgsym nocheck' \
    dpkg-buildpackage -us -uc -b -ai386 -Ppkg.capkeep.library,nocheck
}

# Without its tests, which are those of the Debian packages; what it is built with is not known to a database of RPM's.
build_rpm() {
  [[ ! -s $base_dir/missing-rpm ]] || return 0
  mkdir -p "$base_dir/rpm/SOURCES"
  cp "$base_dir"/by-root/build/meson-dist/*.tar.xz "$base_dir/rpm/SOURCES"
  quietly rpm rpmbuild --define "_topdir $base_dir/rpm" --define 'debug_package %{nil}' --define '_smp_mflags -j1' --nodeps \
    --without check -bb "$tree/packaging/capkeep.spec"
}

# By the shell of Alpine, with what stands for its abuild: there the compiler is musl's by itself.
build_apk() {
  local sources=$base_dir/apk/sources
  [[ ! -s $base_dir/missing-apk ]] || return 0
  unpack_release "$sources/$(cd "$base_dir/by-root/build/meson-dist" && basename -- *.tar.xz .tar.xz)"
  mkdir "$base_dir/apk/bin"
  cat >"$base_dir/apk/bin/abuild-meson" <<SH
#!/bin/sh
exec meson setup --cross-file "$tree/tests/musl.cross" --prefix=/usr --libdir=/usr/lib --buildtype=plain "\$@"
SH
  chmod 755 "$base_dir/apk/bin/abuild-meson"
  # shellcheck disable=SC2016 # for the inner shell
  quietly apk env "PATH=$base_dir/apk/bin:$PATH" busybox sh -euc 'srcdir=$1 pkgdir=$2
    . "$3"
    (cd "$builddir" && build)
    (cd "$builddir" && package)' sh "$sources" "$base_dir/apk/packaged" "$tree/packaging/APKBUILD"
}

# As what is tested was built, but from another folder and into one that lies elsewhere.
build_plain() {
  local -a options what=(shim/libcapkeep.so)
  [[ $long != 1 ]] || what+=(cli/capkeep)
  mapfile -t options < <(sed -n '/^\[options\]/,/^\[properties\]/s/^\([a-z0-9_.:]*\) = /-D\1=/p' "$build/meson-private/cmd_line.txt")
  unpack_release "$base_dir/plain source"
  quietly plain meson setup "${options[@]}" -Dtests=disabled "$base_dir/plain" "$base_dir/plain source"
  quietly plain ninja -j 1 -C "$base_dir/plain" "${what[@]}"
}

setup() {
  [[ ! -s $BATS_FILE_TMPDIR/missing ]] || skip_because "$BATS_TEST_DESCRIPTION" "$(<"$BATS_FILE_TMPDIR/missing")"
  probes_setup
  files=$BATS_FILE_TMPDIR/files
  triplet=$(dpkg-architecture -qDEB_HOST_MULTIARCH)
  library=/usr/lib/$triplet/libcapkeep.so
  architecture=$(dpkg --print-architecture)
  # As the machine sees them.
  mapfile -t both < <(cd "$files" && ls {lib,}capkeep_*_"$architecture".deb)
  mapfile -t i386 < <(cd "$files" && ls libcapkeep_*_i386.deb 2>/dev/null)
}

teardown() {
  stop_machine
}

need_i386() {
  [[ ! -s $BATS_FILE_TMPDIR/missing-i386 ]] || skip_because "$BATS_TEST_DESCRIPTION" "$(<"$BATS_FILE_TMPDIR/missing-i386")"
}

# need_machine PACKAGE-FILE…: with these installed.
need_machine() {
  [[ ! -s $BATS_FILE_TMPDIR/missing-machine ]] ||
    skip_because "$BATS_TEST_DESCRIPTION" "$(<"$BATS_FILE_TMPDIR/missing-machine")"
  start_machine "$files"
  (($# == 0)) || packages -i "$@"
}

# packages OPTION… FILE|PACKAGE…: dpkg on the machine, which asks nobody; files by their names alone.
packages() {
  "${machine[@]}" sh -c 'cd /tmp/files && exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
    dpkg "$@" </dev/null' sh "$@"
}

# repack PACKAGE VERSION: the first version's package again, as another version, with what stands in $work/PACKAGE in place
# of its own files.
repack() {
  local package=$1 version=$2 tree=$work/repacked
  rm -rf "$tree"
  dpkg-deb -R "$files/$package"_[0-9]*_"$architecture".deb "$tree"
  sed -i -E "s/^Version: .*/Version: $version/; s/(libcapkeep \(= )[^)]*/\1$version/" "$tree/DEBIAN/control"
  [[ ! -d $work/$package ]] || cp -r "$work/$package/." "$tree"
  dpkg-deb --root-owner-group -b "$tree" "$files/$package-$version.deb" >/dev/null
}

# --- the builds

# Withheld is what the lintians of two releases do not agree on: that of Debian 12 does not know the newest policy, and takes
# a recipe for a service; that of 13 has no such tag any more, and takes an override of it for a mistake.
@test "packages: lintian finds nothing, not even something to be mentioned" {
  local withheld=newer-standards-version service=package-supports-alternative-init-but-no-init.d-script
  [[ ! $(lintian-explain-tags "$service" 2>/dev/null) ]] || withheld+=,$service
  local -a changes=("$BATS_FILE_TMPDIR"/one/*.changes)
  [[ -s $BATS_FILE_TMPDIR/missing-i386 ]] || changes+=("$BATS_FILE_TMPDIR"/i386/*.changes)
  lintian --allow-root --display-info --suppress-tags "$withheld" "${changes[@]}" >"$work/found" 2>&1 || :
  diff -u /dev/null "$work/found"
}

@test "packages: the version is that of the source" {
  diff <(sed -n "s/^  version: '\(.*\)',/\1/p" "$BATS_TEST_DIRNAME/../../../meson.build") \
    <(dpkg-parsechangelog -l "$BATS_TEST_DIRNAME/../../../debian/changelog" -S Version | sed 's/-[^-]*$//')
}

@test "packages: packaging/ is of the same version and licence, and its shell has no mistakes" {
  local packaging=$BATS_TEST_DIRNAME/../../../packaging version
  version=$(sed -n "s/^  version: '\(.*\)',/\1/p" "$BATS_TEST_DIRNAME/../../../meson.build")
  grep -qx "Version: *$version" "$packaging/capkeep.spec"
  grep -qx "pkgver=$version" "$packaging/APKBUILD"
  grep -qx 'License: *LGPL-2.1-or-later' "$packaging/capkeep.spec"
  grep -qx 'license="LGPL-2.1-or-later"' "$packaging/APKBUILD"
  sh -n "$packaging/APKBUILD"
}

# files_of_debian: mode and path of each file of both packages, named as elsewhere: nothing compressed, libraries in one
# folder, zsh's in its own, and without what Debian alone has.
files_of_debian() {
  local file
  for file in "${both[@]}"; do
    dpkg-deb --fsys-tarfile "$files/$file" | tar -tv
  done | awk '$1 !~ /^d/ { print $1, $6 }' | sed -E 's, \./, /,; s,\.gz$,,; s,/usr/lib/[^/]*-linux-[^/]*/,/usr/lib/,
    s,/vendor-completions/,/site-functions/,; \,/usr/share/(lintian|doc/[^/]*/(changelog|copyright)),d' | sort -k 2
}

@test "packages: packaging/capkeep.spec makes RPM packages of the same files" {
  [[ ! -s $BATS_FILE_TMPDIR/missing-rpm ]] || skip_because "$BATS_TEST_DESCRIPTION" "$(<"$BATS_FILE_TMPDIR/missing-rpm")"
  local list='[%{FILEMODES:perms} %{FILEUSERNAME} %{FILENAMES}\n]' made=("$BATS_FILE_TMPDIR"/rpm/RPMS/*/*.rpm)
  [[ ${#made[@]} == 2 ]]
  # Newer versions of rpmbuild compress the manual. Of a library Debian takes the bits for execution away.
  diff -u <(files_of_debian) <(rpm -qp --qf "$list" "${made[@]}" 2>/dev/null | awk '$1 !~ /^d/ { print $1, $3 }' |
    sed -E '\,/usr/(lib/\.build-id|share/licenses)/,d; s,\.gz$,,; s,/usr/lib64/,/usr/lib/,; s,^-rwxr-xr-x (.*\.so)$,-rw-r--r-- \1,' | sort -k 2)
  run ! grep -v '^root root$' <(rpm -qp --qf '[%{FILEUSERNAME} %{FILEGROUPNAME}\n]' "${made[@]}" 2>/dev/null)
  # Which of them are an administrator's to change, and what is needed.
  diff -u <(printf '%s\n' /etc/capkeep/capkeep.conf /etc/capkeep/capkeep.conf.d/README) <(rpm -qcp "${made[@]}" 2>/dev/null)
  rpm -qpR "$BATS_FILE_TMPDIR"/rpm/RPMS/*/capkeep-*.rpm 2>/dev/null | grep -q '^libcapkeep(.*) = '
}

@test "packages: packaging/APKBUILD makes the library for musl, and the same files but for the command's" {
  [[ ! -s $BATS_FILE_TMPDIR/missing-apk ]] || skip_because "$BATS_TEST_DESCRIPTION" "$(<"$BATS_FILE_TMPDIR/missing-apk")"
  local packaged=$BATS_FILE_TMPDIR/apk/packaged
  diff -u <(files_of_debian | grep -vE '/(usr/bin|man1|bash-completion|fish|zsh)/') \
    <(find "$packaged" ! -type d -printf '%M /%P\n' | sed -E 's,^-rwxr-xr-x (.*\.so)$,-rw-r--r-- \1,' | sort -k 2)
  run ! grep -F libc.so.6 <(readelf -d "$packaged/usr/lib/libcapkeep.so")
}

@test "reproducible: the tarball of a release, packed by root and by another user at another place" {
  local -a made=("$BATS_FILE_TMPDIR"/by-{root,user}/build/meson-dist/*.tar.xz)
  cmp "${made[@]}"
  # Everything is in it but what Debian adds, as root's, and nothing is anybody else's to write.
  diff -u <(git -C "$BATS_FILE_TMPDIR/commit" ls-tree -r --name-only HEAD | grep -v ^debian/) \
    <(tar -tf "${made[0]}" | grep -v '/$' | sed 's,^[^/]*/,,')
  diff -u <(printf '%s root/root\n' -rw-r--r-- -rwxr-xr-x drwxr-xr-x lrwxrwxrwx) \
    <(tar -tvf "${made[0]}" | awk '{ print $1, $2 }' | LC_ALL=C sort -u)
}

# What a verb loads by name is no less needed than what the command is linked with.
@test "packages: the libraries that the command loads by name are among its dependencies, told by its ELF notes" {
  local depends
  depends=$(dpkg-deb -f "$files"/capkeep_*_"$architecture".deb Depends)
  for soname in $(readelf --string-dump=.note.dlopen "$build/cli/capkeep" | grep -oE 'lib[a-z-]+\.so\.[0-9]+' | sort -u); do
    [[ ", $depends," == *", $(dpkg-query --search "*/$soname" | sed 's/:.*//' | sort -u)"[,\ ]* ]]
  done
  [[ $soname ]]
}

@test "reproducible: the packages, built by another user at another place, with another umask, clock and language" {
  local file count=0 first=$BATS_FILE_TMPDIR/one second="$BATS_FILE_TMPDIR/two/at a/place/with a longer"
  for file in "$first"/*.deb; do
    cmp "$file" "$second/${file##*/}"
    count=$((count + 1))
  done
  ((count == 2))
}

# The build by itself, not stripped, as default options have it: debug information names files and folders.
@test "reproducible: the library and the command with all of their debug information" {
  local file first=$BATS_FILE_TMPDIR/one/tree second="$BATS_FILE_TMPDIR/two/at a/place/with a longer/name"
  for file in shim/libcapkeep.so cli/capkeep; do
    cmp "$first"/obj-*/"$file" "$second"/obj-*/"$file"
    readelf -SW "$first"/obj-*/"$file" | grep -q ' \.debug_info '
  done
  for file in shim/libcapkeep.so cli/capkeep; do
    [[ $file == cli/* && $long != 1 ]] || cmp "$build/$file" "$BATS_FILE_TMPDIR/plain/$file"
  done
}

@test "packages: hardened, and no FORTIFY in the library: the audits of the build on what is packaged" {
  local file audit=$BATS_TEST_DIRNAME/../../audit
  export NM=nm READELF=readelf
  for file in "$files"/*.deb; do
    dpkg-deb -x "$file" "$work/${file##*/}"
  done
  for file in "$work"/libcapkeep*/usr/lib/*/libcapkeep.so; do
    "$audit/hardening" "$file"
    "$audit/exports" "$BATS_TEST_DIRNAME/../../../shim/symbols.def" "$file"
    run ! grep -E '_chk(@|$)' <(nm -D --undefined-only "$file")
  done
  "$audit/both-libraries" "$work"/libcapkeep_*_"$architecture".deb/usr/lib/*/libcapkeep.so "$(gcc -print-file-name=libc.so.6)" "$build"/tests/probes/musl_dump
  "$audit/hardening" "$work"/capkeep_*/usr/bin/capkeep
  grep -qE '_chk(@|$)' <(nm -D --undefined-only "$work"/capkeep_*/usr/bin/capkeep)
}

@test "packages: each link of an installed document leads to what is installed" {
  local document link folder
  dpkg-deb -x "$files"/capkeep_*_"$architecture".deb "$work/unpacked"
  while read -r document; do
    folder=${document%/*}
    while read -r link; do
      [[ -e $folder/${link%%#*} ]] && echo "$link" >>"$work/alive" || echo "$document: $link"
    done < <(grep -oE '\]\([^)#][^)]*\)' "$document" | sed 's/^](//; s/)$//' | grep -v '^[a-z]*:')
  done < <(find "$work/unpacked" -name '*.md') >"$work/dead"
  diff -u /dev/null "$work/dead"
  grep -qx docs/recipes/README.md "$work/alive"
}

# --- installed

expected_files() {
  cat <<FILES
644 root:root /etc/capkeep/capkeep.conf
644 root:root /etc/capkeep/capkeep.conf.d/README
755 root:root /etc/capkeep
755 root:root /etc/capkeep/capkeep.conf.d
755 root:root /usr/bin/capkeep
644 root:root $library
644 root:root /usr/share/doc/capkeep/changelog.Debian.gz
644 root:root /usr/share/doc/capkeep/changelog.gz
644 root:root /usr/share/doc/capkeep/copyright
644 root:root /usr/share/doc/libcapkeep/changelog.Debian.gz
644 root:root /usr/share/doc/libcapkeep/changelog.gz
644 root:root /usr/share/doc/libcapkeep/copyright
644 root:root /usr/share/lintian/overrides/capkeep
644 root:root /usr/share/lintian/overrides/libcapkeep
644 root:root /usr/share/man/man1/capkeep.1.gz
644 root:root /usr/share/man/man5/capkeep.conf.5.gz
644 root:root /usr/share/man/man8/libcapkeep.8.gz
644 root:root /usr/share/bash-completion/completions/capkeep
644 root:root /usr/share/fish/vendor_completions.d/capkeep.fish
644 root:root /usr/share/zsh/vendor-completions/_capkeep
FILES
  installed_documents | sed 's,^,644 root:root /usr/share/doc/capkeep/,'
  find "$BATS_TEST_DIRNAME/../../../docs/recipes" -type f \( -perm -100 -printf 755 -o -printf 644 \) \
    -printf ' root:root /usr/share/doc/capkeep/examples/%P\n'
}

# Of the directories, and links to those, only those of the packages' own configuration.
installed_files() {
  "${machine[@]}" sh -c 'dpkg -L capkeep libcapkeep | while read -r path; do
    case $path in /etc/capkeep*) ;; *) [ ! -d "$path" ] || continue ;; esac
    [ -z "$path" ] || stat -c "%a %U:%G %n" "$path"
  done'
}

@test "packages: what lies where, with which mode and owner" {
  need_machine "${both[@]}"
  diff -u <(expected_files | sort -k 3) <(installed_files | sort -k 3)
  diff -u <(printf '%s\n' /etc/capkeep/capkeep.conf /etc/capkeep/capkeep.conf.d/README) \
    <("${machine[@]}" dpkg-query -W -f '${Conffiles}\n' capkeep | awk 'NF { print $1 }' | sort)
  [[ -z $("${machine[@]}" dpkg --verify capkeep libcapkeep) ]]
  # Nothing of it is seen on this machine.
  cmp "$BATS_TEST_DIRNAME/../../../config/capkeep.conf" <("${machine[@]}" cat /etc/capkeep/capkeep.conf)
}

@test "C1 packages: the installed library keeps, by its bare name and by the command, and debian/tests says so" {
  need_machine "${both[@]}"
  "${machine[@]}" sh /tmp/files/kept
  capture check "${machine[@]}" capkeep check --strict
  diff -u <(printf '%s\n' 'there is no rule, so nothing is kept' stderr: 'status: 0') "$runs/check"
  launch=(/tmp/files/drop-dynamic 65534 /bin/cat /proc/self/status)
  capture bare "${machine[@]}" "${launch[@]}"
  assert_sets bare "cat $nothing"
  capture kept "${machine[@]}" env LD_PRELOAD=libcapkeep.so CAPKEEP_AMBIENT="$keep" "${launch[@]}"
  assert_sets kept "cat $given"
  capture run "${machine[@]}" capkeep run -a "$keep" --log none -- "${launch[@]}"
  assert_sets run "cat $given"
  # And by the installed policy alone.
  "${machine[@]}" sh -c 'printf "[Keep a]\nUser=65534\nAmbientCapabilities=%s\n" "$1" >/etc/capkeep/capkeep.conf.d/a.conf' sh "$keep"
  capture policy "${machine[@]}" env LD_PRELOAD=libcapkeep.so "${launch[@]}"
  assert_sets policy "cat $given"
}

# In namespaces of their own: the daemons end with the test, and their ports are nobody else's.
@test "C1 packages: three recipes of the package keep, and the trace of one tells what is lost: debian/tests" {
  local tool
  for tool in nginx memcached tcpserver setuidgid chpst pgrep ip; do
    command -v "$tool" >/dev/null || skip_because "$BATS_TEST_DESCRIPTION" "$tool is not installed"
  done
  need_machine "${both[@]}"
  run -0 timeout 600 "${machine[@]}" unshare --mount --net --pid --fork --kill-child sh -euc '
    mount -t proc proc /proc
    ip link set lo up
    exec sh /tmp/files/recipes'
  diff -u <(printf '%s: kept\n' nginx memcached tcpserver; echo 'trace: told') <(grep -E '^[a-z]+: (kept|told)$' <<<"$output")
}

# --- upgraded and removed

@test "packages: an administrator's configuration survives upgrades, and what dpkg asks about is answered as it should" {
  local etc=/etc/capkeep rules
  need_machine "${both[@]}"
  rules=$'[Keep a]\nUser=65534\nAmbientCapabilities='$keep
  "${machine[@]}" sh -c 'echo "$1" >>/etc/capkeep/capkeep.conf; echo "# mine" >/etc/capkeep/capkeep.conf.d/mine.conf' sh "$rules"
  mine=$("${machine[@]}" cat $etc/capkeep.conf)
  repack capkeep 999.1
  repack libcapkeep 999.1
  packages -i capkeep-999.1.deb libcapkeep-999.1.deb
  [[ $("${machine[@]}" cat $etc/capkeep.conf) == "$mine" && $("${machine[@]}" cat $etc/capkeep.conf.d/mine.conf) == '# mine' ]]
  capture kept "${machine[@]}" env LD_PRELOAD=libcapkeep.so /tmp/files/drop-dynamic 65534 /bin/cat /proc/self/status
  assert_sets kept "cat $given"
  # The next version's file is another. Nobody answers: the administrator's stays; the untouched README is exchanged.
  mkdir -p "$work/capkeep$etc/capkeep.conf.d"
  echo '# of the next version' | tee "$work/capkeep$etc/capkeep.conf" >"$work/capkeep$etc/capkeep.conf.d/README"
  repack capkeep 999.2
  repack libcapkeep 999.2
  packages --force-confdef --force-confold -i capkeep-999.2.deb libcapkeep-999.2.deb
  [[ $("${machine[@]}" cat $etc/capkeep.conf) == "$mine" ]]
  for file in capkeep.conf.dpkg-dist capkeep.conf.d/README; do
    [[ $("${machine[@]}" cat "$etc/$file") == '# of the next version' ]]
  done
  "${machine[@]}" capkeep check
  # The maintainer's on request; the administrator's is left beside it.
  packages --force-confask --force-confnew -i capkeep-999.2.deb
  [[ $("${machine[@]}" cat $etc/capkeep.conf) == '# of the next version' ]]
  [[ $("${machine[@]}" cat $etc/capkeep.conf.dpkg-old) == "$mine" ]]
  # What was removed stays away, but on request.
  "${machine[@]}" rm $etc/capkeep.conf
  packages -i capkeep-999.2.deb
  run ! "${machine[@]}" test -e $etc/capkeep.conf
  packages --force-confmiss -i capkeep-999.2.deb
  "${machine[@]}" test -e $etc/capkeep.conf
}

@test "packages: removal leaves the configuration, purge nothing but an administrator's own files" {
  need_machine
  changes_before=$(changed_files)
  packages -i "${both[@]}"
  "${machine[@]}" sh -c 'echo "# mine" >>/etc/capkeep/capkeep.conf'
  packages -r capkeep libcapkeep
  [[ $("${machine[@]}" tail -n 1 /etc/capkeep/capkeep.conf) == '# mine' ]]
  run ! "${machine[@]}" test -e /usr/bin/capkeep
  run ! "${machine[@]}" test -e "$library"
  # Installed once more, it is the administrator's that counts.
  packages -i "${both[@]}"
  [[ $("${machine[@]}" tail -n 1 /etc/capkeep/capkeep.conf) == '# mine' ]]
  packages -P capkeep libcapkeep
  diff -u <(echo "$changes_before") <(changed_files)
  packages -i "${both[@]}"
  "${machine[@]}" sh -c 'echo "# mine" >/etc/capkeep/capkeep.conf.d/mine.conf'
  packages -P capkeep libcapkeep
  [[ $("${machine[@]}" find /etc/capkeep -type f) == /etc/capkeep/capkeep.conf.d/mine.conf ]]
}

# All that differs from this machine, but for the package manager's and its hooks' own notes (runit's hook keeps its services
# in order), and directories of the machine that were only written in.
changed_files() {
  "${on_host[@]}" sh -c 'cd "$1" && find . \( -path ./var/lib/dpkg -o -path ./var/log -o -path ./var/cache -o \
    -path ./etc/runit -o -path ./etc/sv \) -prune -o -print |
    while read -r path; do [ -d "$path" ] && [ -d "/$path" ] || echo "$path"; done' sh "$machine_changes" | sort
}

@test "packages: removal takes out of ld.so.preload what leads to the library, and nothing else; a copy stays" {
  local before after prerm other=/usr/lib/$triplet/libm.so.6
  need_machine "${both[@]}"
  prerm=/var/lib/dpkg/info/libcapkeep:$architecture.prerm
  while IFS='|' read -r before after; do
    echo "case: $before"
    write_preload "$before"
    "${machine[@]}" "$prerm" remove 2>&1 | sed '/^ERROR: ld.so: /d' >"$work/said"
    if [[ $before == "$after" ]]; then
      diff -u /dev/null "$work/said"
      run ! "${machine[@]}" test -e /etc/ld.so.preload.libcapkeep-old
    else
      grep -q "^libcapkeep: taken out of /etc/ld.so.preload: what leads to $library\. .*: /etc/ld.so.preload.libcapkeep-old\$" "$work/said"
      diff -u <(echo -e "$before") <("${machine[@]}" cat /etc/ld.so.preload.libcapkeep-old)
      "${machine[@]}" rm /etc/ld.so.preload.libcapkeep-old
    fi
    diff -u <(echo -e "$after") <("${machine[@]}" cat /etc/ld.so.preload 2>/dev/null || echo none)
  done <<CASES
libcapkeep.so|none
$library|none
/lib/$triplet/libcapkeep.so # ours|none
/usr/\$LIB/libcapkeep.so|none
/usr/\${LIB}/libcapkeep.so|none
$other:libcapkeep.so $other # these|$other $other # these
$other:$other\n\n\tlibcapkeep.so\n# end|$other:$other\n\n# end
# libcapkeep.so|# libcapkeep.so
/usr/local/lib/libcapkeep.so|/usr/local/lib/libcapkeep.so
libcapkeep.so.1 notlibcapkeep.so|libcapkeep.so.1 notlibcapkeep.so
* [a-z]*|* [a-z]*
CASES
  # Its mode stays, and a link leads where it led.
  "${machine[@]}" sh -c 'printf "# mine\nlibcapkeep.so\n" >/etc/preload.real && chmod 600 /etc/preload.real && ln -sf preload.real /etc/ld.so.preload'
  "${machine[@]}" "$prerm" remove
  [[ $("${machine[@]}" sh -c 'stat -c %a /etc/preload.real; readlink /etc/ld.so.preload; cat /etc/preload.real') == $'600\npreload.real\n# mine' ]]
}

@test "packages: an upgrade leaves ld.so.preload as it is, and the library serves all the while" {
  need_machine "${both[@]}"
  write_preload libcapkeep.so
  "${machine[@]}" sh -c 'mkdir -p /etc/capkeep && printf "[Keep a]\nUser=65534\nAmbientCapabilities=%s\n" "$1" >/etc/capkeep/capkeep.conf' sh "$keep"
  capture kept "${machine[@]}" /tmp/files/drop-dynamic 65534 /bin/cat /proc/self/status
  assert_sets kept "cat $given"
  # ld.so is heard in each program that dpkg starts, if there is no library for a moment.
  repack libcapkeep 999.1
  run -0 packages -i libcapkeep-999.1.deb
  [[ $output != *'cannot be preloaded'* && $output == *'Setting up libcapkeep'* ]]
  [[ $("${machine[@]}" cat /etc/ld.so.preload) == libcapkeep.so ]]
  run -0 packages -P libcapkeep capkeep
  [[ $output != *'cannot be preloaded'* ]]
}

write_preload() {
  "${machine[@]}" sh -c 'echo "$1" >/etc/ld.so.preload' sh "$1"
}

# A Debian with nothing but its package manager, whose programs go on starting while that works: before, between and after
# its steps none looks in vain for a library.
@test "packages: in a bare system, every order of removal leaves one whose programs start and say nothing" {
  local system
  need_bare_system
  cp "$BATS_TEST_DIRNAME/../lib/remove-in-order" "$files"
  for order in 'dpkg -r capkeep; dpkg -r libcapkeep' 'dpkg -P --force-depends libcapkeep; dpkg -P capkeep' \
    'dpkg -P capkeep libcapkeep' 'apt-get -qq -y purge libcapkeep' 'dpkg -r libcapkeep capkeep; dpkg -P capkeep libcapkeep'; do
    echo "order: $order"
    "$machines/bare-system" container "$system" "$files" bash /srv/remove-in-order "$order" "${both[@]}"
  done
}

# The release is the machine's, whose C library the packages want.
need_bare_system() {
  machines=$BATS_TEST_DIRNAME/../../machines
  command -v mmdebstrap >/dev/null || skip_because "$BATS_TEST_DESCRIPTION" 'mmdebstrap is not installed'
  # shellcheck source=/dev/null
  . /etc/os-release
  system=$("$machines/make-system" "bare-$VERSION_CODENAME" "$VERSION_CODENAME" --include=ca-certificates,git) ||
    skip_because "$BATS_TEST_DESCRIPTION" 'no bare system, nor a package source to make it of'
  "$machines/bare-system" container "$system" "$files" true ||
    skip_because "$BATS_TEST_DESCRIPTION" 'no overlay file system in a mount namespace to be had'
}

# --- for two architectures

@test "C1 packages: the 32-bit library beside the other: launchers of either kind keep, by the bare name" {
  local launcher
  need_i386
  need_machine "${both[@]}" "${i386[@]}"
  [[ -z $("${machine[@]}" dpkg --verify libcapkeep:i386) ]]
  [[ $("${machine[@]}" sh -c 'ls /usr/lib/*/libcapkeep.so' | wc -l) == 2 ]]
  # What both contain is the same.
  for file in "$files"/libcapkeep_*.deb; do
    dpkg-deb -x "$file" "$work/${file##*_}"
  done
  diff -r "$work/amd64.deb/usr/share" "$work/i386.deb/usr/share"
  for launcher in dynamic i386; do
    launch=("/tmp/files/drop-$launcher" 65534 /bin/cat /proc/self/status)
    capture kept "${machine[@]}" env LD_PRELOAD=libcapkeep.so CAPKEEP_AMBIENT="$keep" "${launch[@]}"
    assert_sets kept "cat $given"
    capture run "${machine[@]}" capkeep run --method preload -a "$keep" --log none -- "${launch[@]}"
    assert_sets run "cat $given"
  done
  # One goes, the other stays; a line by which the machine's own programs find it stays with it.
  write_preload libcapkeep.so
  packages -P libcapkeep:i386
  [[ $("${machine[@]}" cat /etc/ld.so.preload) == libcapkeep.so ]]
  packages -i "${i386[@]}"
  write_preload "/usr/lib/i386-linux-gnu/libcapkeep.so $library"
  packages -P libcapkeep:i386
  [[ $("${machine[@]}" cat /etc/ld.so.preload) == "$library" ]]
  write_preload ''
  capture kept "${machine[@]}" env LD_PRELOAD=libcapkeep.so CAPKEEP_AMBIENT="$keep" /tmp/files/drop-dynamic 65534 /bin/cat \
    /proc/self/status
  assert_sets kept "cat $given"
  capture lost "${machine[@]}" env LD_PRELOAD=libcapkeep.so CAPKEEP_AMBIENT="$keep" "${launch[@]}"
  assert_sets lost "cat $nothing"
}
