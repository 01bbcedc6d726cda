/*
 * What the schema of the configuration cannot say of a tenant: the values of
 * keys that are left out, ranges, and which keys go together.
 */
#ifndef CONFIG_RULES_H
#define CONFIG_RULES_H

struct config_tenant;
struct err;
struct outline;
struct pool;

struct config_rules {
	struct pool *pool; /* of all that is made here */
	const char *folder; /* of the file, absolute */
	const char *state_dir;
};

/*
 * Complete a tenant that holds what its place in the file gives, and check
 * it.  Every path becomes absolute.
 *
 * Errors: ERR_CONFIG, as outline_err.
 */
int config_rules_apply(const struct config_rules *r, struct config_tenant *t,
    const struct outline *place, struct err *e);

#endif
