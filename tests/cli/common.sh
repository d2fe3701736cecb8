# SPDX-License-Identifier: MIT
# Shared by the tests of the program's outside: run it, then say what is expected of status, standard output and standard error.
# shellcheck shell=sh

program=$1
# shellcheck disable=SC2034
source_dir=$2
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
export LC_ALL=C
unset NO_COLOR

failures=0
what=''
status=0

fail() {
    failures=$((failures + 1))
    printf 'FAILED: %s: %s\n' "$what" "$1"
    sed 's/^/    out: /' "$tmp/out" | head -n 5
    sed 's/^/    err: /' "$tmp/err" | head -n 5
}

# zc ARGUMENT...: standard input is the caller's
zc() {
    what="zonecalc $*"
    "$program" "$@" >"$tmp/out" 2>"$tmp/err"
    status=$?
}

status_is() { [ "$status" -eq "$1" ] || fail "status $status, expected $1"; }
no_out() { [ ! -s "$tmp/out" ] || fail 'something on standard output'; }
no_err() { [ ! -s "$tmp/err" ] || fail 'something on standard error'; }
out_has() { grep -qF -e "$1" "$tmp/out" || fail "standard output lacks: $1"; }
out_lacks() { ! grep -qF -e "$1" "$tmp/out" || fail "standard output has: $1"; }
err_has() { grep -qF -e "$1" "$tmp/err" || fail "standard error lacks: $1"; }

succeeds() {
    status_is 0
    no_err
}
# refused STATUS TEXT: nothing on standard output, TEXT on standard error
refused() {
    status_is "$1"
    no_out
    err_has "$2"
}

finish() {
    [ "$failures" -eq 0 ] || exit 1
}

# Two banks, two nodes. Says which kernel it wants.
cat >"$tmp/board.toml" <<'EOF'
schema = 1
[board]
name = "Two banks"
arch = "arm64"
kernel = "6.1-arm64"
cmdline = "console=ttyAMA0"
[[memory]]
base = 0x40000000
size = "1GiB"
node = 0
[[memory]]
base = 0x80000000
size = "1GiB"
node = 1
EOF
sed '/^kernel/d' "$tmp/board.toml" >"$tmp/no-kernel.toml"
