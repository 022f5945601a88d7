// Compiler intrinsics that Swift has no word for.
#pragma once

#include "planes.h"

/// √x as the processor's instruction, without the C library's errno: loops around it vectorise.
static inline float intrinsics_sqrt(float x) { return __builtin_elementwise_sqrt(x); }
