# SPDX-License-Identifier: MIT
# shellcheck shell=sh source-path=SCRIPTDIR
# Findings: the list of ids, -W, where they are shown, and what they do to the exit status.
. "${0%/*}/common.sh"

manual="$source_dir/man/zonecalc.1"

# The list needs no board; the manual has the same ids, and so have the places that say them.
zc run -W help
succeeds
cut -d' ' -f1 "$tmp/out" >"$tmp/ids"
LC_ALL=C sort -c "$tmp/ids" || fail 'ids are not sorted'
awk 'length($0) > 100 { exit 1 }' "$tmp/out" || fail 'a long line'
sed -n '/^\.Sh FINDINGS/,/^\.Sh JSON/s/^\.It Li //p' "$manual" >"$tmp/manual-ids"
cmp -s "$tmp/ids" "$tmp/manual-ids" || fail "the manual lists other ids: $(diff "$tmp/ids" "$tmp/manual-ids" | tr '\n' ' ')"
find "$source_dir/src" -name '*.cc' -exec cat {} + | tr '\n' ' ' |
    grep -oE 'Note::Kind::(kernel_bug|problem|effect), *"[a-z0-9-]+"' | sed 's/.*"\(.*\)"/\1/' | sort -u >"$tmp/said"
[ "$(wc -l <"$tmp/said")" -gt 20 ] || fail 'hardly any finding is said by the model'
while read -r id; do
    grep -qx -e "$id" "$tmp/ids" || fail "$id is not in the table"
done <"$tmp/said"
zc check -W help
succeeds

# A board with a few of them.
zc run qemu-pc-8node --append kernelcore=20%
succeeds
out_has '[movable-blocks-stay]'
out_has '[node-without-kernel-memory]'
out_has 'Remedy: a larger kernelcore='
zc run qemu-pc-8node --append kernelcore=20% --format json
succeeds
out_has '"kind": "problem"'
out_has '"id": "node-without-kernel-memory"'
out_has '"severity": "warning"'
out_has '"parameter": "kernelcore=20%"'

# One of them hidden, all of them, all but one.
zc run qemu-pc-8node --append kernelcore=20% -W no-movable-blocks-stay
succeeds
out_lacks '[movable-blocks-stay]'
out_has '[node-without-kernel-memory]'
zc run qemu-pc-8node --append kernelcore=20% -W no-all
succeeds
out_lacks '[movable-blocks-stay]'
out_lacks '[node-without-kernel-memory]'
zc run qemu-pc-8node --append kernelcore=20% -W no-all -W movable-blocks-stay
succeeds
out_has '[movable-blocks-stay]'
out_lacks '[node-without-kernel-memory]'

# Errors: the result is there, the status says it.
zc run qemu-pc-8node --append kernelcore=20% -W error=node-without-kernel-memory
status_is 1
out_has '[node-without-kernel-memory]'
err_has 'zonecalc: error: nodes 3, 4, 5, 6, 7: 5 GiB of memory, all of it movable'
zc run qemu-pc-8node --append kernelcore=20% -W error
status_is 1
err_has '[movable-blocks-stay]'
zc run qemu-pc-8node --append kernelcore=20% -W error -W no-error
succeeds
zc run qemu-pc-8node --append kernelcore=20% -W error=movable-too-large
succeeds
zc run qemu-pc-4g -W error
succeeds
zc run qemu-pc-8node --append kernelcore=20% -W error=node-without-kernel-memory -W no-node-without-kernel-memory
succeeds

# Mistakes.
zc run qemu-pc-4g -W movable-to-large
refused 2 "-W movable-to-large: no finding is called 'movable-to-large' (did you mean 'movable-too-large'?)"
zc run qemu-pc-4g -W error=movable-blocks-stays
refused 2 "did you mean 'movable-blocks-stay'?"
zc run qemu-pc-4g -W xyz
refused 2 "'-W help' lists them"
zc run qemu-pc-4g -W
refused 2 'needs a value'

# check: an error is an expectation that failed; a board need not expect anything else.
zc check qemu-pc-8node -W error=movable-blocks-stay
status_is 1
out_has 'findings:movable-blocks-stay = 0'
zc check samsung-smdk5420 -W error=movable-blocks-stay
succeeds
out_has 'samsung-smdk5420: ok, 1 expectation'
zc check server-8s-hotplug --format github
succeeds
out_has '::warning file='
out_has '[movable-too-large]'
zc check server-8s-hotplug --format tap
succeeds
out_has '# server-8s-hotplug: ZONE_MOVABLE has '
zc check server-8s-hotplug --format junit
succeeds
out_has '<system-out>ZONE_MOVABLE has '
zc check server-8s-hotplug --format json
succeeds
out_has '"movable-too-large"'
zc check server-8s-hotplug -v
succeeds
out_has '[movable-too-large]'
zc check server-8s-hotplug
succeeds
out_has ' 1 finding, which -v lists'
zc check qemu-pc-4g
succeeds
out_lacks 'finding'

# As figures.
cat >"$tmp/expect.toml" <<'EOF'
schema = 1
[[expect]]
figure = "findings"
value = 0
[[expect]]
figure = "findings:movable-too-large"
value = 0
EOF
zc check qemu-pc-4g --expect "$tmp/expect.toml"
succeeds
zc check server-8s-hotplug --expect "$tmp/expect.toml"
status_is 1
out_has '2 of 2 expectations failed'
sed -i 's/movable-too-large/movable-too-larg/' "$tmp/expect.toml"
zc check qemu-pc-4g --expect "$tmp/expect.toml"
refused 2 "no finding is called 'movable-too-larg'; did you mean 'movable-too-large'?"

finish
