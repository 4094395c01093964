# reduce.awk - from what tcgcount wrote, and what lgbench printed meanwhile, to
# counts per operation.
#
#	awk -f reduce.awk LOG COUNTS
#
# prints "OPERATION WHAT COUNT" for everything that was counted: the median of
# the repetitions, divided by the number of operations.
#
# SPDX-License-Identifier: GPL-2.0-or-later

BEGIN { operations = 0; pair = 0 }

FNR == 1 { file++ }

# lgbench's lines, wherever a console put them.
file == 1 {
    if (match($0, /LGB,[A-Za-z0-9-]+,[0-9]+/)) {
        split(substr($0, RSTART, RLENGTH), field, ",")
        if (field[2] == "repetitions")
            repetitions = field[3]
        else if (field[2] == "end")
            complete = 1
        else {
            name[operations] = field[2]
            times[operations++] = field[3]
        }
    }
    next
}

# A function that ran: + NAME CALLS INSTRUCTIONS
$1 == "+" {
    if (pair > 0) {
        note("calls:" $2, $3)
        note("insns:" $2, $4)
    } else if (entered) {
        print "boot-to-init", "calls:" $2, $3
        print "boot-to-init", "insns:" $2, $4
    }
    next
}

# A marker: NUMBER WHAT=TOTAL ...
{
    number = $1
    if (number == 1 || number == 9)
        delete begin
    delete total
    for (i = 2; i <= NF; i++) {
        at = index($i, "=")
        what = substr($i, 1, at - 1)
        total[what] += substr($i, at + 1)
    }
    if (number == 1) {
        for (what in total)
            begin[what] = total[what]
    } else if (number == 2) {
        pair++
        for (what in total)
            note(what, total[what] - begin[what])
    } else if (number == 9) {
        entered = 1
        for (what in total)
            boot[what] = total[what]
    } else if (number == 3 && entered && !booted) {
        booted = 1
        for (what in total)
            print "boot-to-init", what, total[what] - boot[what]
    }
}

# In this repetition (the last one that ended), WHAT happened COUNT times.
function note(what, count) {
    if (count != 0) {
        counted[pair, what] = count
        seen[what] = 1
    }
}

function median(operation, what,    r, k, v, sorted) {
    for (r = 0; r < repetitions; r++) {
        v = counted[operation * repetitions + r + 1, what] + 0
        for (k = r; k > 0 && sorted[k - 1] > v; k--)
            sorted[k] = sorted[k - 1]
        sorted[k] = v
    }
    return sorted[int((repetitions - 1) / 2)]
}

END {
    if (!complete || pair != operations * repetitions) {
        printf "reduce.awk: the run is not complete: " \
            "%d operations, %d repetitions, %d markers\n",
            operations, repetitions, pair > "/dev/stderr"
        exit 1
    }
    for (o = 0; o < operations; o++)
        for (what in seen) {
            count = median(o, what)
            if (count != 0)
                printf "%s %s %.3f\n", name[o], what, count / times[o]
        }
}
