/*
 * The manifest of an archive, its member manifest.json: what the archive is,
 * what is in it, and the digest of each other member.
 *
 *   {"schema":1,"tenant":"acme","program":"m2s 0.1.0","number":3,
 *    "kind":"evidence","created_at":1772366400,"previous_chain":"64 hex",
 *    "windows":[...],"mappings":[...],"gaps":[...],"sinks":[...],
 *    "batches":[...],"members":[{"name":...,"size":...,"sha256":...},...]}
 *
 * entry.h and terms.h tell what the arrays hold.
 */
#ifndef MANIFEST_H
#define MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "digest.h"
#include "entry.h"
#include "object.h"

struct err;

enum { MANIFEST_SCHEMA = 1 };

enum archive_kind { ARCHIVE_EVIDENCE, ARCHIVE_DELIVERY, ARCHIVE_KINDS };

/* "evidence", "delivery". */
const char *archive_kind_name(enum archive_kind kind);

extern const char manifest_name[]; /* "manifest.json" */

/* What stands before the arrays.  Borrowed. */
struct manifest_head {
	const char *tenant;
	const char *program;
	int64_t number;
	enum archive_kind kind;
	int64_t created_at;
	const unsigned char *previous_chain; /* DIGEST_SIZE bytes */
};

/*
 * Append a whole manifest.  Sections are the elements of the arrays, with
 * commas between them.
 */
void manifest_put(struct buf *out, const struct manifest_head *head,
    const struct buf sections[ENTRY_KINDS], const struct buf *sinks,
    const struct buf *members);

/* Append an element of the array "members". */
void manifest_put_member(struct buf *members, const char *name, size_t size,
    const unsigned char digest[DIGEST_SIZE]);

struct manifest {
	struct buf text;
	struct manifest_head head; /* points into object */
	unsigned char digest[DIGEST_SIZE]; /* of the text */
	struct object object; /* private */
};

/*
 * Take apart a manifest; the text is copied.  Given back with manifest_free,
 * also after an error.
 *
 * Errors: ERR_DATA.
 */
int manifest_parse(struct manifest *m, const void *data, size_t n,
    struct digest *d, struct err *e);
void manifest_free(struct manifest *m);

/* The arrays, for list_open. */
struct slice manifest_section(const struct manifest *m, enum entry_kind kind);
struct slice manifest_sinks(const struct manifest *m);
struct slice manifest_members(const struct manifest *m);

/* The fields of an element of "members": name, size, sha256. */
enum { MANIFEST_MEMBER_FIELDS = 3 };
extern const struct object_field manifest_member_fields[MANIFEST_MEMBER_FIELDS];

#endif
