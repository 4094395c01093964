# table.awk - the table: what each operation costs, natively and in a guest.
#
#	awk -f table.awk aims native.ops [PEER.ops]...
#
# The .ops files are reduce.awk's; the file's name says whose they are.
# Every number is per operation.
#
# SPDX-License-Identifier: GPL-2.0-or-later

FNR == 1 {
    peer = FILENAME
    sub(/.*\//, "", peer)
    sub(/\.ops$/, "", peer)
    if (peer != "aims")
        peers[++peer_count] = peer
}

/^#/ || NF == 0 { next }

peer == "aims" {
    aim[$1] = $2
    final_aim[$1] = $3
    next
}

{
    if (!($1 in known)) {
        known[$1] = 1
        if ($1 == "boot-to-init")
            boots = 1
        else
            order[++operations] = $1
    }
    value[peer, $1, $2] = $3
    if ($1 == "boot-to-init" && ($2 == "insns" || $2 == "waiting"))
        value[peer, "boot-no-waiting", "insns"] += \
            $2 == "waiting" ? -$3 : $3
    has[peer] = 1
}

function ratio(peer, operation,    native) {
    native = value["native", operation, "insns"]
    if (!native || !((peer, operation, "insns") in value))
        return "-"
    return sprintf("%.2f", value[peer, operation, "insns"] / native)
}

# A count, as short as can be: 12345, 12.3, 1.23, or a dot for none.
function short(count) {
    if (count == "" || count < 0.005)
        return "."
    if (count >= 1000)
        return sprintf("%.0f", count)
    if (count >= 100)
        return sprintf("%.1f", count)
    return sprintf("%.2f", count)
}

function per_operation(peer, operation, what) {
    if (!((peer, operation, what) in value))
        return "."
    return short(value[peer, operation, what])
}

function row(operation, others,    p, line) {
    line = sprintf("%-16s %10s", operation,
                   per_operation("native", operation, "insns"))
    if (has["lguest"])
        line = line sprintf(" %10s %6s %5s %5s",
                            per_operation("lguest", operation, "insns"),
                            ratio("lguest", operation),
                            operation in aim ? aim[operation] : "",
                            operation in aim ? final_aim[operation] : "")
    for (p = 1; p <= peer_count; p++)
        if (peers[p] != "native" && peers[p] != "lguest")
            line = line sprintf(" %8s", ratio(peers[p], operation))
    sub(/ +$/, "", line)
    print line
}

function costs(    p, o, line) {
    print "Instructions per operation"
    print ""
    line = sprintf("%-16s %10s", "operation", "native")
    if (has["lguest"])
        line = line sprintf(" %10s %6s %5s %5s", "lguest", "ratio", "aim",
                            "end")
    for (p = 1; p <= peer_count; p++)
        if (peers[p] != "native" && peers[p] != "lguest")
            line = line sprintf(" %8s", peers[p])
    print line
    for (o = 1; o <= operations; o++)
        row(order[o])
    if (boots) {
        row("boot-to-init")
        row("boot-no-waiting")
    }
}

function places(peer, list,    n, place, p, o, line) {
    n = split(list, place, " ")
    print ""
    print "Where " peer "'s instructions are"
    print ""
    line = sprintf("%-16s", "operation")
    for (p = 1; p <= n; p++)
        line = line sprintf(" %10s", place[p])
    print line
    for (o = 1; o <= operations; o++) {
        line = sprintf("%-16s", order[o])
        for (p = 1; p <= n; p++)
            line = line sprintf(" %10s",
                                per_operation(peer, order[o], place[p]))
        print line
    }
}

function events(peer, list, title_list,    n, what, title, e, o, line) {
    n = split(list, what, " ")
    split(title_list, title, " ")
    print ""
    print "Events per operation, " peer
    print ""
    line = sprintf("%-16s", "operation")
    for (e = 1; e <= n; e++)
        line = line sprintf(" %7s", title[e])
    print line
    for (o = 1; o <= operations; o++) {
        line = sprintf("%-16s", order[o])
        for (e = 1; e <= n; e++)
            line = line sprintf(" %7s",
                                per_operation(peer, order[o], what[e]))
        print line
    }
}

# Instructions of the Switcher's pieces per run of the piece, over everything
# measured: PIECES are the names of the labels that the piece consists of, and
# it runs as often as LAST does.
function piece(title, pieces, last,    n, name, i, o, ran, times) {
    n = split(pieces, name, " ")
    for (o = 1; o <= operations; o++) {
        for (i = 1; i <= n; i++)
            ran += value["lguest", order[o], "insns:host:" name[i]]
        times += value["lguest", order[o], "calls:host:" last]
    }
    if (times)
        printf "%-40s %6.1f\n", title, ran / times
}

function switcher() {
    print ""
    print "The Switcher's instructions"
    print ""
    printf "%-40s %6s   (at most 60)\n", "per system call, there and back",
        per_operation("lguest", "null-call", "switcher")
    piece("per entry", "switcher_enter", "switcher_enter")
    piece("per exit", "switcher_start switcher_interrupt switcher_exit " \
          "switcher_to_host switcher_in_host", "switcher_in_host")
}

END {
    costs()
    if (has["lguest"]) {
        places("lguest", "user guest switcher module host elsewhere")
        events("lguest",
               "calls:host:switcher_enter calls:host:switcher_interrupt " \
               "calls:host:switcher_page_fault cr3-write iret syscall " \
               "sysret wrmsr rdmsr invlpg cpuid fs-gs-base port-io hlt",
               "switch trap fault cr3 iret syscall sysret wrmsr rdmsr invlpg " \
               "cpuid fsgs io hlt")
    }
    events("native",
           "cr3-write iret syscall sysret wrmsr rdmsr invlpg cpuid " \
           "fs-gs-base port-io hlt cli sti",
           "cr3 iret syscall sysret wrmsr rdmsr invlpg cpuid fsgs io hlt " \
           "cli sti")
    if (has["lguest"])
        switcher()
}
