/*
 * A target for libFuzzer, one a file: any bytes, and whatever it says must
 * hold of them; else it aborts.  Linked with replay.c it is a program that
 * does the same with files.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

#define FUZZ_CHECK(ok)                                                         \
	do {                                                                   \
		if (!(ok)) {                                                   \
			fprintf(                                               \
			    stderr, "%s:%d: %s\n", __FILE__, __LINE__, #ok);   \
			abort();                                               \
		}                                                              \
	} while (0)

#endif
