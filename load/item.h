/* What is sent of one alert. */
#ifndef ITEM_H
#define ITEM_H

#include <stdbool.h>
#include <stdint.h>

struct buf;

enum { ITEM_ID_SIZE = 16 };

/*
 * An alert with the mapping it is sent under.  All is borrowed; texts are
 * UTF-8, and NULL where the alert has none.
 */
struct item {
	int64_t alert_no;
	int64_t mapping_id;
	const unsigned char *id; /* ITEM_ID_SIZE bytes */
	const unsigned char *revision_of; /* likewise, or NULL */
	int64_t occurred_at;
	int64_t severity;
	const char *tenant;
	const char *log;
	const char *alert_type;
	const char *type_rule;
	const char *threat_id;
	const char *threat_name;
	const char *threat_rule;
	const char *mapping; /* its version */
	const char *sender;
	const char *recipient;
	const char *subject;
	const char *message_id;
	const char *url;
	const char *file_name;
	const char *file_type;
	const char *file_hash;
	const char *source_ip;
	const char *verdict;
	const char *action;
	bool in_doubt; /* the sink may have it: halves of its batch are lost */
};

/*
 * Append it as one JSON object without a line break in it.  The names and
 * their order are those of the manual, m2s-load(1); what is NULL is left out.
 */
void item_put_json(struct buf *out, const struct item *i);

#endif
