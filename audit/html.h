/* HTML and SVG, in which no text can be anything but text. */
#ifndef HTML_H
#define HTML_H

#include <stdint.h>

struct buf;
struct sheet;

/* Append text: what would begin a tag, an entity or end an attribute is not. */
void html_put(struct buf *b, const char *text);

/* Append markup; each %s is a text as above, each %d an int. */
void html_printf(struct buf *b, const char *markup, ...)
    __attribute__((format(printf, 2, 3)));

/* Append a number with a comma between thousands: "1,234". */
void html_put_number(struct buf *b, int64_t n);

/*
 * Append a table of at most rows_max rows, and a line that says so where there
 * are more.  caption: for those who do not see the rest.
 */
void html_put_table(
    struct buf *b, const struct sheet *s, const char *caption, int rows_max);

#endif
