/* Power cuts: a file system that forgets what was not synced to it. */
#ifndef POWER_H
#define POWER_H

/*
 * End the work of the ext4 or xfs that is mounted at a folder, at once and
 * for good: what is in memory of its files and its journal is lost, as if
 * the machine's power was cut.  When it is mounted again, the disk shows what
 * was there.  0, or -1 with errno.
 *
 * Source: Linux, fs/ext4/ext4.h EXT4_IOC_SHUTDOWN with
 * EXT4_GOING_FLAGS_NOLOGFLUSH, fs/xfs/libxfs/xfs_fs.h XFS_IOC_GOINGDOWN with
 * XFS_FSOP_GOING_FLAGS_NOLOGFLUSH, read 2026-11-24; their numbers are equal.
 */
int power_cut(const char *dir);

#endif
