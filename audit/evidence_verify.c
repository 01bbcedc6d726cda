#include "audit.h"
#include "buf.h"
#include "config.h"
#include "db.h"
#include "digest.h"
#include "err.h"
#include "evidence.h"
#include "object.h"
#include "summary.h"
#include "unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

struct check {
	struct digest *digest;
	struct buf sums; /* of the members so far, as SHA256SUMS has them */
	struct buf head; /* evidence.json */
	int64_t members;
	bool whole; /* SHA256SUMS came, last, and says the same */
};

static void
take(struct check *c, const char *name, const void *data, size_t n)
{
	unsigned char digest[DIGEST_SIZE];
	char hex[DIGEST_HEX_SIZE];

	c->members++;
	c->whole = strcmp(name, "SHA256SUMS") == 0 && n == c->sums.len &&
	    n > 0 && memcmp(data, c->sums.data, n) == 0;
	if (strcmp(name, "evidence.json") == 0)
		buf_put(&c->head, data, n);
	digest_of(c->digest, data, n, digest);
	buf_printf(
	    &c->sums, "%s  %s\n", digest_hex(digest, sizeof digest, hex), name);
}

static int
read_all(struct check *c, int fd, struct err *e)
{
	struct unpack *u = NULL;
	const char *name;
	const void *data;
	size_t n;
	int rc;

	if (unpack_open(&u, fd, e))
		return -1;
	while ((rc = unpack_next(u, &name, &data, &n, e)) > 0)
		take(c, name, data, n);
	unpack_close(u);
	return rc;
}

enum { SCHEMA, TENANT, ARCHIVES = 6, CHAIN_HEAD, FIELDS };

static const struct object_field fields[FIELDS] = {
	{ "schema", OBJECT_INT, 0, 0 },
	{ "tenant", OBJECT_TEXT, 0, 0 },
	{ "program", OBJECT_TEXT, 0, 0 },
	{ "made", OBJECT_TEXT, 0, 0 },
	{ "from", OBJECT_TEXT, 0, 0 },
	{ "to", OBJECT_TEXT, 0, 0 },
	{ "archives", OBJECT_INT, 0, 0 },
	{ "chain_head", OBJECT_HEX, DIGEST_SIZE, 0 },
};

static const char known_sql[] = "SELECT 1 FROM archive"
				" WHERE archive_no = :archives"
				" AND chain = :chain";

/* Where there was no archive yet, there is nothing to compare. */
static int
check_chain(struct audit *a, const struct object *head, struct err *e)
{
	int64_t archives = head->values[ARCHIVES].n;
	struct slice chain = head->values[CHAIN_HEAD].bytes;
	struct stmt *s = NULL;
	int rc;

	if (archives == 0)
		return 0;
	if (stmt_prepare(&s, a->db, known_sql, e))
		return -1;
	stmt_bind_int(s, ":archives", archives);
	stmt_bind_blob(s, ":chain", chain.data, chain.len);
	rc = stmt_step(s, e);
	stmt_free(s);
	if (rc == 0)
		return err_set(e, ERR_NO,
		    "%s: the chain of this tenant's archives never had that "
		    "head: archives were changed, or it is of another tenant",
		    a->subject);
	return rc < 0 ? -1 : 0;
}

static int
check_head(struct audit *a, const struct check *c, struct err *e)
{
	struct slice text = { c->head.data, c->head.len };
	struct object head;
	struct slice tenant;
	int rc = -1;

	object_open(&head, fields, FIELDS);
	if (object_parse(&head, "evidence.json", text, e)) {
		e->kind = ERR_NO;
		err_add(e, "%s", a->subject);
		goto out;
	}
	tenant = head.values[TENANT].bytes;
	if (head.values[SCHEMA].n != 1 ||
	    tenant.len != strlen(a->tenant->name) ||
	    memcmp(tenant.data, a->tenant->name, tenant.len) != 0) {
		err_set(e, ERR_NO, "%s: it is of another tenant or version",
		    a->subject);
		goto out;
	}
	rc = check_chain(a, &head, e);
out:
	object_close(&head);
	return rc;
}

static int
check_file(struct audit *a, struct check *c, int fd, struct err *e)
{
	if (digest_open(&c->digest, e))
		return -1;
	if (read_all(c, fd, e)) {
		if (e->kind == ERR_DATA)
			e->kind = ERR_NO;
		return err_add(e, "%s", a->subject);
	}
	if (!c->whole || c->head.len == 0)
		return err_set(e, ERR_NO,
		    "%s: it is no evidence of m2s, or its members are not "
		    "those of its SHA256SUMS",
		    a->subject);
	return check_head(a, c, e);
}

int
evidence_verify(struct audit *a, struct err *e)
{
	struct check c = { 0 };
	int fd = open(a->subject, O_RDONLY | O_CLOEXEC);
	int rc;

	if (fd < 0)
		return err_set(
		    e, ERR_IO, "%s: %s", a->subject, strerror(errno));
	rc = check_file(a, &c, fd, e);
	close(fd);
	if (rc == 0)
		summary_int(a->summary, "members_whole", c.members);
	digest_close(c.digest);
	buf_free(&c.sums);
	buf_free(&c.head);
	return rc;
}
