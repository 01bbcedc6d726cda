/* Any bytes: scan must not crash, nor disagree with itself or with jansson. */
#include "differences.h"
#include "fuzz.h"

static void
texts(const char *text, size_t n)
{
	static struct scan s;
	struct scan_value v;
	struct buf as_is = { 0 }, clean = { 0 };

	scan_open(&s, text, n, 1);
	if (scan_value(&s, &v) && v.type == SCAN_STRING) {
		scan_is(&v, "date");
		scan_text(&v, SCAN_AS_IS, &as_is);
		scan_text(&v, SCAN_CLEAN, &clean);
		for (size_t i = 0, step; i < clean.len; i += step) {
			step = text_utf8(clean.data + i, clean.len - i);
			if (step == 0 || clean.data[i] == '\0')
				abort();
		}
		if (!(v.flags & SCAN_ANOMALY) &&
		    (clean.len != as_is.len ||
			(clean.len > 0 &&
			    memcmp(clean.data, as_is.data, clean.len) != 0)))
			abort();
	}
	buf_free(&as_is);
	buf_free(&clean);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	const char *text = (const char *)data;
	size_t met[DIFFERENCES] = { 0 };
	const char *what = disagreement(text, n, met);

	if (what) {
		fprintf(stderr, "they disagree: %s\n", what);
		abort();
	}
	texts(text, n);
	return 0;
}
