/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kbuild wants its objects below the module's folder. */
#include "../../switcher/switcher_32.S"
