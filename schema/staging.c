#define _GNU_SOURCE /* F_OFD_SETLK */
#include "staging.h"
#include "cli.h"
#include "clock.h"
#include "config.h"
#include "db.h"
#include "err.h"
#include "log.h"
#include "mem.h"
#include "migrate.h"
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { WAL_WARN_BYTES = 64 << 20 };

static int
make_folder(const char *path, struct err *e)
{
	if (mkdir(path, 0700) && errno != EEXIST)
		return err_set(e, ERR_IO,
		    "%s: %s: make it, or correct state_dir", path,
		    strerror(errno));
	return 0;
}

/* Other users must not be able to put their files in the place of ours. */
static int
check_folder(const char *path, struct err *e)
{
	struct stat st;

	if (stat(path, &st))
		return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return err_set(e, ERR_IO, "%s is no folder", path);
	if (st.st_uid != geteuid())
		return err_set(e, ERR_IO,
		    "%s belongs to user %ld: run as that user", path,
		    (long)st.st_uid);
	if (st.st_mode & 0022)
		return err_set(e, ERR_IO,
		    "%s may be written by others: chmod 700 %s", path, path);
	return 0;
}

static int
sync_folder(const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd < 0 || fsync(fd) ? -1 : 0;

	if (rc)
		err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return rc;
}

static int
try_lock(int fd)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fcntl(fd, F_OFD_SETLK, &whole);
}

static int
take_lock(int fd, int64_t wait_s, struct err *e)
{
	const struct timespec pause = { .tv_nsec = 100000000 };
	int64_t until = clock_monotonic_ms() + wait_s * 1000;

	while (try_lock(fd)) {
		if (errno != EAGAIN && errno != EACCES)
			return err_set(e, ERR_IO, "lock: %s", strerror(errno));
		if (cli_stopping())
			return err_set(e, ERR_RETRY,
			    "ended by a signal while another run of this "
			    "tenant held the lock: run again");
		if (clock_monotonic_ms() >= until)
			return err_set(e, ERR_RETRY,
			    "another run of this tenant holds the lock: let it "
			    "end, or wait for it with --wait SECONDS");
		nanosleep(&pause, NULL);
	}
	return 0;
}

static int
open_lock(const char *dir, struct err *e)
{
	char *path = xasprintf("%s/lock", dir);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	free(path);
	return fd;
}

static char *
database_path(const struct config_tenant *t)
{
	return xasprintf("%s/staging.db", t->dir);
}

static int
open_database(struct staging *s, const struct config_tenant *t,
    const char *stage, struct err *e)
{
	char *path = database_path(t);
	int rc = -1;

	if (db_open(&s->db, path, DB_CREATE, e) || sync_folder(t->dir, e) ||
	    migrate(s->db, path, e) || run_put(s->db, stage, &s->run_id, e))
		goto out;
	rc = 0;
out:
	free(path);
	return rc;
}

int
staging_open(struct staging *s, const struct config_tenant *t,
    const char *stage, int64_t wait_s, struct err *e)
{
	*s = (struct staging){ .lock_fd = -1 };
	if (make_folder(t->dir, e) || check_folder(t->dir, e))
		return -1;
	s->lock_fd = open_lock(t->dir, e);
	if (s->lock_fd < 0 || take_lock(s->lock_fd, wait_s, e))
		return -1;
	return open_database(s, t, stage, e);
}

bool
staging_exists(const struct config_tenant *t)
{
	char *path = database_path(t);
	bool exists = access(path, F_OK) == 0;

	free(path);
	return exists;
}

bool
staging_is_locked(const struct config_tenant *t)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char *path = xasprintf("%s/lock", t->dir);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool locked = fd >= 0 && fcntl(fd, F_OFD_GETLK, &whole) == 0 &&
	    whole.l_type != F_UNLCK;

	if (fd >= 0)
		close(fd);
	free(path);
	return locked;
}

int
staging_open_read(
    struct staging *s, const struct config_tenant *t, struct err *e)
{
	char *path = database_path(t);
	int rc = -1;

	*s = (struct staging){ .lock_fd = -1 };
	if (!staging_exists(t)) {
		err_set(e, ERR_IO,
		    "%s: there is no staging database yet: run m2s-extract",
		    path);
		goto out;
	}
	if (db_open(&s->db, path, DB_READ, e) || migrate_check(s->db, e))
		goto out;
	rc = 0;
out:
	free(path);
	return rc;
}

static int
tidy(struct db *db, struct err *e)
{
	int64_t wal_bytes;

	if (db_checkpoint(db, &wal_bytes, e))
		return -1;
	if (wal_bytes > WAL_WARN_BYTES)
		log_warn("readers keep %lld MiB in the WAL of staging.db: end "
			 "the longest of them (lsof names who has it open)",
		    (long long)(wal_bytes >> 20));
	return 0;
}

int
staging_close(struct staging *s, int status, struct err *e)
{
	int rc = 0;

	if (s->db && s->run_id)
		rc = run_end(s->db, s->run_id, status, e) || tidy(s->db, e) ? -1
									    : 0;
	db_close(s->db);
	if (s->lock_fd > 0)
		close(s->lock_fd);
	*s = (struct staging){ .lock_fd = -1 };
	return rc;
}
