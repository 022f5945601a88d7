// oneDNN's C interface, for products with bf16 operands.
#include <oneapi/dnnl/dnnl.h>

// The one call of OpenMP's that is needed, declared here because only GCC's own folder has omp.h.
void omp_set_num_threads(int threads);
