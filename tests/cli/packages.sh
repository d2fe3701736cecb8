# SPDX-License-Identifier: MIT
# shellcheck shell=sh source-path=SCRIPTDIR
# The Debian packages: what is in them, and what lintian says where it is installed.
#   packages.sh PROGRAM SOURCE_DIRECTORY BUILD_DIRECTORY CPACK
. "${0%/*}/common.sh"
build_dir=$3
cpack=$4
: >"$tmp/err"

what='cpack'
(cd "$tmp" && "$cpack" --config "$build_dir/CPackConfig.cmake" -B "$tmp/packages") >"$tmp/out" 2>"$tmp/err" || {
    cat "$tmp/out" "$tmp/err"
    fail 'no package'
    exit 1
}
version=$("$program" --version | cut -d ' ' -f 2)
architecture=$(dpkg --print-architecture)
program_package=$tmp/packages/zonecalc_${version}_$architecture.deb
library_package=$tmp/packages/libzonecalc-dev_${version}_$architecture.deb

# contents PACKAGE: the files in it, to be looked for with out_has
contents() {
    what=${1##*/}
    dpkg-deb --fsys-tarfile "$1" 2>"$tmp/err" | tar -t | sed 's/$/ /' >"$tmp/out"
    [ -s "$tmp/out" ] || fail 'nothing in it'
}

contents "$program_package"
for file in bin/zonecalc share/zonecalc/boards/samsung-smdk5420.toml share/man/man1/zonecalc.1.gz \
    share/man/man5/zonecalc-board.5.gz share/man/man5/zonecalc-kernel.5.gz share/doc/zonecalc/copyright share/doc/zonecalc/changelog.gz share/bash-completion/completions/zonecalc \
    share/zsh/vendor-completions/_zonecalc share/fish/vendor_completions.d/zonecalc.fish; do
    out_has "./usr/$file "
done
out_lacks /include/
out_lacks "man1/zonecalc.1 "
dpkg-deb --field "$program_package" Package Version Section Depends Description >"$tmp/out"
out_has 'Package: zonecalc'
out_has "Version: $version"
out_has 'Section: utils'
out_has 'libc6'
out_has 'Description: memory-layout calculator for Linux'

contents "$library_package"
for file in include/zonecalc/zonecalc.h libzonecalc.a zonecalc-config.cmake zonecalc.pc; do
    out_has "/$file "
done
out_lacks ./usr/bin/
dpkg-deb --field "$library_package" Depends >"$tmp/out"
out_has "zonecalc (= $version)"

if command -v lintian >/dev/null; then
    what='lintian'
    lintian --fail-on error,warning "$program_package" "$library_package" >"$tmp/out" 2>"$tmp/err" || {
        cat "$tmp/out"
        fail 'it finds something'
    }
fi

finish
