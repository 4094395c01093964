# table-smp.awk - the table of run-bench-smp.
#
#	awk -f table-smp.awk native-VCPUS.ops... lguest-HOST-VCPUS.ops...
#
# The files are reduce.awk's; their names say whose they are.  All numbers are
# per operation, without the instructions of user mode: what those do, waiting
# among it, is the same everywhere.
#
# SPDX-License-Identifier: GPL-2.0-or-later

FNR == 1 {
    name = FILENAME
    sub(/.*\//, "", name)
    sub(/\.ops$/, "", name)
    n = split(name, part, "-")
    vcpus = part[n]
    host = part[1] == "native" ? "native" : part[2]
    if (host != "native" && !(host in known_host)) {
        known_host[host] = 1
        hosts[++host_count] = host
    }
    if (!(vcpus in known_vcpus)) {
        known_vcpus[vcpus] = 1
        list[++vcpus_count] = vcpus
    }
}

{
    if (!($1 in known)) {
        known[$1] = 1
        order[++operations] = $1
    }
    value[host, vcpus, $1, $2] = $3
}

function work(host, vcpus, operation) {
    return value[host, vcpus, operation, "insns"] - \
        value[host, vcpus, operation, "user"]
}

function ratio(host, vcpus, operation) {
    return work(host, vcpus, operation) / work("native", vcpus, operation)
}

function of(host, vcpus, operation, what) {
    return value[host, vcpus, operation, what] + 0
}

# Pauses of kernels: a turn of a loop that waits for a lock or a processor.
function pauses(host, vcpus, operation) {
    return of(host, vcpus, operation, "pause") - \
        of(host, vcpus, operation, "user.pause")
}

END {
    print "Instructions per operation, all processors together, without user mode's."
    print "Rows: operation/vcpus@processors of the host.  scale: the ratio by that of"
    print "one vcpus; at most 1.15.  pauses: in loops that wait, natively and in lguest."
    print ""
    printf "%-16s %10s %10s %6s %6s %9s %9s\n", "operation", "native",
        "lguest", "ratio", "scale", "pauses", "lguest"
    for (o = 1; o <= operations; o++)
        for (h = 1; h <= host_count; h++)
            for (v = 1; v <= vcpus_count; v++) {
                if (!work(hosts[h], list[v], order[o]) ||
                    !work("native", list[v], order[o]))
                    continue
                r = ratio(hosts[h], list[v], order[o])
                scale = r / ratio(hosts[h], list[1], order[o])
                beyond += scale > 1.15
                printf "%-16s %10.0f %10.0f %6.2f %6.2f %9.2f %9.2f\n",
                    order[o] "/" list[v] "@" hosts[h],
                    work("native", list[v], order[o]),
                    work(hosts[h], list[v], order[o]), r, scale,
                    pauses("native", list[v], order[o]),
                    pauses(hosts[h], list[v], order[o])
            }
    print ""
    printf "%d rows scale worse than native by more than 15 %%\n", beyond
    places("guest switcher module host")
}

function places(names,    n, place, p, o, h, v, line) {
    n = split(names, place, " ")
    print ""
    print "Where lguest's instructions are"
    print ""
    line = sprintf("%-16s", "row")
    for (p = 1; p <= n; p++)
        line = line sprintf(" %10s", place[p])
    print line
    for (o = 1; o <= operations; o++)
        for (h = 1; h <= host_count; h++)
            for (v = 1; v <= vcpus_count; v++) {
                line = sprintf("%-16s", order[o] "/" list[v] "@" hosts[h])
                for (p = 1; p <= n; p++)
                    line = line sprintf(" %10.0f", of(hosts[h], list[v],
                                                      order[o], place[p]))
                print line
            }
}
