#define _DEFAULT_SOURCE /* explicit_bzero, madvise */

#include "secret.h"
#include "err.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Each secret has pages of its own, with room for white space around it. */
enum { SECRET_MAX = 4096, ROOM = 8192 };

void
secret_wipe(void *p, size_t n)
{
	explicit_bzero(p, n);
}

void
secret_free(char *secret)
{
	if (!secret)
		return;
	secret_wipe(secret, ROOM);
	munmap(secret, ROOM);
}

static int
allocate(char **out, struct err *e)
{
	void *p = mmap(NULL, ROOM, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return err_set(
		    e, ERR_IO, "memory for a secret: %s", strerror(errno));
	if (madvise(p, ROOM, MADV_DONTDUMP)) {
		err_set(e, ERR_IO, "memory kept out of core dumps: %s",
		    strerror(errno));
		munmap(p, ROOM);
		return -1;
	}
	*out = p;
	return 0;
}

/* Where the file is.  True if systemd guards it. */
static bool
locate(char out[PATH_MAX], const char *path)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	size_t n = folder ? strlen(folder) : 0;

	if (folder && !strchr(path, '/')) {
		snprintf(out, PATH_MAX, "%s/%s", folder, path);
		if (access(out, F_OK) == 0)
			return true;
	}
	snprintf(out, PATH_MAX, "%s", path);
	return n > 0 && strncmp(path, folder, n) == 0 && path[n] == '/' &&
	    !strchr(path + n + 1, '/');
}

static int
check_file(int fd, const char *path, bool guarded, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st))
		return err_set(
		    e, ERR_CONFIG, "secret file %s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_CONFIG,
		    "secret file %s is no regular file: name another", path);
	if (!guarded && (st.st_mode & (S_IRGRP | S_IROTH)))
		return err_set(e, ERR_CONFIG,
		    "secret file %s may be read by others: chmod 600 %s", path,
		    path);
	return 0;
}

static int
read_all(int fd, const char *path, char *room, size_t *len, struct err *e)
{
	ssize_t n;

	*len = 0;
	do {
		n = read(fd, room + *len, ROOM - 1 - *len);
		*len += n > 0 ? (size_t)n : 0;
	} while (n > 0 || (n < 0 && errno == EINTR));
	if (n < 0)
		return err_set(
		    e, ERR_CONFIG, "secret file %s: %s", path, strerror(errno));
	return 0;
}

/* Leave the first line, trimmed, at the start of the room and nothing else. */
static int
take_line(char *room, size_t len, const char *path, struct err *e)
{
	const char *eol = memchr(room, '\n', len);
	size_t end = eol ? (size_t)(eol - room) : len;
	size_t start = 0;

	while (start < end && text_is_space(room[start]))
		start++;
	while (end > start && text_is_space(room[end - 1]))
		end--;
	if (start == end)
		return err_set(e, ERR_CONFIG,
		    "secret file %s: nothing in its first line: put the "
		    "secret there",
		    path);
	if (end - start > SECRET_MAX)
		return err_set(e, ERR_CONFIG,
		    "secret file %s: its first line is over %d bytes: put "
		    "the secret alone there",
		    path, SECRET_MAX);
	for (size_t i = start; i < end; i++)
		if (room[i] < ' ' || room[i] > '~')
			return err_set(e, ERR_CONFIG,
			    "secret file %s: its first line is not printable "
			    "ASCII: put the secret alone there",
			    path);
	memmove(room, room + start, end - start);
	secret_wipe(room + (end - start), ROOM - (end - start));
	return 0;
}

int
secret_read(char **out, const char *path, struct err *e)
{
	char file[PATH_MAX];
	bool guarded = locate(file, path);
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* no FIFO */
	char *room = NULL;
	size_t len;
	int rc = -1;

	if (fd < 0)
		return err_set(
		    e, ERR_CONFIG, "secret file %s: %s", file, strerror(errno));
	if (check_file(fd, file, guarded, e) || allocate(&room, e) ||
	    read_all(fd, file, room, &len, e) || take_line(room, len, file, e))
		goto out;
	*out = room;
	room = NULL;
	rc = 0;
out:
	close(fd);
	secret_free(room);
	return rc;
}
