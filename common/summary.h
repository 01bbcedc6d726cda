/*
 * The result of a run: named figures on standard output.  A pipe gets plain
 * lines, "pages 120"; a terminal the same in aligned columns; --json one
 * object a tenant: {"program": ..., "tenant": ..., "status": 0, "pages": 120}.
 */
#ifndef SUMMARY_H
#define SUMMARY_H

#include <stdbool.h>
#include <stdint.h>

struct err;
struct summary;

struct summary *summary_new(const char *program, const char *tenant);
void summary_free(struct summary *s);

/*
 * Names are lower-case words joined by "_", grouped by a "." where a group is
 * wanted: "url.pages".  They are copied, as the text is.  The order of first
 * mention is kept; a name mentioned again has its figure replaced.
 */
void summary_int(struct summary *s, const char *name, int64_t v);
void summary_text(struct summary *s, const char *name, const char *v);

/* A value that is JSON already, on one line; shown with --json only. */
void summary_json(struct summary *s, const char *name, const char *json);

/* Print it; e tells the status and, where it is not 0, the message. */
void summary_print(const struct summary *s, const struct err *e, bool json);

#endif
