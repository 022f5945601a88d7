#define _GNU_SOURCE
#include "csharedmemory.h"

#include <limits.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int csm_create(const char *name) { return memfd_create(name, MFD_CLOEXEC); }

int csm_processors(uint64_t *mask, int words) {
  size_t bytes = (size_t)words * sizeof *mask;
  memset(mask, 0, bytes);
  // The C function knows 1,024 processors at most where its own type of mask is used.
  return syscall(SYS_sched_getaffinity, 0, bytes, mask) < 0 ? -1 : 0;
}

void csm_wait(const uint32_t *word, uint32_t expected, int64_t nanoseconds) {
  struct timespec limit = {nanoseconds / 1000000000, nanoseconds % 1000000000};
  syscall(SYS_futex, word, FUTEX_WAIT, expected, &limit, NULL, 0);
}

void csm_wake(const uint32_t *word) { syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0); }
