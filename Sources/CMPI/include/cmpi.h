#ifndef CMPI_H
#define CMPI_H

#include <stdint.h>

// MPI as Swift can import it: mpi.h's handles are macros over C structures, so they stay behind this header.
// Communicators are small integers, started transfers are opaque pointers, and every function that can fail
// returns an MPI error code (0 is success) that cmpi_error_text turns into words.

/// The handle of MPI_COMM_WORLD.
#define CMPI_WORLD 0

/// Returned by cmpi_wait_all and cmpi_test_some when a message was shorter than the buffer posted for it.
#define CMPI_WRONG_LENGTH (-1)
/// Returned by the same when a message was longer than that.
#define CMPI_TOO_LONG (-3)
/// Returned where no memory was left for a handle.
#define CMPI_OUT_OF_MEMORY (-2)

/// MPI_Init_thread for MPI_THREAD_MULTIPLE; *multiple is 1 when the library grants it.
int cmpi_initialize(int *multiple);
int cmpi_finalize(void);

int cmpi_rank(int communicator, int *rank);
int cmpi_size(int communicator, int *size);
/// Collective over the communicator.
int cmpi_duplicate(int communicator, int *duplicate);
int cmpi_abort(int communicator, int code);

int cmpi_start_send(const void *bytes, int count, int to, int tag, int communicator, void **transfer);
int cmpi_start_receive(void *bytes, int count, int from, int tag, int communicator, void **transfer);

/// Waits for all transfers and releases them, whatever the outcome. Polls, yields, then sleeps: it never spins.
/// On CMPI_WRONG_LENGTH, *index is the transfer and *found the bytes that came; on CMPI_TOO_LONG, *index alone.
int cmpi_wait_all(int count, void *const *transfers, int *index, int64_t *found);

/// Looks once at all transfers: writes the numbers of those that are complete to indices, which has room for count, and
/// how many they are to *done, and releases these, whatever the outcome. On an error *index and *found are as above.
int cmpi_test_some(int count, void *const *transfers, int *done, int *indices, int *index, int64_t *found);

/// For comparison only: lets communicators that are duplicated from now on use Open MPI's all-reduce number `algorithm`
/// (0: as the library chooses). An error code where the library does not know the setting.
int cmpi_pin_allreduce(int algorithm);
/// MPI_Allreduce of floats, for comparison only.
int cmpi_allreduce_sum_float(const float *values, float *sum, int count, int communicator);

/// Fills text with a terminated string.
void cmpi_error_text(int code, char *text, int capacity);
void cmpi_library_version(char *text, int capacity);

#endif
