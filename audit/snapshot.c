#define _DEFAULT_SOURCE /* fchown, fchmod */
#include "audit.h"
#include "config.h"
#include "db.h"
#include "embed.h"
#include "err.h"
#include "log.h"
#include "mem.h"
#include "output.h"
#include "summary.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char readers[] = "m2s-audit";

/*
 * Outside the tenant's folder, which is its owner's alone.  No tenant has a
 * "." in its name, so none has this folder.
 */
static char *
path_of(const struct audit *a)
{
	if (a->file)
		return output_path(a, a->file);
	return xasprintf("%s.snapshot.db", a->tenant->dir);
}

static int
let_read(const struct output *o, struct err *e)
{
	const struct group *group = getgrnam(readers);

	if (!group) {
		log_note("there is no group %s: only the owner may read %s",
		    readers, o->path);
		return 0;
	}
	if (fchown(o->fd, (uid_t)-1, group->gr_gid))
		return err_set(e, ERR_IO,
		    "%s: it cannot be given to group %s: %s: make this user "
		    "one of the group",
		    o->path, readers, strerror(errno));
	if (fchmod(o->fd, 0640))
		return err_set(e, ERR_IO, "%s: %s", o->path, strerror(errno));
	return 0;
}

static int
make(struct audit *a, const char *path, struct err *e)
{
	struct output o = { .fd = -1 };
	struct stat st;
	int rc = -1;

	if (output_open(&o, path, e) ||
	    db_copy(a->db, o.draft, embed_snapshot[0].text, e) ||
	    let_read(&o, e))
		goto out;
	if (fstat(o.fd, &st)) {
		err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
		goto out;
	}
	if (output_commit(&o, e))
		goto out;
	summary_text(a->summary, "snapshot", path);
	summary_int(a->summary, "bytes", st.st_size);
	rc = 0;
out:
	output_free(&o);
	return rc;
}

int
snapshot_run(struct audit *a, struct err *e)
{
	char *path = path_of(a);
	int rc = 0;

	if (a->dry_run)
		summary_text(a->summary, "would_write", path);
	else
		rc = make(a, path, e);
	free(path);
	return rc;
}
