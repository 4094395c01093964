/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * i18n.h - messages in the user's language.
 */
#ifndef I18N_H
#define I18N_H

#include <config.h>

#if ENABLE_NLS
# include <libintl.h>
# define _(text) gettext (text)
#else
# define _(text) (text)
# define ngettext(one, many, n) ((n) == 1 ? (one) : (many))
#endif

/* Marks a text that is translated where it is used. */
#define N_(text) text

#endif /* I18N_H */
