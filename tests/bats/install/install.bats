#!/usr/bin/env bats
# bats file_tags=slow
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# `meson install`, into a /usr/local and an /etc that nobody else sees: what lies where, that an administrator's file
# stays, and that what was installed works by itself, with the bare name of the library.

load ../lib/common
load ../lib/probes
load ../lib/policies

setup_file() {
  find_what_is_tested
  etc_setup_file
  mkdir -m 755 "$BATS_FILE_TMPDIR/local"
  rm -f "$BATS_FILE_TMPDIR/etc/ld.so.cache"
  write_in_place
  can_install || return 0 # each test is skipped by name
  "${in_place[@]}" sh -euc 'meson install --no-rebuild -C "$0" && ldconfig' "$build" >"$BATS_FILE_TMPDIR/output" 2>&1 </dev/null ||
    { cat "$BATS_FILE_TMPDIR/output"; return 1; }
  cp -a "$BATS_FILE_TMPDIR/etc/capkeep" "$BATS_FILE_TMPDIR/conf"
}

setup() {
  policies_setup
  can_install || skip_because "meson install" "no meson, no mount namespace, another prefix than /usr/local, or a read-only build"
  local=$BATS_FILE_TMPDIR/local
  etc=$BATS_FILE_TMPDIR/etc
  write_in_place
  # As it was just after the first installation.
  rm -rf "${etc:?}/capkeep"
  cp -a "$BATS_FILE_TMPDIR/conf" "$etc/capkeep"
  base[0]=PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  installed=("${in_place[@]}" env -i "${base[@]}")
}

can_install() {
  command -v meson >/dev/null && can_unshare --mount && [[ -w $build/meson-logs ]] && grep -qF '"prefix": "/usr/local"' <(meson introspect "$build" \
    --buildoptions | tr '}' '\n' | sed -n 's/.*"name": "prefix", "value": \("[^"]*"\).*/"prefix": \1/p')
}

# The command behind the words in `in_place` sees the scratch folders as /usr/local and /etc. Everything else of /usr is
# read-only for it, and so are ldconfig's notes in /var.
write_in_place() {
  cat >"$BATS_FILE_TMPDIR/in-place" <<'SH'
#!/bin/sh -eu
# in-place LOCAL ETC COMMAND…
mount --bind /usr /usr
mount -o remount,ro,bind /usr
mount --bind "$1" /usr/local
mount --bind "$2" /etc
mount -t tmpfs -o mode=755 tmpfs /var/cache
shift 2
exec "$@"
SH
  chmod 755 "$BATS_FILE_TMPDIR/in-place"
  in_place=(unshare --mount --propagation private "$BATS_FILE_TMPDIR/in-place" "$BATS_FILE_TMPDIR/local" "$BATS_FILE_TMPDIR/etc")
}

install_again() {
  "${in_place[@]}" meson install --no-rebuild -C "$build" "$@" >"$work/output" 2>&1 </dev/null || { cat "$work/output"; return 1; }
}

# The recipes are installed as they lie in the source, whatever modes a clone gives them beyond being executable.
expected_examples() {
  find "$BATS_TEST_DIRNAME/../../../docs/recipes" \( -perm -100 -printf 755 -o -printf 644 \) \
    -printf ' root usr/local/share/doc/capkeep/examples/%P\n' | sed 's|/$||'
}

expected_documents() {
  installed_documents | sed 's,^,644 root usr/local/share/doc/capkeep/,'
  echo '755 root usr/local/share/doc/capkeep/docs'
  echo '777 root usr/local/share/doc/capkeep/docs/recipes'
}

# tree ROOT: all that was installed there, with modes and owners; the library's folder under the name of its generic one.
tree() {
  (cd "$1" && find usr/local etc/capkeep -printf '%m %u %p\n') | sed -E 's|/lib/[^/ ]*-linux-[^/ ]*|/lib/TRIPLET|' | sort -k 3
}

expected_tree() {
  {
    cat <<'TREE'
755 root etc/capkeep
644 root etc/capkeep/capkeep.conf
755 root etc/capkeep/capkeep.conf.d
644 root etc/capkeep/capkeep.conf.d/README
755 root usr/local
755 root usr/local/bin
755 root usr/local/bin/capkeep
755 root usr/local/lib
755 root usr/local/lib/TRIPLET
755 root usr/local/lib/TRIPLET/libcapkeep.so
755 root usr/local/share
755 root usr/local/share/bash-completion
755 root usr/local/share/bash-completion/completions
644 root usr/local/share/bash-completion/completions/capkeep
755 root usr/local/share/doc
755 root usr/local/share/doc/capkeep
755 root usr/local/share/fish
755 root usr/local/share/fish/vendor_completions.d
644 root usr/local/share/fish/vendor_completions.d/capkeep.fish
755 root usr/local/share/man
755 root usr/local/share/man/man1
644 root usr/local/share/man/man1/capkeep.1
755 root usr/local/share/man/man5
644 root usr/local/share/man/man5/capkeep.conf.5
755 root usr/local/share/man/man8
644 root usr/local/share/man/man8/libcapkeep.8
755 root usr/local/share/zsh
755 root usr/local/share/zsh/site-functions
644 root usr/local/share/zsh/site-functions/_capkeep
TREE
    expected_examples
    expected_documents
  } | sort -k 3
}

@test "install: what lies where, and nothing else" {
  mkdir -p "$work/tree/usr"
  cp -a "$local" "$work/tree/usr/local"
  mkdir "$work/tree/etc"
  cp -a "$etc/capkeep" "$work/tree/etc/capkeep"
  diff -u <(expected_tree) <(tree "$work/tree")
}

@test "install: DESTDIR, whatever the umask" {
  rm -r "$etc/capkeep"
  for mask in 022 077 000; do
    (umask $mask && install_again --destdir "$work/destination-$mask")
    diff -u <(expected_tree) <(tree "$work/destination-$mask")
  done
  [[ ! -e $etc/capkeep ]]
}

@test "install: an administrator's capkeep.conf and drop-ins stay as they are" {
  write_policy "$etc/capkeep/capkeep.conf" '# mine'
  chmod 600 "$etc/capkeep/capkeep.conf"
  write_policy "$etc/capkeep/capkeep.conf.d/mine.conf" '# mine, too'
  before=$(stat -c '%i %a %Y' "$etc/capkeep/capkeep.conf" "$etc/capkeep/capkeep.conf.d/mine.conf")
  install_again
  [[ $before == "$(stat -c '%i %a %Y' "$etc/capkeep/capkeep.conf" "$etc/capkeep/capkeep.conf.d/mine.conf")" ]]
  grep -qx '# mine' "$etc/capkeep/capkeep.conf"
  # Nor is one below a DESTDIR exchanged, and that of the machine is not looked at for it.
  install_again --destdir "$work/destination"
  cmp "$BATS_TEST_DIRNAME/../../../config/capkeep.conf" "$work/destination/etc/capkeep/capkeep.conf"
  write_policy "$work/destination/etc/capkeep/capkeep.conf" '# a packager'
  install_again --destdir "$work/destination"
  grep -qx '# a packager' "$work/destination/etc/capkeep/capkeep.conf"
  # What was removed comes back.
  rm "$etc/capkeep/capkeep.conf"
  install_again
  cmp "$BATS_TEST_DIRNAME/../../../config/capkeep.conf" "$etc/capkeep/capkeep.conf"
}

# Meson removes what it has installed, whether it was changed or not, so the file that is there to be changed is none of it.
@test "install: ninja uninstall leaves what is the administrator's in /etc, and nothing else" {
  local there=$work/destination
  mkdir -p "$there/usr/local/bin"
  echo mine >"$there/usr/local/bin/mine"
  install_again --destdir "$there"
  write_policy "$there/etc/capkeep/capkeep.conf.d/mine.conf" '# mine'
  "${in_place[@]}" ninja -C "$build" uninstall >"$work/output" 2>&1 </dev/null || { cat "$work/output"; return 1; }
  diff -u <(printf '%s\n' etc/capkeep/capkeep.conf etc/capkeep/capkeep.conf.d/mine.conf usr/local/bin/mine) \
    <(cd "$there" && find . -type f -printf '%P\n' | sort)
  # Of the folders those that were there before, or have something in them.
  diff -u <(printf '%s\n' . ./etc ./etc/capkeep ./etc/capkeep/capkeep.conf.d ./usr ./usr/local ./usr/local/bin) \
    <(cd "$there" && find . -type d | sort)
}

@test "C1 C5 install: LD_PRELOAD=libcapkeep.so by its bare name, with the installed policy alone" {
  capture bare "${installed[@]}" "$probes/call" "${steps[@]}"
  capture untouched "${installed[@]}" LD_PRELOAD=libcapkeep.so "$probes/call" "${steps[@]}"
  same bare untouched
  write_policy "$etc/capkeep/capkeep.conf.d/test.conf" '[Keep a]' 'User=65534' "AmbientCapabilities=$keep"
  capture kept "${installed[@]}" LD_PRELOAD=libcapkeep.so "$probes/call" "${steps[@]}"
  assert_kept kept "$keep_mask"
  # By way of what root starts with a clean environment: the bare name goes along.
  capture carried "${installed[@]}" LD_PRELOAD=libcapkeep.so sh -c 'exec env -i "$@"' sh "$probes/call" "${steps[@]}"
  assert_kept carried "$keep_mask"
  steps=(groups=1 "setresuid=1,1,1" status path="$work/dump" execve)
  capture other "${installed[@]}" LD_PRELOAD=libcapkeep.so "$probes/call" "${steps[@]}"
  assert_kept other "$no_caps"
}

@test "C1 C4 install: capkeep run uses the installed library" {
  library=/usr/local/$(cd "$local" && find lib -name libcapkeep.so)
  capture run "${installed[@]}" capkeep run -a "$keep" --log none -- "$probes/call" printenv "${steps[@]}"
  assert_kept run "$keep_mask"
  grep -qx $'Own:\tLD_PRELOAD='"$library" "$runs/run"
  # Also by a link, from another working directory, and without PATH.
  ln -sf /usr/local/bin/capkeep "$work/link"
  capture link "${installed[@]}" env -u PATH "$work/link" run -a "$keep" --log none -- "$probes/call" printenv "${steps[@]}"
  grep -qx $'Own:\tLD_PRELOAD='"$library" "$runs/link"
  write_policy "$etc/capkeep/capkeep.conf.d/test.conf" '[Keep a]' 'User=65534' "AmbientCapabilities=$bind"
  capture policy "${installed[@]}" capkeep run -- "$probes/call" "${steps[@]}"
  assert_kept policy "$bind_mask"
  capture become "${installed[@]}" capkeep run -u 65534 -- "$work/dump"
  assert_sets become "dump $bind_mask $bind_mask $bind_mask $bind_mask"
}

@test "install: capkeep check takes the installed files as they come" {
  capture check "${installed[@]}" capkeep check --strict
  diff -u <(printf '%s\n' 'there is no rule, so nothing is kept' stderr: 'status: 0') "$runs/check"
  [[ $("${installed[@]}" capkeep --version) == "capkeep "[0-9]* ]]
}

@test "install: the shells find the completions by themselves" {
  [[ -r /usr/share/bash-completion/bash_completion && $(command -v zsh) ]] ||
    skip_because "$BATS_TEST_DESCRIPTION" "needs zsh and the package bash-completion"
  write_policy "$etc/capkeep/capkeep.conf" '[Keep main]' 'User=65534' "AmbientCapabilities=$bind"
  write_policy "$etc/capkeep/capkeep.conf.d/test.conf" '[Keep drop-in]' 'User=65534' "AmbientCapabilities=$bind"
  mkdir "$work/start"
  printf '. "%s"\n' /usr/share/bash-completion/bash_completion "$BATS_TEST_DIRNAME/../lib/complete.bash" >"$work/start/bashrc"
  echo ". \"$BATS_TEST_DIRNAME/../lib/complete.zsh\"" >"$work/start/.zshrc"
  typed=('capkeep run --meth' 'capkeep convert --to systemd ')
  for shell in "bash --noprofile --rcfile $work/start/bashrc" "env ZDOTDIR=$work/start zsh -d"; do
    # shellcheck disable=SC2086 # words
    "${installed[@]}" "$BATS_TEST_DIRNAME/../lib/complete" $shell -i -- "${typed[@]}" >"$work/completed"
    diff -u - "$work/completed" <<'COMPLETED'
capkeep run --meth|--method
capkeep convert --to systemd|drop-in main
COMPLETED
  done
  # A package's prefix, where Debian's zsh looks into another folder than everybody else's.
  meson setup --prefix /usr -Dtests=disabled -Dman=disabled "$work/build" "$BATS_TEST_DIRNAME/../../.." >"$work/output"
  folder=site-functions
  [[ ! -e /etc/debian_version ]] || folder=vendor-completions
  meson introspect --installed "$work/build" | jq -e --arg path "/usr/share/zsh/$folder/_capkeep" 'any(.[]; . == $path)'
}

@test "C8 install: without its library capkeep run refuses" {
  library=$(find "$local/lib" -name libcapkeep.so)
  mv "$library" "$work/moved"
  assert_not_run "the library cannot be loaded" "${installed[@]}" capkeep run -a "$keep" --
  # -u needs none.
  capture become "${installed[@]}" capkeep run -u 65534 -a "$bind" --log none -- "$work/dump"
  assert_sets become "dump $bind_mask $bind_mask $bind_mask $bind_mask"
  mv "$work/moved" "$library"
}
