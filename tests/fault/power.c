#define _GNU_SOURCE
#include "power.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define SHUTDOWN _IOR('X', 125, uint32_t)

enum { NO_LOG_FLUSH = 2 };

int
power_cut(const char *dir)
{
	uint32_t flags = NO_LOG_FLUSH;
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc, why;

	if (fd < 0)
		return -1;
	rc = ioctl(fd, SHUTDOWN, &flags);
	why = errno;
	close(fd);
	errno = why;
	return rc < 0 ? -1 : 0;
}
