#ifndef CSHAREDMEMORY_H
#define CSHAREDMEMORY_H

#include <stdint.h>

// Linux calls that Swift cannot import: they are hidden behind a feature macro, or have no C function.

/// A file that lives in memory alone and is gone with its last user, however that ends; -1 and errno on failure.
int csm_create(const char *name);

/// Sets a bit of `mask`, which has so many words, for every processor that this thread may run on; 0, or -1 and errno.
int csm_processors(uint64_t *mask, int words);

/// Sleeps until csm_wake is called for `word`, unless it no longer holds `expected`; no longer than `nanoseconds`.
/// The word may lie in memory that processes share.
void csm_wait(const uint32_t *word, uint32_t expected, int64_t nanoseconds);

/// Wakes every thread, of whatever process, that sleeps on `word`.
void csm_wake(const uint32_t *word);

#endif
