/* Archives as files: where they are, how they are written and found. */
#ifndef ARCHIVE_FILE_H
#define ARCHIVE_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "archive.h"

struct archive_reader;
struct digest;
struct err;
struct pack_writer;

/* "archive" below a tenant's folder.  Owned by the caller. */
char *archive_file_folder(const char *tenant_dir);

/*
 * "2026/03/01/000003-evidence.tar.zst": the name below that folder.  Owned by
 * the caller.
 */
char *archive_file_name(int64_t created_at, int64_t no, enum archive_kind kind);

/* The number in such a name, with or without folders before it; 0: none. */
int64_t archive_file_number(const char *name);

/*
 * Open a file for reading; *fd is the caller's to close.
 * Errors: ERR_DATA if it is no regular file; ERR_IO.
 */
int archive_file_open(int *fd, const char *path, struct err *e);

/* The digest and size of the whole file.  Errors: ERR_IO. */
int archive_file_digest(int fd, struct digest *d,
    unsigned char out[DIGEST_SIZE], int64_t *bytes, struct err *e);

/*
 * Read a whole archive and check it against itself.  Fills in *a, but for the
 * file's name, and *m, given back with manifest_free, also after an error.
 *
 * Errors: as archive_reader_open.
 */
int archive_file_check(int fd, struct digest *d, struct archive *a,
    struct manifest *m, struct err *e);

/*
 * Write a file of that name below the folder: put adds the members, level is
 * of zstd.  Under a temporary name first, synced, then named, then
 * archive_file_sync_name.  A file that has the name already stays as it is.
 *
 * Errors: ERR_IO; those of put.
 */
typedef int archive_file_fn(struct pack_writer *w, void *arg, struct err *e);

int archive_file_write(const char *folder, const char *name, int level,
    archive_file_fn *put, void *arg, struct err *e);

/* Make its bytes durable.  Errors: ERR_IO. */
int archive_file_sync(int fd, struct err *e);

/*
 * Make the name of a file below the folder durable: each folder on the way to
 * it, whoever made them.
 *
 * Errors: ERR_IO.
 */
int archive_file_sync_name(const char *folder, const char *name, struct err *e);

/*
 * Take a file out of the way: it becomes .damaged-NAME in its folder.  With a
 * number behind that, if need be.  *to: its path, owned by the caller.
 *
 * Errors: ERR_IO.
 */
int archive_file_set_aside(const char *path, char **to, struct err *e);

/*
 * Call fn for every file below a path, or for the path itself if it is none
 * but a file, in the order of names; hidden ones are left out, links are not
 * followed.  relative: the path below it; it dies with the call.  A folder
 * that is not there has no files.  fn: 0 goes on, anything else ends the walk
 * and is returned.
 *
 * Errors: ERR_IO.
 */
typedef int archive_file_visit(
    const char *path, const char *relative, void *arg, struct err *e);

int archive_file_each(
    const char *root, archive_file_visit *fn, void *arg, struct err *e);

#endif
