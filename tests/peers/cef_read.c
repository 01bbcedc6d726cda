/*
 * cef-read [FILE]: the CEF events of a file, one a line, as JSON objects: the
 * keys of the extension and, under "header" and "syslog", the rest.  Ends
 * with 1 at a line that is none.
 */
#include "cef_reader.h"

#include <jansson.h>

static json_t *
json_of(const struct cef_event *v)
{
	json_t *event = json_object();
	json_t *header = json_array();

	for (size_t i = 0; i < CEF_HEADER; i++)
		json_array_append_new(header, json_string(v->header[i]));
	json_object_set_new(event, "syslog", json_string(v->syslog));
	json_object_set_new(event, "header", header);
	for (size_t i = 0; i < v->count; i++)
		if (json_object_get(event, v->key[i]) ||
		    json_object_set_new(
			event, v->key[i], json_string(v->value[i])))
			exit(1);
	return event;
}

int
main(int argc, char **argv)
{
	FILE *in = argc > 1 ? fopen(argv[1], "r") : stdin;
	struct cef_event event;
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	json_t *json;

	if (!in) {
		perror(argv[1]);
		return 74;
	}
	for (long number = 1; (n = getline(&line, &cap, in)) > 0; number++) {
		if (line[n - 1] == '\n')
			n--;
		if (!cef_parse(&event, line, (size_t)n)) {
			fprintf(stderr, "line %ld is no CEF\n", number);
			return 1;
		}
		json = json_of(&event);
		json_dumpf(json, stdout, JSON_COMPACT);
		putchar('\n');
		json_decref(json);
		cef_free(&event);
	}
	free(line);
	fclose(in);
	return 0;
}
