#include "sink_type.h"
#include "config.h"

const struct sink_type *
sink_type_of(const struct config_sink *c)
{
	switch (c->type) {
	case CONFIG_FILE:
		return &sink_file;
	case CONFIG_HTTPS:
		return &sink_https;
	case CONFIG_SYSLOG:
		break;
	}
	return &sink_syslog;
}
