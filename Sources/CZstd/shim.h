#ifndef CZSTD_SHIM_H
#define CZSTD_SHIM_H
// The library has literals' compression as a parameter, under a name that its header shows only to those who ask.
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>

// Huffman codes even at levels that do without; a macro of zstd's, which Swift does not see.
static inline size_t czstd_always_compress_literals(ZSTD_CCtx *context, int always) {
  return ZSTD_CCtx_setParameter(context, ZSTD_c_literalCompressionMode, always ? ZSTD_ps_enable : ZSTD_ps_auto);
}
#endif
