# table-devices.awk - from what devices-job and exact-job print, run-devices'
# table.
#
# SPDX-License-Identifier: GPL-2.0-or-later

function add(name, value) {
    names[count++] = name
    values[name] = value
}
{ sub(/\r$/, "") }
FILENAME ~ /aims-devices$/ {
    if ($1 != "#")
	aim[$1] = $2 " " $3
    next
}
$1 == "@now" { started = $2 }
$1 == "@init" && FILENAME ~ /lguest/ && started {
    add("start-to-init-instructions", sprintf("%.0f", $2 - started))
    if (native)
	add("start-to-init-ratio", sprintf("%.2f", ($2 - started) / native))
    started = 0
}
$1 == "@io" {
    who = FILENAME ~ /kvm/ ? "kvm" : "lguest"
    cost[who, $2] = $3 / $4
    add($2 "-" who "-instructions", sprintf("%.0f", $3 / $4))
    if (who == "kvm" && ("lguest", $2) in cost)
	add($2 "-kvm-ratio", sprintf("%.2f", $3 / $4 / cost["lguest", $2]))
}
$1 == "=" { add($2, $3) }
END {
    printf "%-36s %14s  %s\n", "figure", "value", "aim"
    for (i = 0; i < count; i++) {
	name = names[i]
	line = sprintf("%-36s %14s", name, values[name])
	if (name in aim) {
	    split(aim[name], part, " ")
	    met = part[1] == "<=" ? values[name] + 0 <= part[2] + 0 \
		: values[name] + 0 >= part[2] + 0
	    line = line "  " aim[name] (met ? "" : "  MISSED")
	}
	print line
    }
}
