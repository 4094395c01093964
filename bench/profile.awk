# profile.awk - the functions that one operation's instructions are in, most
# expensive first.  From reduce.awk's lines:
#
#	awk -v operation=NAME -f profile.awk PEER.ops
#
# SPDX-License-Identifier: GPL-2.0-or-later

$1 != operation { next }

$2 ~ /^insns:/ { instructions[substr($2, 7)] = $3 }
$2 ~ /^calls:/ { calls[substr($2, 7)] = $3 }
$2 == "insns" { all = $3 }
$2 == "user" { user = $3 }

END {
    if (!all) {
        print "no such operation: " operation > "/dev/stderr"
        exit 1
    }
    printf "%s: %.1f instructions, %.1f of them the user's\n\n", operation,
        all, user
    printf "%12s %6s %10s  %s\n", "instructions", "%", "calls", "function"
    fflush()
    sort = "LC_ALL=C sort -rn | head -n 60"
    for (name in instructions)
        printf "%12.1f %6.1f %10.2f  %s\n", instructions[name],
            100 * instructions[name] / all, calls[name], name | sort
    close(sort)
}
