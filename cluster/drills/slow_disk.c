// For cluster/drills/disk: a disk that takes SLOW_DISK_RATE bytes of shards a second. Loaded with LD_PRELOAD.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

ssize_t write(int descriptor, const void *bytes, size_t count) {
  static ssize_t (*next)(int, const void *, size_t);
  if (!next) next = (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, path, sizeof path - 1);
  const char *rate = getenv("SLOW_DISK_RATE");
  if (length > 0 && rate) {
    path[length] = 0;
    if (strstr(path, "/shard-")) usleep((useconds_t)(1e6 * (double)count / atof(rate)));
  }
  return next(descriptor, bytes, count);
}
