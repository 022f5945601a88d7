#ifndef CSHAREDMEMORY_H
#define CSHAREDMEMORY_H

#include <stdint.h>

// Linux calls that Swift cannot import: one is hidden behind a feature macro, the other one has no C function.

/// A file that lives in memory alone and is gone with its last user, however that ends; -1 and errno on failure.
int csm_create(const char *name);

/// Sleeps until csm_wake is called for `word`, unless it no longer holds `expected`; no longer than `nanoseconds`.
/// The word may lie in memory that processes share.
void csm_wait(const uint32_t *word, uint32_t expected, int64_t nanoseconds);

/// Wakes every thread, of whatever process, that sleeps on `word`.
void csm_wake(const uint32_t *word);

#endif
