# SPDX-License-Identifier: MIT
# shellcheck shell=sh source-path=SCRIPTDIR
# What is installed works where it is put and where it is moved to: the program, the library by find_package() and by pkg-config.
#   install.sh PROGRAM SOURCE_DIRECTORY BUILD_DIRECTORY CMAKE COMPILER FLAGS
. "${0%/*}/common.sh"
build_dir=$3
cmake=$4
compiler=$5
flags=$6
unset ZONECALC_DATA
: >"$tmp/out"
: >"$tmp/err"

# run WHAT COMMAND…: what it says goes to the files that fail() shows
run() {
    what=$1
    shift
    "$@" >"$tmp/out" 2>"$tmp/err"
    status=$?
    if [ "$status" -ne 0 ]; then
        cat "$tmp/out" "$tmp/err"
        fail "status $status"
        exit 1
    fi
}

run 'cmake --install' "$cmake" --install "$build_dir" --prefix "$tmp/first"
# Nothing may look back at where it was installed first.
mv "$tmp/first" "$tmp/moved"
prefix=$tmp/moved
(cd "$prefix" && find . -type f) >"$tmp/out"
for file in bin/zonecalc share/zonecalc/boards/samsung-smdk5420.toml share/zonecalc/kernels/6.1-x86_64.toml share/zonecalc/kernels/6.1-x86_64.start_up share/zonecalc/schemas/run.json \
    share/man/man1/zonecalc.1 share/man/man5/zonecalc-board.5 share/man/man5/zonecalc-kernel.5 share/doc/zonecalc/LICENSE \
    share/bash-completion/completions/zonecalc share/zsh/site-functions/_zonecalc \
    share/fish/vendor_completions.d/zonecalc.fish include/zonecalc/zonecalc.h; do
    what='cmake --install'
    out_has "./$file"
done
for file in zonecalc-config.cmake zonecalc-config-version.cmake zonecalc-targets.cmake zonecalc.pc; do
    grep -q "/$file\$" "$tmp/out" || fail "$file is not installed"
done
what='files that name the build or the sources'
if grep -rlF -e "$build_dir" -e "$source_dir" "$prefix"/lib*/*/cmake "$prefix"/lib*/cmake "$prefix"/lib*/pkgconfig \
    "$prefix"/lib*/*/pkgconfig >"$tmp/out" 2>/dev/null; then
    fail "$(cat "$tmp/out")"
fi

program=$prefix/bin/zonecalc
cd / || exit 99
zc boards
succeeds
out_has samsung-smdk5420
zc run samsung-smdk5420 --until zones --format json
succeeds
# $ZONECALC_DATA goes before all.
what='ZONECALC_DATA'
mkdir -p "$tmp/other/boards" "$tmp/other/kernels"
cp "$tmp/board.toml" "$tmp/other/boards/mine.toml"
cp "$source_dir"/data/kernels/6.1-arm64.* "$tmp/other/kernels"
ZONECALC_DATA=$tmp/other "$program" boards >"$tmp/out" 2>"$tmp/err"
out_has mine
out_lacks samsung-smdk5420
# A link to the program finds the same data.
ln -s "$program" "$tmp/link"
what='a link'
"$tmp/link" boards >"$tmp/out" 2>"$tmp/err" || fail 'status'
out_has samsung-smdk5420

# Expected of the program, compared with what the consumer says.
cat >"$tmp/expected" <<'END'
0 Normal 194560
0 HighMem 329728
END
export ZONECALC_DATA="$prefix/share/zonecalc"
run 'a consumer: configure' "$cmake" -S "$source_dir/tests/consumer" -B "$tmp/consumer" \
    "-DCMAKE_CXX_COMPILER=$compiler" "-DCMAKE_CXX_FLAGS=$flags" "-DCMAKE_PREFIX_PATH=$prefix"
run 'a consumer: build' "$cmake" --build "$tmp/consumer"
run 'a consumer' "$tmp/consumer/consumer"
cmp -s "$tmp/expected" "$tmp/out" || fail 'it does not say what it should'

what='another minor version'
sed 's/zonecalc 0\.1/zonecalc 0.9/' "$source_dir/tests/consumer/CMakeLists.txt" >"$tmp/CMakeLists.txt"
"$cmake" -S "$tmp" -B "$tmp/wrong" "-DCMAKE_PREFIX_PATH=$prefix" "-DCMAKE_CXX_COMPILER=$compiler" \
    >"$tmp/out" 2>"$tmp/err" && fail 'find_package() takes it'

directory=$(dirname "$(find "$prefix" -name zonecalc.pc)")
# As a distribution's pkg-config would find it, and nothing else.
export PKG_CONFIG_PATH="$directory"
run 'pkg-config' pkg-config --modversion zonecalc
[ "zonecalc $(cat "$tmp/out")" = "$("$program" --version)" ] || fail 'the version is not the program'"'"'s'
# shellcheck disable=SC2046,SC2086
run 'pkg-config: build' "$compiler" -std=c++20 $flags "$source_dir/tests/consumer/consumer.cc" -o "$tmp/by-pkg-config" \
    $(pkg-config --cflags --libs zonecalc)
LD_LIBRARY_PATH=$(pkg-config --variable=libdir zonecalc)
export LD_LIBRARY_PATH
run 'pkg-config' "$tmp/by-pkg-config"
cmp -s "$tmp/expected" "$tmp/out" || fail 'it does not say what it should'

finish
