/* Secrets: from files or systemd credentials into memory, nowhere else. */
#ifndef SECRET_H
#define SECRET_H

#include <stddef.h>

struct err;

/*
 * Read a secret: the first line of the file, white space around it trimmed,
 * 1 to 4096 printable bytes.  A path without a slash is looked for in
 * $CREDENTIALS_DIRECTORY first, where there is one.  Links are followed, as
 * systemd and Kubernetes use them.  *out is owned by the caller, kept out of
 * core dumps, and wiped by secret_free.
 *
 * Errors: ERR_CONFIG if the file is missing, empty, too long, no regular
 * file, or if group or others may read it (outside $CREDENTIALS_DIRECTORY);
 * the message names the file, never its content.  ERR_IO if there is no
 * memory for it.
 */
int secret_read(char **out, const char *path, struct err *e);
void secret_free(char *secret);

/* Wipe n bytes so that no compiler leaves it out. */
void secret_wipe(void *p, size_t n);

#endif
