/* What a tenant is configured to do, as JSON. */
#ifndef SETTINGS_H
#define SETTINGS_H

struct buf;
struct config_tenant;

/*
 * Append one object, with the presets where nothing was said.  Nothing in a
 * configuration is secret; of what is, it holds the names of the files.
 */
void settings_put(struct buf *b, const struct config_tenant *t);

#endif
