/* The HTTP server under both simulators: libmicrohttpd on 127.0.0.1. */
#ifndef SIM_SERVER_H
#define SIM_SERVER_H

#include <stddef.h>
#include <stdint.h>

struct MHD_Connection;
struct answer;
struct buf;
struct fault;

enum { REQUEST_ID_SIZE = 37 };

/* All borrowed, for the time of the call. */
struct request {
	struct MHD_Connection *connection;
	const char *method;
	const char *path; /* decoded, without the query */
	const char *body; /* never NULL; a NUL follows */
	size_t size;
	const char *scheme; /* http or https */
	int64_t now; /* the simulated clock */
	const struct fault *fault; /* that this request meets, or NULL */
	char id[REQUEST_ID_SIZE]; /* of the answer's x-request-id */
};

struct server_options {
	const char *cert_file, *key_file; /* PEM; both NULL: plain http */
	const char *ledger_file; /* or NULL */
	const char *faults_file; /* or NULL */
	int64_t port; /* 0: the kernel's choice */
	int64_t clock; /* -1: the real one */
	void (*handle)(void *cls, const struct request *q, struct answer *a);
	void *cls;
};

/* The value of a header, or NULL. */
const char *request_header(const struct request *q, const char *name);

/* Whether its Content-Type is the one named, parameters aside. */
int request_has_type(const struct request *q, const char *type);

/* Appends scheme://host:port as the client named it. */
void request_base(const struct request *q, struct buf *out);

/*
 * Serves until standard input ends: prints "port N", then obeys the lines
 * "clock SECONDS" and "faults FILE", answering each with "ok" or with
 * "error ...".  handle is called for one request at a time.  Its ledger
 * lines are written before the answer is queued; a fault that is met adds a
 * line "fault, action, path, request id".  Dies if it cannot start.
 */
void server_run(const struct server_options *o);

#endif
