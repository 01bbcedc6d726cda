#define _GNU_SOURCE /* close_range, pipe2 */
#include "unpack.h"
#include "buf.h"
#include "err.h"
#include "mem.h"
#include "pack.h"
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NAME_MAX_BYTES = 255, CHUNK = 1 << 20 };

enum frame_type { FRAME_MEMBER = 1, FRAME_END, FRAME_REFUSED };

/* Before each name and data on the pipe. */
struct frame {
	uint32_t type;
	uint32_t name_bytes; /* of FRAME_REFUSED: the kind of the error */
	uint64_t data_bytes;
};

struct unpack {
	pid_t pid;
	int fd;
	char name[NAME_MAX_BYTES + 1];
	struct buf data;
};

static bool
put_all(const void *data, size_t n)
{
	const char *p = data;

	while (n > 0) {
		ssize_t done = write(STDOUT_FILENO, p, n);

		if (done < 0 && errno != EINTR)
			return false;
		if (done > 0) {
			p += done;
			n -= (size_t)done;
		}
	}
	return true;
}

static bool
put_frame(enum frame_type type, uint32_t name_bytes, const char *name,
    const void *data, size_t n)
{
	const struct frame f = { type, name_bytes, n };

	return put_all(&f, sizeof f) && (!name || put_all(name, name_bytes)) &&
	    put_all(data, n);
}

static int
put_members(int64_t total_bytes, struct err *e)
{
	const struct pack_limits limits = {
		.members = UNPACK_MEMBERS,
		.member_bytes = UNPACK_MEMBER_BYTES,
		.total_bytes = total_bytes,
	};
	struct pack_reader *r = NULL;
	const char *name;
	const void *data;
	size_t n;
	int rc;

	if (pack_open(&r, STDIN_FILENO, &limits, e))
		return -1;
	while ((rc = pack_next(r, &name, &data, &n, e)) > 0)
		if (!put_frame(
			FRAME_MEMBER, (uint32_t)strlen(name), name, data, n))
			return -1;
	if (rc == 0)
		put_frame(FRAME_END, 0, NULL, NULL, 0);
	return rc;
}

/* The other process.  Its memory goes with it: nothing is given back. */
static _Noreturn void
take_apart(int in, int out)
{
	struct err e = { 0 };
	struct stat st;

	if (fstat(in, &st) || dup2(in, STDIN_FILENO) < 0 ||
	    dup2(out, STDOUT_FILENO) < 0 ||
	    close_range(STDERR_FILENO, ~0U, 0) || sandbox_enter())
		_exit(1);
	if (put_members(UNPACK_BYTES + UNPACK_RATIO * (int64_t)st.st_size, &e))
		put_frame(FRAME_REFUSED, (uint32_t)e.kind, NULL, e.msg,
		    strlen(e.msg));
	_exit(0);
}

int
unpack_open(struct unpack **out, int fd, struct err *e)
{
	struct unpack *u;
	int ends[2];
	pid_t pid;

	if (lseek(fd, 0, SEEK_SET) != 0 || pipe2(ends, O_CLOEXEC))
		return err_set(
		    e, ERR_IO, "archive cannot be read: %s", strerror(errno));
	pid = fork();
	if (pid == 0)
		take_apart(fd, ends[1]);
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return err_set(e, ERR_IO, "no process to read archives in: %s",
		    strerror(errno));
	}
	u = xcalloc(1, sizeof *u);
	u->pid = pid;
	u->fd = ends[0];
	*out = u;
	return 0;
}

static bool
get_all(struct unpack *u, void *data, size_t n)
{
	char *p = data;

	while (n > 0) {
		ssize_t done = read(u->fd, p, n);

		if (done == 0 || (done < 0 && errno != EINTR))
			return false;
		if (done > 0) {
			p += done;
			n -= (size_t)done;
		}
	}
	return true;
}

/* Memory grows with what comes, not with what is announced. */
static bool
get_data(struct unpack *u, uint64_t n)
{
	buf_clear(&u->data);
	while (n > 0) {
		size_t part = n < CHUNK ? (size_t)n : CHUNK;

		buf_reserve(&u->data, part);
		if (!get_all(u, u->data.data + u->data.len, part))
			return false;
		u->data.len += part;
		n -= part;
	}
	buf_puts(&u->data, "");
	return true;
}

/* Why nothing more came from the other process. */
static int
explain_end(struct unpack *u, struct err *e)
{
	int status = 0;

	while (waitpid(u->pid, &status, 0) < 0 && errno == EINTR)
		;
	u->pid = 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == ERR_IO)
		return err_set(e, ERR_DATA, "archive needs too much memory");
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
		return err_set(e, ERR_DATA, "archive takes too long to read");
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return err_set(e, ERR_IO,
		    "the process that reads the archive was killed: run again");
	return err_set(e, ERR_DATA,
	    "archive is damaged: the process that read it broke down");
}

static int
refuse(struct unpack *u, const struct frame *f, struct err *e)
{
	if (f->data_bytes >= sizeof e->msg || !get_data(u, f->data_bytes))
		return explain_end(u, e);
	return err_set(
	    e, f->name_bytes == ERR_IO ? ERR_IO : ERR_DATA, "%s", u->data.data);
}

/* The other process may be in foreign hands: this is where that ends. */
static bool
name_is_plain(const char *name, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (name[i] < ' ' || name[i] > '~')
			return false;
	return n > 0;
}

int
unpack_next(struct unpack *u, const char **name, const void **data, size_t *n,
    struct err *e)
{
	struct frame f;

	if (!get_all(u, &f, sizeof f))
		return explain_end(u, e);
	if (f.type == FRAME_END)
		return 0;
	if (f.type == FRAME_REFUSED)
		return refuse(u, &f, e);
	if (f.type != FRAME_MEMBER || f.name_bytes > NAME_MAX_BYTES ||
	    f.data_bytes > UNPACK_MEMBER_BYTES ||
	    !get_all(u, u->name, f.name_bytes) || !get_data(u, f.data_bytes) ||
	    !name_is_plain(u->name, f.name_bytes))
		return explain_end(u, e);
	u->name[f.name_bytes] = '\0';
	*name = u->name;
	*data = u->data.data;
	*n = u->data.len;
	return 1;
}

void
unpack_close(struct unpack *u)
{
	if (!u)
		return;
	close(u->fd);
	if (u->pid > 0) {
		kill(u->pid, SIGKILL);
		while (waitpid(u->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	buf_free(&u->data);
	free(u);
}
