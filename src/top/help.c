/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * help.c - the help screen; 80 columns, 24 lines.
 */
#include <config.h>

#include "i18n.h"
#include "top/screen.h"

const char *const help_lines[] =
{
  N_("0 guests   1 vcpus   2 nets   3 disks   4 exits   Tab F5 the next view"),
  N_("up down k j PgUp PgDn ^B ^F Home End g G   move"),
  N_("left right another guest (exits)        Enter c      its console; ^] d"
     " back"),
  N_("space U    tag a guest; untag all       p F7 F8      pause, resume"),
  N_("S F9       ask it to power off          K            end it by force"),
  N_("Y          have its kernel obey a SysRq key"),
  N_("/ F3 n     find; find the next          \\ F4         show only some"
     " rows"),
  N_("P M T N    sort by processor, memory, time, name"),
  N_("< > F6     sort by another column       R I          the other way"
     " round"),
  N_("B          bytes or requests            b            per second or in"
     " all"),
  N_("a          exits: also what never was   s d          delay"),
  N_("W F2       save this as the default     ^L           draw anew"),
  N_("h ? F1     this help                    q F10        leave;  Esc: all"
     " rows"),
  "",
  N_("S: R run  I idle  P paused  S stopping  X crashed  H launcher hangs"),
  N_("%CPU       of one processor, the launcher and its guest"),
  N_("%GST %SW   in the guest; in lg.ko, between the guest and the host"),
  N_("%HLT %OFF  halted; waiting for a processor of the host"),
  N_("EXIT/s     how often the guest was left; PGF/s page faults that did so"),
  NULL,
};
