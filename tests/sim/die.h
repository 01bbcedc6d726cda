/* How a simulator gives up: one line on standard error, and a status. */
#ifndef SIM_DIE_H
#define SIM_DIE_H

enum die_status {
	DIE_USAGE = 64, /* the command line or a fault script is wrong */
	DIE_DATA = 65, /* a record file is not JSON */
	DIE_BUG = 70, /* the simulator contradicts itself */
	DIE_IO = 74 /* memory, a file, a socket */
};

void die(enum die_status status, const char *fmt, ...)
    __attribute__((noreturn, format(printf, 2, 3)));

#endif
