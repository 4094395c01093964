/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * batch.h - what is known, for programs and files.
 */
#ifndef TOP_BATCH_H
#define TOP_BATCH_H

#include <stdbool.h>
#include <stdio.h>

#include "top/model.h"
#include "top/view.h"

/* Lines of text are this wide if nothing says how wide. */
#define BATCH_WIDTH 132

enum batch_form
{
  BATCH_NONE,                   /* on the screen */
  BATCH_TEXT,
  BATCH_CSV,
  BATCH_JSON,
};

bool batch_write (FILE *file, enum batch_form form, const struct model *model,
                  const struct look *look, bool first, int width);

#endif /* TOP_BATCH_H */
