// Compiler intrinsics that Swift has no word for.
#pragma once

#include "huffman.h"
#include "planes.h"
#include <gnu/libc-version.h>

/// √x as the processor's instruction, without the C library's errno: loops around it vectorise.
static inline float intrinsics_sqrt(float x) { return __builtin_elementwise_sqrt(x); }

/// Tells the processor that the thread is looking again and again whether something has changed.
static inline void intrinsics_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

/// The instruction set that the including module is compiled for.
static inline const char *intrinsics_instruction_set(void) {
#if defined(__AVX512F__)
  return "AVX-512";
#elif defined(__AVX2__) && defined(__FMA__)
  return "AVX2 and FMA";
#elif defined(__x86_64__)
  return "SSE2";
#else
  return "no vectors of x86-64";
#endif
}

/// Version of the C library, whose mathematical functions differ in their last bits from one to another.
static inline const char *intrinsics_c_library(void) { return gnu_get_libc_version(); }
