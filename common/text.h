/* Text from outside: UTF-8 as it should be, and ways to show it safely. */
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

/*
 * The length in bytes of the well-formed UTF-8 sequence at s, 0 if there is
 * none.  Source: Unicode 15.0, table 3-7 (read 2026-11-24).
 */
size_t text_utf8(const char *s, size_t n);

/*
 * The length of the ill-formed run at s that one U+FFFD stands for: the
 * maximal subpart of an ill-formed sequence.  Source: Unicode 15.0, 3.9, D93b.
 */
size_t text_bad_utf8(const char *s, size_t n);

/* Append a code point, at most 0x10ffff, as UTF-8. */
void text_put_code(struct buf *b, uint32_t code);

/* Append as a JSON string with its quotes; s is UTF-8 without faults. */
void text_put_json(struct buf *b, const char *s, size_t n);

/*
 * The same for any bytes, and safe on a terminal: U+FFFD stands for what is
 * not UTF-8, and what text_put_visible shows as \xHH is written as \uHHHH.
 */
void text_put_json_clean(struct buf *b, const char *s, size_t n);

/*
 * Append so that a terminal shows it and does nothing else: control
 * characters (C0, DEL, C1, bidirectional and line separators) and bytes that
 * are not UTF-8 become \xHH.
 */
void text_put_visible(struct buf *b, const char *s, size_t n);

/* Append as a value of application/x-www-form-urlencoded; s ends with NUL. */
void text_put_form(struct buf *b, const char *s);

/* ASCII without spaces and controls, or empty: fit for a header or a URL. */
bool text_is_printable(const char *s);

/*
 * Is it that word (lower-case ASCII), when white space around it is trimmed
 * and ASCII letters are folded?
 */
bool text_is(const char *s, size_t n, const char *lower);

/* Space, tab, CR or LF, as JSON and our rules have it. */
bool text_is_space(char c);

#endif
