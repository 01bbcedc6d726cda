/* replay FILE...: a target without a fuzzer. */
#include "buf.h"
#include "fuzz.h"

#include <string.h>

static int
replay(const char *path)
{
	struct buf b = { 0 };
	FILE *f = fopen(path, "rb");
	unsigned char *exact;
	size_t n;

	if (!f) {
		perror(path);
		return 1;
	}
	do {
		buf_reserve(&b, BUFSIZ);
		n = fread(b.data + b.len, 1, BUFSIZ, f);
		b.len += n;
	} while (n > 0);
	fclose(f);
	/* Sanitizers see one byte too many only at the end of memory. */
	exact = malloc(b.len ? b.len : 1);
	FUZZ_CHECK(exact);
	memcpy(exact, b.data, b.len);
	LLVMFuzzerTestOneInput(exact, b.len);
	free(exact);
	buf_free(&b);
	return 0;
}

int
main(int argc, char **argv)
{
	int rc = 0;

	for (int i = 1; i < argc; i++)
		rc |= replay(argv[i]);
	return rc;
}
