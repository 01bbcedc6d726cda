#include "disk.h"
#include "config.h"
#include "err.h"
#include "mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

int
disk_get(struct disk *d, const struct config_tenant *t, struct err *e)
{
	char *database = xasprintf("%s/staging.db", t->dir);
	char *wal = xasprintf("%s/staging.db-wal", t->dir);
	struct statvfs fs;
	struct stat st;
	int rc = -1;

	*d = (struct disk){ 0 };
	if (stat(database, &st) || statvfs(t->dir, &fs)) {
		err_set(e, ERR_IO, "%s: %s", database, strerror(errno));
		goto out;
	}
	d->database_bytes = st.st_size;
	d->free_bytes = (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
	if (stat(wal, &st) == 0)
		d->wal_bytes = st.st_size;
	rc = 0;
out:
	free(database);
	free(wal);
	return rc;
}
