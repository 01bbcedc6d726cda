#include "vfs_shim.h"

#include <assert.h>
#include <sqlite3.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILES_MAX = 16, PATH_SIZE = 512 };

/* A change that was not synced yet. */
struct change {
	sqlite3_int64 offset; /* or the size, of a truncation */
	int size; /* -1: a truncation */
	unsigned char *data;
};

/* A file by its name, whether or not it is open. */
struct disk {
	char path[PATH_SIZE];
	bool exists; /* on the disk, if the power was cut now */
	bool deleted; /* but the folder was not synced since */
	unsigned char *data; /* what it held there */
	sqlite3_int64 size;
	struct change *changes;
	size_t changes_count;
};

struct shim_file {
	sqlite3_file base;
	struct disk *disk;
	sqlite3_file *real; /* behind this struct */
};

static sqlite3_vfs shim;
static sqlite3_vfs *real_vfs;
static struct disk disks[FILES_MAX];
static size_t disks_count;

static struct {
	enum vfs_shim_call call;
	long nth;
	bool for_good;
	long counts[VFS_SHIM_CALLS];
} order;

static void *
must(void *p)
{
	if (!p)
		abort();
	return p;
}

static sqlite3_file *
real_of(sqlite3_file *f)
{
	return ((struct shim_file *)f)->real;
}

static struct disk *
disk_of(sqlite3_file *f)
{
	return ((struct shim_file *)f)->disk;
}

static bool
fails(enum vfs_shim_call call)
{
	long n = ++order.counts[call];

	return order.nth && call == order.call &&
	    (n == order.nth || (order.for_good && n > order.nth));
}

static bool
change_fails(enum vfs_shim_call call)
{
	bool one = fails(call);
	bool any = fails(VFS_SHIM_CHANGE);

	return one || any;
}

static void
drop_changes(struct disk *d)
{
	for (size_t i = 0; i < d->changes_count; i++)
		free(d->changes[i].data);
	free(d->changes);
	d->changes = NULL;
	d->changes_count = 0;
}

static void
note(struct disk *d, sqlite3_int64 offset, const void *data, int size)
{
	struct change *c;

	if (!d)
		return;
	d->changes = must(
	    realloc(d->changes, (d->changes_count + 1) * sizeof *d->changes));
	c = &d->changes[d->changes_count++];
	*c = (struct change){ .offset = offset, .size = size };
	if (size < 0)
		return;
	c->data = must(malloc((size_t)size + 1));
	memcpy(c->data, data, (size_t)size);
}

static void
resize(struct disk *d, sqlite3_int64 size)
{
	unsigned char *data = must(calloc(1, (size_t)size + 1));

	if (d->size)
		memcpy(
		    data, d->data, (size_t)(size < d->size ? size : d->size));
	free(d->data);
	d->data = data;
	d->size = size;
}

static void
apply(struct disk *d, const struct change *c)
{
	if (c->size < 0) {
		resize(d, c->offset);
		return;
	}
	if (c->offset + c->size > d->size)
		resize(d, c->offset + c->size);
	memcpy(d->data + c->offset, c->data, (size_t)c->size);
}

static void
make_durable(struct disk *d)
{
	if (!d)
		return;
	d->exists = true;
	d->deleted = false;
	for (size_t i = 0; i < d->changes_count; i++)
		apply(d, &d->changes[i]);
	drop_changes(d);
}

static void
load(struct disk *d)
{
	FILE *f = fopen(d->path, "rb");
	long size;

	if (!f)
		return;
	d->exists = true;
	fseek(f, 0, SEEK_END);
	size = ftell(f);
	rewind(f);
	resize(d, size);
	if (fread(d->data, 1, (size_t)size, f) != (size_t)size)
		abort();
	fclose(f);
}

static struct disk *
find_disk(const char *path)
{
	struct disk *d;

	for (size_t i = 0; i < disks_count; i++)
		if (strcmp(disks[i].path, path) == 0)
			return &disks[i];
	assert(disks_count < FILES_MAX && strlen(path) < PATH_SIZE);
	d = &disks[disks_count++];
	*d = (struct disk){ 0 };
	memcpy(d->path, path, strlen(path) + 1);
	load(d);
	return d;
}

static int
shim_close(sqlite3_file *f)
{
	return real_of(f)->pMethods->xClose(real_of(f));
}

static int
shim_read(sqlite3_file *f, void *data, int size, sqlite3_int64 offset)
{
	if (fails(VFS_SHIM_READ))
		return SQLITE_IOERR_READ;
	return real_of(f)->pMethods->xRead(real_of(f), data, size, offset);
}

static int
shim_write(sqlite3_file *f, const void *data, int size, sqlite3_int64 offset)
{
	int rc;

	if (change_fails(VFS_SHIM_WRITE))
		return SQLITE_FULL;
	rc = real_of(f)->pMethods->xWrite(real_of(f), data, size, offset);
	if (rc == SQLITE_OK)
		note(disk_of(f), offset, data, size);
	return rc;
}

static int
shim_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	int rc;

	if (change_fails(VFS_SHIM_WRITE))
		return SQLITE_IOERR_TRUNCATE;
	rc = real_of(f)->pMethods->xTruncate(real_of(f), size);
	if (rc == SQLITE_OK)
		note(disk_of(f), size, NULL, -1);
	return rc;
}

static int
shim_sync(sqlite3_file *f, int flags)
{
	int rc;

	if (change_fails(VFS_SHIM_SYNC))
		return SQLITE_IOERR_FSYNC;
	rc = real_of(f)->pMethods->xSync(real_of(f), flags);
	if (rc == SQLITE_OK)
		make_durable(disk_of(f));
	return rc;
}

static int
shim_file_size(sqlite3_file *f, sqlite3_int64 *size)
{
	return real_of(f)->pMethods->xFileSize(real_of(f), size);
}

static int
shim_lock(sqlite3_file *f, int level)
{
	if (fails(VFS_SHIM_LOCK))
		return SQLITE_IOERR_LOCK;
	return real_of(f)->pMethods->xLock(real_of(f), level);
}

static int
shim_unlock(sqlite3_file *f, int level)
{
	return real_of(f)->pMethods->xUnlock(real_of(f), level);
}

static int
shim_check_reserved(sqlite3_file *f, int *out)
{
	return real_of(f)->pMethods->xCheckReservedLock(real_of(f), out);
}

static int
shim_control(sqlite3_file *f, int op, void *arg)
{
	return real_of(f)->pMethods->xFileControl(real_of(f), op, arg);
}

static int
shim_sector_size(sqlite3_file *f)
{
	return real_of(f)->pMethods->xSectorSize(real_of(f));
}

static int
shim_characteristics(sqlite3_file *f)
{
	return real_of(f)->pMethods->xDeviceCharacteristics(real_of(f));
}

static int
shim_shm_map(
    sqlite3_file *f, int region, int size, int extend, void volatile **out)
{
	return real_of(f)->pMethods->xShmMap(
	    real_of(f), region, size, extend, out);
}

static int
shim_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
	if (flags & SQLITE_SHM_LOCK && fails(VFS_SHIM_LOCK))
		return SQLITE_IOERR_SHMLOCK;
	return real_of(f)->pMethods->xShmLock(real_of(f), offset, n, flags);
}

static void
shim_shm_barrier(sqlite3_file *f)
{
	real_of(f)->pMethods->xShmBarrier(real_of(f));
}

static int
shim_shm_unmap(sqlite3_file *f, int delete_it)
{
	return real_of(f)->pMethods->xShmUnmap(real_of(f), delete_it);
}

static const sqlite3_io_methods methods = {
	.iVersion = 2,
	.xClose = shim_close,
	.xRead = shim_read,
	.xWrite = shim_write,
	.xTruncate = shim_truncate,
	.xSync = shim_sync,
	.xFileSize = shim_file_size,
	.xLock = shim_lock,
	.xUnlock = shim_unlock,
	.xCheckReservedLock = shim_check_reserved,
	.xFileControl = shim_control,
	.xSectorSize = shim_sector_size,
	.xDeviceCharacteristics = shim_characteristics,
	.xShmMap = shim_shm_map,
	.xShmLock = shim_shm_lock,
	.xShmBarrier = shim_shm_barrier,
	.xShmUnmap = shim_shm_unmap,
};

static int
shim_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *f, int flags,
    int *out_flags)
{
	struct shim_file *s = (struct shim_file *)f;
	int rc;

	(void)vfs;
	s->real = (sqlite3_file *)(s + 1);
	s->disk = path ? find_disk(path) : NULL;
	rc = real_vfs->xOpen(real_vfs, path, s->real, flags, out_flags);
	s->base.pMethods = s->real->pMethods ? &methods : NULL;
	return rc;
}

static void
forget_disk(struct disk *d)
{
	drop_changes(d);
	free(d->data);
	d->data = NULL;
	d->size = 0;
	d->exists = false;
	d->deleted = false;
}

static int
shim_delete(sqlite3_vfs *vfs, const char *path, int sync_folder)
{
	int rc = real_vfs->xDelete(real_vfs, path, sync_folder);

	(void)vfs;
	if (rc == SQLITE_OK)
		find_disk(path)->deleted = true;
	if (rc == SQLITE_OK && sync_folder)
		vfs_shim_sync_folder();
	return rc;
}

void
vfs_shim_sync_folder(void)
{
	for (size_t i = 0; i < disks_count; i++)
		if (disks[i].deleted)
			forget_disk(&disks[i]);
}

void
vfs_shim_install(void)
{
	if (real_vfs)
		return;
	real_vfs = sqlite3_vfs_find(NULL);
	shim = *real_vfs;
	shim.zName = "shim";
	shim.szOsFile += (int)sizeof(struct shim_file);
	shim.xOpen = shim_open;
	shim.xDelete = shim_delete;
	if (sqlite3_vfs_register(&shim, 1) != SQLITE_OK)
		abort();
}

void
vfs_shim_fail(enum vfs_shim_call call, long nth, bool for_good)
{
	memset(&order, 0, sizeof order);
	order.call = call;
	order.nth = nth;
	order.for_good = for_good;
}

long
vfs_shim_count(enum vfs_shim_call call)
{
	return order.counts[call];
}

static void
store(const struct disk *d)
{
	FILE *f;

	if (!d->exists) {
		unlink(d->path);
		return;
	}
	f = must(fopen(d->path, "wb"));
	if (fwrite(d->data, 1, (size_t)d->size, f) != (size_t)d->size)
		abort();
	fclose(f);
}

/* A well-known generator of pseudo-random numbers: luck must be the same. */
static bool
is_spared(unsigned *luck)
{
	if (*luck == 0)
		return false;
	*luck = *luck * 1103515245u + 12345u;
	return *luck >> 16 & 1;
}

void
vfs_shim_crash(unsigned luck)
{
	for (size_t i = 0; i < disks_count; i++) {
		struct disk *d = &disks[i];

		for (size_t k = 0; k < d->changes_count; k++)
			if (is_spared(&luck)) {
				apply(d, &d->changes[k]);
				d->exists = true;
			}
		drop_changes(d);
		store(d);
	}
}

void
vfs_shim_forget(void)
{
	for (size_t i = 0; i < disks_count; i++)
		forget_disk(&disks[i]);
	disks_count = 0;
}
