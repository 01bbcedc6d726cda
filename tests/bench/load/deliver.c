/*
 * deliver CONFIG: what m2s-load does for its first tenant, without archives.
 * Its last lines are "cpu_s N" and "wall_s N".
 */
#define _DEFAULT_SOURCE
#include "clock.h"
#include "config.h"
#include "err.h"
#include "load.h"
#include "staging.h"
#include "summary.h"

#include <stdio.h>
#include <sys/resource.h>

static double
cpu_s(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	    (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

int
main(int argc, char **argv)
{
	const struct load_options none = { 0 };
	struct summary *sum = summary_new("deliver", "bench");
	struct staging st = { .lock_fd = -1 };
	struct config *c = NULL;
	struct err e = { 0 };
	double cpu = cpu_s();
	int64_t begun = clock_monotonic_ms();

	if (argc != 2 || config_open(&c, argv[1], &e) ||
	    staging_open(&st, &c->tenants[0], "load", 0, &e) ||
	    load_run(st.db, st.run_id, &c->tenants[0], &none, sum, &e))
		fprintf(stderr, "deliver: %s\n", e.msg);
	staging_close(&st, (int)e.kind, &e);
	cpu = cpu_s() - cpu;
	summary_print(sum, &e, false);
	printf("cpu_s %.6f\nwall_s %.3f\n", cpu,
	    (double)(clock_monotonic_ms() - begun) / 1000);
	summary_free(sum);
	config_free(c);
	return (int)e.kind;
}
