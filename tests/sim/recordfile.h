/*
 * Files of JSON values, one after another: records, or whole responses (an
 * object with meta and data).  Strings may hold what jansson would refuse.
 */
#ifndef SIM_RECORDFILE_H
#define SIM_RECORDFILE_H

#include <stdint.h>

struct buf;
struct event_set;

/*
 * Reads the file into text, which the added events point into and which must
 * outlive them, and numbers the records from *number on.  A value that says
 * neither its log nor its time takes them from the one before it, else from
 * the next one.  Dies with DIE_DATA if the file is not JSON.
 */
void recordfile_load(
    struct event_set *s, const char *path, struct buf *text, uint32_t *number);

#endif
