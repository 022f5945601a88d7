#include <sched.h>
#include <stdlib.h>
#include <time.h>

#include "cmpi.h"
#include "handles.h"

typedef struct {
  MPI_Request request;
  // Bytes a receive was posted for; -1 for a send, whose status carries no count.
  int expected;
} Transfer;

static int start(Transfer *transfer, int code, void **started) {
  if (code == MPI_SUCCESS) {
    *started = transfer;
  } else {
    free(transfer);
  }
  return code;
}

int cmpi_start_send(const void *bytes, int count, int to, int tag, int communicator, void **transfer) {
  Transfer *new = malloc(sizeof *new);
  if (new == NULL) return CMPI_OUT_OF_MEMORY;
  new->expected = -1;
  MPI_Comm comm = cmpi_communicator(communicator);
  return start(new, MPI_Isend(bytes, count, MPI_BYTE, to, tag, comm, &new->request), transfer);
}

int cmpi_start_receive(void *bytes, int count, int from, int tag, int communicator, void **transfer) {
  Transfer *new = malloc(sizeof *new);
  if (new == NULL) return CMPI_OUT_OF_MEMORY;
  new->expected = count;
  MPI_Comm comm = cmpi_communicator(communicator);
  return start(new, MPI_Irecv(bytes, count, MPI_BYTE, from, tag, comm, &new->request), transfer);
}

enum { yields = 8, shortest_sleep = 20000, longest_sleep = 200000 };  // nanoseconds

// Ranks may outnumber the cores: the core goes to whoever has work, first by yielding, then by sleeping.
static void back_off(int attempt) {
  if (attempt < yields) {
    sched_yield();
    return;
  }
  long nanoseconds = shortest_sleep;
  for (int i = yields; i < attempt && nanoseconds < longest_sleep; i++) nanoseconds *= 2;
  struct timespec pause = {0, nanoseconds < longest_sleep ? nanoseconds : longest_sleep};
  nanosleep(&pause, NULL);
}

static int poll_until_done(int count, MPI_Request *requests, MPI_Status *statuses) {
  int done = 0;
  for (int attempt = 0;; attempt += attempt < 64) {
    int code = MPI_Testall(count, requests, &done, statuses);
    if (code != MPI_SUCCESS || done) return code;
    back_off(attempt);
  }
}

// MPI_Testall says only that something failed; the first status that failed says what. A message that did not fit is no
// fault of MPI's: the sender and this rank do not agree.
static int first_failure(int code, int count, const MPI_Status *statuses, int *index) {
  if (code != MPI_ERR_IN_STATUS) return code;
  for (int i = 0; i < count; i++) {
    int error = statuses[i].MPI_ERROR;
    if (error == MPI_SUCCESS || error == MPI_ERR_PENDING) continue;
    int class = MPI_SUCCESS;
    if (MPI_Error_class(error, &class) != MPI_SUCCESS || class != MPI_ERR_TRUNCATE) return error;
    *index = i;
    return CMPI_TOO_LONG;
  }
  return code;
}

static int check_length(const Transfer *transfer, const MPI_Status *status, int64_t *found) {
  if (transfer->expected < 0) return MPI_SUCCESS;
  int bytes = 0;
  int code = MPI_Get_count(status, MPI_BYTE, &bytes);
  if (code != MPI_SUCCESS) return code;
  *found = bytes;
  return bytes == transfer->expected ? MPI_SUCCESS : CMPI_WRONG_LENGTH;
}

static int check_lengths(int count, void *const *transfers, const MPI_Status *statuses, int *index, int64_t *found) {
  for (int i = 0; i < count; i++) {
    *index = i;
    int code = check_length(transfers[i], &statuses[i], found);
    if (code != MPI_SUCCESS) return code;
  }
  return MPI_SUCCESS;
}

// What MPI wants to see of several transfers.
typedef struct {
  MPI_Request *requests;
  MPI_Status *statuses;
} Requests;

static int collect(int count, void *const *transfers, Requests *all) {
  all->requests = malloc(sizeof(MPI_Request) * (size_t)count);
  all->statuses = malloc(sizeof(MPI_Status) * (size_t)count);
  if (all->requests == NULL || all->statuses == NULL) return CMPI_OUT_OF_MEMORY;
  for (int i = 0; i < count; i++) all->requests[i] = ((Transfer *)transfers[i])->request;
  return MPI_SUCCESS;
}

static void release(Requests *all) {
  free(all->requests);
  free(all->statuses);
}

int cmpi_wait_all(int count, void *const *transfers, int *index, int64_t *found) {
  if (count == 0) return MPI_SUCCESS;
  Requests all;
  int code = collect(count, transfers, &all);
  if (code == MPI_SUCCESS) code = poll_until_done(count, all.requests, all.statuses);
  code = first_failure(code, count, all.statuses, index);
  if (code == MPI_SUCCESS) code = check_lengths(count, transfers, all.statuses, index, found);
  for (int i = 0; i < count; i++) free(transfers[i]);
  release(&all);
  return code;
}

int cmpi_test_some(int count, void *const *transfers, int *done, int *indices, int *index, int64_t *found) {
  *done = 0;
  if (count == 0) return MPI_SUCCESS;
  Requests all;
  int code = collect(count, transfers, &all);
  // It looks at the network only where it found nothing, and does not say what came then.
  for (int attempt = 0; attempt < 2 && code == MPI_SUCCESS && *done == 0; attempt++) {
    code = MPI_Testsome(count, all.requests, done, indices, all.statuses);
    if (*done == MPI_UNDEFINED) *done = 0;
  }
  int failed = 0;
  code = first_failure(code, *done, all.statuses, &failed);
  for (int i = 0; i < *done && code == MPI_SUCCESS; i++) {
    failed = i;
    code = check_length(transfers[indices[i]], &all.statuses[i], found);
  }
  if (code != MPI_SUCCESS && *done > 0) *index = indices[failed];
  for (int i = 0; i < *done; i++) free(transfers[indices[i]]);
  release(&all);
  return code;
}
