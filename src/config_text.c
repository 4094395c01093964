/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config_text.c - the text of a configuration file.
 *
 * libConfuse is given text only: neither zeros, which would end it, nor
 * control characters, nor what takes its scanner quadratic time.
 */
#include <config.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config_text.h"
#include "i18n.h"
#include "utf8.h"

/* Who has binary data there does not want to read of each byte. */
#define BAD_LINES_MAX 5

static const char byte_order_mark[] = "\xef\xbb\xbf";

/* Is there a backslash escape for a zero?  C strings end there. */
static bool
escapes_zero (const char *line)
{
  for (; *line; line++)
    {
      size_t digits;

      if (*line != '\\' || !*++line)
        continue;
      if (*line == 'x' && line[1] == '0'
          && (line[2] == '0' || !isxdigit ((unsigned char) line[2])))
        return true;
      digits = strspn (line, "0");
      if (digits && (digits >= 3 || line[digits] < '0' || line[digits] > '7'))
        return true;
    }
  return false;
}

/* What is wrong with a line, or NULL. */
static const char *
line_fault (const char *line, size_t length)
{
  size_t i = 0;

  if (length > CONFIG_LINE_BYTES_MAX)
    return _("the line is too long: 16384 bytes are the limit");
  while (i < length)
    {
      const size_t bytes = utf8_length (line + i);

      if ((iscntrl ((unsigned char) line[i]) && line[i] != '\t')
          || line[i] == '\0')
        return _("a control character: is this a text file?");
      if (bytes == 0)
        return _("this is not UTF-8: is this a text file?");
      i += bytes;
    }
  if (escapes_zero (line))
    return _("a text cannot have a zero byte in it");
  return NULL;
}

/* Read a file that should not be large.  Returns its size, or -1. */
static ssize_t
read_whole (int fd, char *bytes, size_t room)
{
  size_t size = 0;

  for (;;)
    {
      const ssize_t got = read (fd, bytes + size, room - size);

      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        return -1;
      size += got;
      if (got == 0 || size == room)
        return size;
    }
}

/* All checks of a text.  Its lines are ended by newlines alone afterwards,
   and a byte order mark is gone. */
static bool
clean (const char *path, char *bytes, size_t size, struct config_text *text,
       struct report *report)
{
  char *from = bytes, *to = bytes, *const end = bytes + size;
  unsigned bad = 0;

  if (strncmp (bytes, byte_order_mark, sizeof byte_order_mark - 1) == 0)
    from += sizeof byte_order_mark - 1;
  while (from < end)
    {
      char *stop = memchr (from, '\n', end - from);
      size_t length;
      const char *fault;

      if (!stop)
        stop = end;
      text->lines++;
      length = stop - from;
      if (length && from[length - 1] == '\r')
        length--;
      from[length] = '\0';
      fault = line_fault (from, length);
      if (fault)
        {
          report_add (report, "%s:%d: %s", path, text->lines, fault);
          if (++bad == BAD_LINES_MAX)
            return false;
        }
      memmove (to, from, length);
      to += length;
      *to++ = '\n';
      from = stop + 1;
    }
  *to = '\0';
  return bad == 0;
}

static bool
is_word (char c)
{
  return c && !strchr (" \t\n\"'={}()+,#", c);
}

/* Past a word or a quoted text, or nothing. */
static char *
skip_value (char *at)
{
  const char quote = *at;

  if (quote != '"' && quote != '\'')
    {
      while (is_word (*at))
        at++;
      return at;
    }
  for (at++; *at && *at != quote; at++)
    if (*at == '\\' && at[1])
      at++;
  return *at ? at + 1 : at;
}

/* Blanks in place of comments: libConfuse loses count of lines in them.
   Returns the line of one that does not end, or 0. */
static int
blank_comments (char *bytes)
{
  char *at = bytes, *end;
  int line = 1;

  while (*at)
    {
      if (*at == '#' || (at[0] == '/' && at[1] == '/'))
        end = at + strcspn (at, "\n");
      else if (at[0] == '/' && at[1] == '*')
        {
          end = strstr (at + 2, "*/");
          if (!end)
            return line;
          end += 2;
        }
      else
        {
          /* A whole word: there may be slashes in it. */
          end = skip_value (at);
          if (end == at)
            end++;
          for (; at < end; at++)
            line += *at == '\n';
          continue;
        }
      for (; at < end; at++)
        if (*at == '\n')
          line++;
        else
          *at = ' ';
    }
  return 0;
}

/* A variable's name has to end in its line: libConfuse would look for the end
   again and again. */
static bool
has_open_variable (const char *bytes, int *line)
{
  const char *at = bytes;

  for (*line = 1; *at; at++)
    if (*at == '\n')
      ++*line;
    else if (at[0] == '$' && at[1] == '{')
      {
        at += strcspn (at, "}\n");
        if (*at != '}')
          return true;
      }
  return false;
}

/* What can be seen only after all lines were read. */
static bool
check_whole (const char *path, char *bytes, struct report *report)
{
  int line = blank_comments (bytes);

  if (line)
    report_add (report, _("%s:%d: the comment does not end"), path, line);
  else if (has_open_variable (bytes, &line))
    report_add (report, _("%s:%d: \"${\" without \"}\" in the same line"),
                path, line);
  else
    return true;
  return false;
}

/**
 * config_text_read - have a file in memory, if it is text
 * @path: its name
 * @called_from: "FILE:LINE: " of the include, or ""
 * @text: filled in; bytes are NULL after a failure
 */
bool
config_text_read (const char *path, const char *called_from,
                  struct config_text *text, struct report *report)
{
  /* A FIFO without a writer must not stop us. */
  const int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  ssize_t size = -1;

  text->bytes = NULL;
  text->lines = 0;
  if (fd < 0)
    {
      report_add (report, _("%scannot open %s: %s"), called_from, path,
                  strerror (errno));
      return false;
    }
  if (fstat (fd, &text->identity) != 0
      || !S_ISREG (text->identity.st_mode))
    report_add (report, _("%s%s is not a regular file"), called_from, path);
  else if (!(text->bytes = malloc (CONFIG_FILE_BYTES_MAX + 2)))
    report_add (report, _("%scannot read %s: %s"), called_from, path,
                strerror (ENOMEM));
  else if ((size = read_whole (fd, text->bytes, CONFIG_FILE_BYTES_MAX + 1))
           < 0)
    report_add (report, _("%scannot read %s: %s"), called_from, path,
                strerror (errno));
  else if (size > CONFIG_FILE_BYTES_MAX)
    report_add (report, _("%s%s is too long: %d KiB are the limit"),
                called_from, path, CONFIG_FILE_BYTES_MAX >> 10);
  else
    {
      /* For the newline that may be missing. */
      text->bytes[size] = text->bytes[size + 1] = '\0';
      if (clean (path, text->bytes, size, text, report)
          && check_whole (path, text->bytes, report))
        {
          close (fd);
          return true;
        }
    }
  close (fd);
  free (text->bytes);
  text->bytes = NULL;
  return false;
}

static char *
skip_blanks (char *at)
{
  return at + strspn (at, " \t\n");
}

/* Past what begins with a brace or parenthesis. */
static char *
skip_braces (char *at)
{
  unsigned depth = 0;

  do
    {
      at = skip_blanks (at);
      if (*at == '{' || *at == '(')
        depth++;
      else if (*at == '}' || *at == ')')
        depth--;
      if (*at == '"' || *at == '\'' || is_word (*at))
        at = skip_value (at);
      else if (*at)
        at++;
    }
  while (*at && depth);
  return at;
}

/* The first @word in a line that is not part of another. */
static char *
find_word (char *line, const char *word)
{
  const char *const end = line + strcspn (line, "\n");
  const size_t length = strlen (word);
  char *at = line;

  while (length && (at = strstr (at, word)) && at < end)
    {
      if ((at == line || !is_word (at[-1])) && !is_word (at[length]))
        return at;
      at++;
    }
  return NULL;
}

/**
 * config_text_blank - take a setting or section out of a text
 * @line: of its first word, from 1
 * @word: that
 *
 * So that what follows it can be understood.  Lines keep their numbers.
 * Returns false if the word is not there.
 */
bool
config_text_blank (char *bytes, int line, const char *word)
{
  char *at = bytes, *end;

  while (--line && (at = strchr (at, '\n')))
    at++;
  at = at ? find_word (at, word) : NULL;
  if (!at)
    return false;
  end = skip_blanks (at + strlen (word));
  if (*end == '"' || *end == '\'')
    end = skip_blanks (skip_value (end));
  else if (is_word (*end))
    end = skip_blanks (skip_value (end));
  if (end[0] == '+' && end[1] == '=')
    end++;
  if (*end == '=')
    {
      end = skip_blanks (end + 1);
      end = *end == '{' ? skip_braces (end) : skip_value (end);
    }
  else if (*end == '{' || *end == '(')
    end = skip_braces (end);
  else
    end = at + strlen (word);
  for (; at < end; at++)
    if (*at != '\n')
      *at = ' ';
  return true;
}
