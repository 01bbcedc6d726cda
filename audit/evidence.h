/*
 * The evidence: an archive (pack.h) for those who ask long after, or who have
 * no access to the database.  Its members, in this order:
 *
 *   evidence.json         what it is: tenant, time, program, chain head
 *   report.html           the report (report.h)
 *   config.json           the configuration; of secrets, where they are
 *   invariants.csv        each promise, and how often it is broken
 *   verify.txt            what m2s-audit verify says of the archives
 *   mappings/1.json ...   the tables that named threats
 *   views/NAME.1.csv ...  the views, of that source time where they have one
 *   SHA256SUMS            of all others, as sha256sum writes and checks it
 */
#ifndef EVIDENCE_H
#define EVIDENCE_H

struct audit;
struct err;

/*
 * Is the file a->subject such an archive, whole, and of this tenant: has the
 * chain of its archives had the value that the file names?
 *
 * Errors: ERR_NO if not; ERR_IO; as db_open.
 */
int evidence_verify(struct audit *a, struct err *e);

#endif
