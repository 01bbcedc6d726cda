/*
 * Sink type file: each batch a file in a folder, NNNNNN-KEY.ndjson, there
 * whole or not at all.  The name follows from the batch, so that an attempt
 * after one that was cut off puts the same bytes under the same name.
 */
#include "batch.h"
#include "buf.h"
#include "clock.h"
#include "config.h"
#include "err.h"
#include "format.h"
#include "mem.h"
#include "result.h"
#include "sink_type.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_KEY_BYTES = 8, NAME_SIZE = 64 };

struct folder {
	const char *dir;
	struct digest *digest;
	bool sync_failed; /* what is on the disk is not known any more */
};

static int
open_file(void **out, const struct config_sink *c, struct err *e)
{
	struct folder *f = xcalloc(1, sizeof *f);

	f->dir = c->dir;
	if (digest_open(&f->digest, e)) {
		free(f);
		return -1;
	}
	*out = f;
	return 0;
}

static void
close_file(void *conn)
{
	struct folder *f = conn;

	digest_close(f->digest);
	free(f);
}

static int
sync_fd(struct folder *f, int fd, const char *name, struct err *e)
{
	if (fsync(fd) == 0)
		return 0;
	f->sync_failed = true;
	return err_set(e, ERR_IO, "fsync %s: %s", name, strerror(errno));
}

/* Make the entry of a new folder in its parent durable. */
static int
sync_parent(struct folder *f, struct err *e)
{
	char *parent = xstrdup(f->dir);
	char *slash = strrchr(parent, '/');
	int fd;
	int rc = -1;

	slash[slash == parent] = '\0';
	fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		err_set(e, ERR_IO, "open %s: %s", parent, strerror(errno));
	else
		rc = sync_fd(f, fd, parent, e);
	if (fd >= 0)
		close(fd);
	free(parent);
	return rc;
}

static int
open_folder(struct folder *f, int *fd, struct err *e)
{
	if (mkdir(f->dir, 0700) == 0) {
		if (sync_parent(f, e))
			return -1;
	} else if (errno != EEXIST) {
		return err_set(
		    e, ERR_IO, "mkdir %s: %s", f->dir, strerror(errno));
	}
	*fd = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd < 0)
		return err_set(
		    e, ERR_IO, "open %s: %s", f->dir, strerror(errno));
	return 0;
}

static int
write_all(int fd, const char *data, size_t n)
{
	while (n) {
		ssize_t done = write(fd, data, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -1;
		data += done;
		n -= (size_t)done;
	}
	return 0;
}

static int
put_temporary(struct folder *f, int folder, const char *name,
    const struct buf *body, struct err *e)
{
	const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(folder, name, flags, 0600);
	int rc = -1;

	if (fd < 0)
		return err_set(e, ERR_IO, "open %s: %s", name, strerror(errno));
	if (write_all(fd, body->data, body->len))
		err_set(e, ERR_IO, "write %s: %s", name, strerror(errno));
	else
		rc = sync_fd(f, fd, name, e);
	close(fd);
	if (rc)
		unlinkat(folder, name, 0);
	return rc;
}

static int
put_file(
    struct folder *f, const char *name, const struct buf *body, struct err *e)
{
	char temporary[NAME_SIZE + 8];
	int folder = -1;
	int rc = -1;

	snprintf(temporary, sizeof temporary, ".%s.tmp", name);
	if (open_folder(f, &folder, e) ||
	    put_temporary(f, folder, temporary, body, e))
		goto out;
	if (renameat(folder, temporary, folder, name)) {
		err_set(e, ERR_IO, "rename %s: %s", name, strerror(errno));
		goto out;
	}
	rc = sync_fd(f, folder, f->dir, e);
out:
	if (folder >= 0)
		close(folder);
	return rc;
}

static int
send_file(void *conn, const struct batch *b, const struct buf *body,
    int64_t timeout_ms, struct result *r, struct err *e)
{
	int64_t begun = clock_monotonic_ms();
	struct folder *f = conn;
	struct err failure = { 0 };
	char name[NAME_SIZE];
	char key[2 * NAME_KEY_BYTES + 1];

	(void)timeout_ms;
	snprintf(name, sizeof name, "%06lld-%s%s", (long long)b->batch_id,
	    digest_hex(b->key, NAME_KEY_BYTES, key),
	    format_of(b->format)->suffix);
	r->outcome = RECEIPT_STORED;
	r->next = RESULT_DONE;
	digest_of(f->digest, body->data, body->len, r->body_digest);
	snprintf(r->detail, sizeof r->detail, "%s", name);
	if (put_file(f, name, body, &failure)) {
		r->outcome = RECEIPT_NOT_TAKEN;
		r->next = RESULT_STOP;
		r->stop = failure.kind;
		r->advice = "mend the folder or its disk";
		snprintf(r->detail, sizeof r->detail, "%s", failure.msg);
	}
	r->latency_ms = clock_monotonic_ms() - begun;
	if (f->sync_failed) {
		*e = failure;
		return -1;
	}
	return 0;
}

const struct sink_type sink_file = {
	.idempotent = true,
	.open = open_file,
	.close = close_file,
	.send = send_file,
};
