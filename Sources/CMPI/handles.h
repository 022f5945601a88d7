#ifndef CMPI_HANDLES_H
#define CMPI_HANDLES_H

#include <mpi.h>

/// The communicator behind a handle; MPI_COMM_NULL for a handle that was never given out.
MPI_Comm cmpi_communicator(int handle);

/// Gives out the next handle.
int cmpi_remember(MPI_Comm communicator, int *handle);

#endif
