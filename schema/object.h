/*
 * Rows as JSON objects, the way manifests hold them: one object for each row,
 * one member for each column, in the order of the query; bytes in hex.
 */
#ifndef OBJECT_H
#define OBJECT_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"

struct err;
struct stmt;

enum { OBJECT_FIELDS_MAX = 24 };

enum object_type {
	OBJECT_INT,
	OBJECT_TEXT,
	OBJECT_HEX, /* bytes, size of them */
	OBJECT_LIST, /* an array, not looked into */
};

struct object_field {
	const char *name;
	enum object_type type;
	unsigned size; /* of OBJECT_HEX, in bytes */
	int optional; /* it may be null */
};

/*
 * Append the members of the current row's object, without the braces.  A
 * column is an integer, text or NULL.
 */
void object_put(struct buf *out, struct stmt *s);

/* A part of a text; borrowed. */
struct slice {
	const char *data; /* NULL: the value is null */
	size_t len;
};

struct object_value {
	int64_t n; /* of OBJECT_INT; -1 where it is null */
	struct slice bytes; /* of OBJECT_TEXT, OBJECT_HEX, OBJECT_LIST */
};

/* Values in the order of the fields; they live until the next parse. */
struct object {
	const struct object_field *fields;
	size_t count;
	struct object_value values[OBJECT_FIELDS_MAX];
	struct buf arena;
	struct scan *scan;
};

void object_open(
    struct object *o, const struct object_field *fields, size_t count);
void object_close(struct object *o);

/*
 * Take apart the object that is the whole text: exactly these members in
 * exactly this order.  what: for messages, "page".
 *
 * Errors: ERR_DATA, "page: \"number\" is no integer".
 */
int object_parse(
    struct object *o, const char *what, struct slice text, struct err *e);

/* Bind every value but lists to ":name"; null is bound as NULL. */
void object_bind(const struct object *o, struct stmt *s);
void object_bind_one(const struct object *o, size_t field, struct stmt *s);

/* The elements of an array, one after the other. */
struct list {
	struct scan *scan;
};

/* Errors, of both: ERR_DATA if the text is no JSON array.  next: 1, 0, -1. */
int list_open(struct list *l, struct slice text, struct err *e);
int list_next(struct list *l, struct slice *element, struct err *e);
void list_close(struct list *l);

#endif
