/* What a tenant takes of the disk, and what is left. */
#ifndef DISK_H
#define DISK_H

#include <stdint.h>

struct config_tenant;
struct err;

struct disk {
	int64_t database_bytes;
	int64_t wal_bytes; /* 0 if there is none */
	int64_t free_bytes; /* for who is not root */
};

/* Errors: ERR_IO. */
int disk_get(struct disk *d, const struct config_tenant *t, struct err *e);

#endif
