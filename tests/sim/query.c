#include "query.h"

#include "die.h"
#include "moment.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
wrong(char message[QUERY_MESSAGE], const char *what, const char *how)
{
	snprintf(message, QUERY_MESSAGE, "%s: %s", what, how);
	return -1;
}

/* Whether all members of the object are named; the names end with NULL. */
static int
only(const json_t *object, const char *const *names, const char *where,
    char message[QUERY_MESSAGE])
{
	size_t known = 0;

	if (!json_is_object(object))
		return wrong(message, where, "not an object");
	for (; *names; names++)
		known += json_object_get(object, *names) != NULL;
	if (known != json_object_size(object))
		return wrong(message, where, "unknown member");
	return 0;
}

static int
parse_pagination(struct query *q, const json_t *p, int64_t page_max,
    char message[QUERY_MESSAGE])
{
	static const char *const names[] = { "pageSize", "pageToken", NULL };
	const json_t *size = json_object_get(p, "pageSize");
	const json_t *token = json_object_get(p, "pageToken");

	if (only(p, names, "meta.pagination", message))
		return -1;
	q->page_size = json_integer_value(size);
	if (!json_is_integer(size) || q->page_size < 1 ||
	    q->page_size > page_max)
		return wrong(message, "meta.pagination.pageSize",
		    "not an integer in range");
	if (!token)
		return 0;
	if (!json_is_string(token) || !*json_string_value(token))
		return wrong(
		    message, "meta.pagination.pageToken", "not a token");
	q->page_token = strdup(json_string_value(token));
	if (!q->page_token)
		die(DIE_IO, "out of memory");
	return 0;
}

static int
parse_meta(struct query *q, const json_t *meta, int64_t page_max,
    char message[QUERY_MESSAGE])
{
	static const char *const names[] = { "pagination", NULL };

	if (only(meta, names, "meta", message))
		return -1;
	return parse_pagination(
	    q, json_object_get(meta, "pagination"), page_max, message);
}

static int
want_all(const json_t *d, const char *name, char message[QUERY_MESSAGE])
{
	const char *value = json_string_value(json_object_get(d, name));

	if (!value || strcmp(value, "all") != 0)
		return wrong(message, name, "not \"all\"");
	return 0;
}

static int
parse_time(
    const json_t *d, const char *name, int64_t *t, char message[QUERY_MESSAGE])
{
	const char *text = json_string_value(json_object_get(d, name));

	if (!text || !moment_parse_request(text, t))
		return wrong(message, name, "not YYYY-MM-DDThh:mm:ss+0000");
	return 0;
}

static int
parse_data(struct query *q, const json_t *data, char message[QUERY_MESSAGE])
{
	static const char *const names[LOG_COUNT][6] = {
		{ "oldestFirst", "from", "to", "route", "scanResult", NULL },
		{ "oldestFirst", "from", "to", "route", "result", NULL },
		{ "oldestFirst", "from", "to", NULL },
	};
	const json_t *d = json_array_get(data, 0);

	if (json_array_size(data) != 1)
		return wrong(message, "data", "not an array of one");
	if (only(d, names[q->log], "data[0]", message))
		return -1;
	if (!json_is_true(json_object_get(d, "oldestFirst")))
		return wrong(message, "oldestFirst", "not true");
	if (parse_time(d, "from", &q->from, message) ||
	    parse_time(d, "to", &q->to, message))
		return -1;
	if (q->from > q->to)
		return wrong(message, "from", "after to");
	for (int i = 3; names[q->log][i]; i++) {
		if (want_all(d, names[q->log][i], message))
			return -1;
	}
	return 0;
}

int
query_parse(struct query *q, const char *body, size_t size, int64_t page_max,
    char message[QUERY_MESSAGE])
{
	static const char *const names[] = { "meta", "data", NULL };
	json_t *root = json_loadb(body, size, JSON_REJECT_DUPLICATES, NULL);
	int rc = -1;

	if (!root) {
		wrong(message, "body", "not JSON");
		goto out;
	}
	if (only(root, names, "body", message) ||
	    parse_meta(q, json_object_get(root, "meta"), page_max, message) ||
	    parse_data(q, json_object_get(root, "data"), message))
		goto out;
	rc = 0;
out:
	json_decref(root);
	return rc;
}

void
query_free(struct query *q)
{
	free(q->page_token);
	q->page_token = NULL;
}
