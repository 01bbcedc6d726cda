/*
 * Figures for Prometheus, as its node exporter's textfile collector reads
 * them.  Source: Prometheus, "Exposition formats", text-based format 0.0.4
 * (read 2026-11-24).
 */
#ifndef METRICS_H
#define METRICS_H

struct audit;
struct err;

/*
 * Write the file that a->metrics names (output_path), unless nothing is to be
 * written.  Others may read it.  All figures have the label tenant.
 *
 * Errors: ERR_IO; as db_open.
 */
int metrics_write(struct audit *a, struct err *e);

#endif
