// OpenBLAS's C interface: cblas_sgemm and the calls that set and name its threads and core.
#include <cblas.h>
