/* What a mapping may say and hardly means. */
#ifndef MAPPING_LINT_H
#define MAPPING_LINT_H

struct mapping_file;

typedef void mapping_lint_fn(void *arg, const char *msg);

/*
 * Call fn with one line for each threatId that is not of ATT&CK's shape, and
 * for each rule that no alert can meet: it repeats an earlier one, or a
 * shorter prefix is met first.  Texts of the file are in it as they are.
 */
void mapping_lint(const struct mapping_file *f, mapping_lint_fn *fn, void *arg);

#endif
