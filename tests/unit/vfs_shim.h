/*
 * A SQLite VFS that stands between SQLite and the real one, fails on order,
 * and can forget what was not synced: a machine whose power was cut.
 */
#ifndef VFS_SHIM_H
#define VFS_SHIM_H

#include <stdbool.h>

/* What is counted, and fails. */
enum vfs_shim_call {
	VFS_SHIM_READ,
	VFS_SHIM_WRITE, /* and truncate */
	VFS_SHIM_SYNC,
	VFS_SHIM_LOCK, /* of files and of shared memory */
	VFS_SHIM_CHANGE, /* any of write, truncate and sync */
	VFS_SHIM_CALLS
};

/* Become the VFS that databases are opened with. */
void vfs_shim_install(void);

/*
 * Begin to count, and let the nth call of the kind fail, or that and all that
 * follow.  nth 0: none fails.
 */
void vfs_shim_fail(enum vfs_shim_call call, long nth, bool for_good);

/* How many calls of the kind there were since then. */
long vfs_shim_count(enum vfs_shim_call call);

/*
 * Cut the power, when all databases are closed: each file is again what it
 * was when it was last synced, and the writes since then that luck spared
 * are applied.  luck 0 spares none.
 */
void vfs_shim_crash(unsigned luck);

/*
 * The folder is synced: a file that was deleted stays so.  A new one is there
 * from its first sync on, with which SQLite syncs the folder.
 */
void vfs_shim_sync_folder(void);

/* Forget all files that were ever opened. */
void vfs_shim_forget(void);

#endif
