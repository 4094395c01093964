# compare.awk - has something become slower?
#
#	awk -f compare.awk KEPT-TABLE NEW-TABLE
#
# Ratios are taken anew from the instructions: what is printed is rounded.
# Fails when a ratio is more than 2 % worse than in the kept table, or when a
# row is missing.
#
# SPDX-License-Identifier: GPL-2.0-or-later

BEGIN { tolerance = 1.02 }

FNR == 1 { file++; inside = 0 }

# Only the first part: operation, native, lguest, ratio ...
$1 == "operation" { inside = $2 == "native" && $3 == "lguest"; next }
NF == 0 { inside = 0 }
!inside || $2 + 0 == 0 || $3 + 0 == 0 { next }

file == 1 { kept[$1] = $3 / $2; next }

{ new[$1] = $3 / $2 }

END {
    for (name in kept) {
        rows++
        if (!(name in new)) {
            printf "%-16s is missing\n", name
            worse++
        } else if (new[name] > kept[name] * tolerance) {
            printf "%-16s was %.3f, is %.3f: %.1f %% worse\n", name,
                kept[name], new[name], 100 * (new[name] / kept[name] - 1)
            worse++
        } else if (new[name] * tolerance < kept[name])
            printf "%-16s was %.3f, is %.3f: better\n", name, kept[name],
                new[name]
    }
    if (!rows) {
        print "nothing to compare with"
        exit 1
    }
    printf "%d of %d operations became slower\n", worse, rows
    exit worse > 0
}
