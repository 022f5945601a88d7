#include "handles.h"

#include <pthread.h>
#include <stdlib.h>

#include "cmpi.h"

// Handles are never given back: MPI_Comm_free is collective, and the few communicators of a run live as long as it.
static MPI_Comm *duplicates;
static int count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

MPI_Comm cmpi_communicator(int handle) {
  if (handle == CMPI_WORLD) return MPI_COMM_WORLD;
  pthread_mutex_lock(&lock);
  MPI_Comm found = handle > 0 && handle <= count ? duplicates[handle - 1] : MPI_COMM_NULL;
  pthread_mutex_unlock(&lock);
  return found;
}

int cmpi_remember(MPI_Comm communicator, int *handle) {
  int code = MPI_SUCCESS;
  pthread_mutex_lock(&lock);
  MPI_Comm *larger = realloc(duplicates, sizeof(MPI_Comm) * (size_t)(count + 1));
  if (larger == NULL) {
    code = CMPI_OUT_OF_MEMORY;
  } else {
    duplicates = larger;
    duplicates[count] = communicator;
    *handle = ++count;
  }
  pthread_mutex_unlock(&lock);
  return code;
}
