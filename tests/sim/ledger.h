/*
 * The ledger: a file of lines of fields between tabs, only appended to.
 * Backslash, tab, LF and CR of a field are written as \\ \t \n \r.
 */
#ifndef SIM_LEDGER_H
#define SIM_LEDGER_H

#include <stdint.h>

struct buf;

/* Appends one field to a line that is being made; the first has no tab. */
void ledger_field(struct buf *line, const struct buf *value);
void ledger_text(struct buf *line, const char *value);
void ledger_number(struct buf *line, int64_t value);

/* A time, as 2015-11-16T14:49:18Z. */
void ledger_time(struct buf *line, int64_t t);

void ledger_end(struct buf *line);

/* The file descriptor, or -1 if path is NULL.  Dies on failure. */
int ledger_open(const char *path);

/* All lines with one write(); nothing if fd is -1.  Dies on failure. */
void ledger_write(int fd, const struct buf *lines);

#endif
