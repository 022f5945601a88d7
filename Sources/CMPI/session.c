#include <stdio.h>
#include <string.h>

#include "cmpi.h"
#include "handles.h"

int cmpi_initialize(int *multiple) {
  int provided = MPI_THREAD_SINGLE;
  int code = MPI_Init_thread(NULL, NULL, MPI_THREAD_MULTIPLE, &provided);
  if (code != MPI_SUCCESS) return code;
  *multiple = provided >= MPI_THREAD_MULTIPLE;
  // Duplicates inherit the handler.
  return MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
}

int cmpi_finalize(void) { return MPI_Finalize(); }

int cmpi_rank(int communicator, int *rank) { return MPI_Comm_rank(cmpi_communicator(communicator), rank); }

int cmpi_size(int communicator, int *size) { return MPI_Comm_size(cmpi_communicator(communicator), size); }

int cmpi_duplicate(int communicator, int *duplicate) {
  MPI_Comm copy = MPI_COMM_NULL;
  int code = MPI_Comm_dup(cmpi_communicator(communicator), &copy);
  return code == MPI_SUCCESS ? cmpi_remember(copy, duplicate) : code;
}

int cmpi_abort(int communicator, int code) { return MPI_Abort(cmpi_communicator(communicator), code); }

int cmpi_pin_allreduce(int algorithm) {
  int provided, index, count;
  MPI_T_cvar_handle handle;
  int code = MPI_T_init_thread(MPI_THREAD_MULTIPLE, &provided);
  if (code != MPI_SUCCESS) return code;
  code = MPI_T_cvar_get_index("coll_tuned_allreduce_algorithm", &index);
  if (code == MPI_SUCCESS) code = MPI_T_cvar_handle_alloc(index, NULL, &handle, &count);
  if (code == MPI_SUCCESS) {
    code = MPI_T_cvar_write(handle, &algorithm);
    MPI_T_cvar_handle_free(&handle);
  }
  MPI_T_finalize();
  return code;
}

int cmpi_allreduce_sum_float(const float *values, float *sum, int count, int communicator) {
  return MPI_Allreduce(values, sum, count, MPI_FLOAT, MPI_SUM, cmpi_communicator(communicator));
}

void cmpi_error_text(int code, char *text, int capacity) {
  char message[MPI_MAX_ERROR_STRING + 1] = "";
  int length = 0;
  if (code == CMPI_OUT_OF_MEMORY) {
    snprintf(text, (size_t)capacity, "out of memory");
  } else if (MPI_Error_string(code, message, &length) == MPI_SUCCESS) {
    snprintf(text, (size_t)capacity, "%s", message);
  } else {
    snprintf(text, (size_t)capacity, "error code %d", code);
  }
}

void cmpi_library_version(char *text, int capacity) {
  char version[MPI_MAX_LIBRARY_VERSION_STRING + 1] = "";
  int length = 0;
  if (MPI_Get_library_version(version, &length) != MPI_SUCCESS) version[0] = 0;
  snprintf(text, (size_t)capacity, "%s", version);
}
