#include "output.h"
#include "audit.h"
#include "config.h"
#include "err.h"
#include "mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where the name ends and ".html" or ".tar.zst" begins. */
static size_t
stem(const char *name)
{
	const char *base = strrchr(name, '/');
	const char *dot = strchr(base ? base + 1 : name, '.');

	return dot ? (size_t)(dot - name) : strlen(name);
}

char *
output_path(const struct audit *a, const char *name)
{
	size_t n = stem(name);

	if (!a->several)
		return xstrdup(name);
	return xasprintf("%.*s.%s%s", (int)n, name, a->tenant->name, name + n);
}

static int
fail(const char *path, struct err *e)
{
	return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
}

int
output_open(struct output *o, const char *path, struct err *e)
{
	o->path = xstrdup(path);
	o->draft = xasprintf("%s.new", path);
	unlink(o->draft);
	o->fd = open(o->draft, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (o->fd < 0) {
		fail(o->draft, e);
		free(o->draft);
		o->draft = NULL;
		return -1;
	}
	return 0;
}

int
output_put(struct output *o, const void *data, size_t n, struct err *e)
{
	const char *p = data;

	while (n > 0) {
		ssize_t done = write(o->fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return fail(o->draft, e);
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

static int
sync_folder(const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/');
	char *folder =
	    slash ? xstrndup(path, (size_t)(slash - path) + 1) : xstrdup(".");
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd < 0 || fsync(fd) ? fail(folder, e) : 0;

	if (fd >= 0)
		close(fd);
	free(folder);
	return rc;
}

int
output_commit(struct output *o, struct err *e)
{
	if (fsync(o->fd))
		return fail(o->draft, e);
	if (rename(o->draft, o->path))
		return fail(o->path, e);
	free(o->draft);
	o->draft = NULL;
	return sync_folder(o->path, e);
}

void
output_free(struct output *o)
{
	if (o->draft) {
		unlink(o->draft);
		free(o->draft);
	}
	if (o->path && o->fd >= 0)
		close(o->fd);
	free(o->path);
	*o = (struct output){ .fd = -1 };
}
