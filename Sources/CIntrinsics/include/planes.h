// Byte planes of 32-bit and 16-bit words, 32 words at a time. Portable vectors: the compiler makes AVX2 of them.
#pragma once
#include <stdint.h>
#include <string.h>

typedef uint8_t intrinsics_u8x32 __attribute__((vector_size(32)));
typedef uint16_t intrinsics_u16x16 __attribute__((vector_size(32)));
typedef uint32_t intrinsics_u32x8 __attribute__((vector_size(32)));
typedef uint64_t intrinsics_u64x4 __attribute__((vector_size(32)));

static inline intrinsics_u32x8 intrinsics_load(const void *source) {
  intrinsics_u32x8 value;
  memcpy(&value, source, sizeof value);
  return value;
}
static inline void intrinsics_store(void *target, intrinsics_u32x8 value) { memcpy(target, &value, sizeof value); }

// Within each half of a register: four bytes of four words <-> four words of four bytes. Its own inverse.
static inline intrinsics_u32x8 intrinsics_transpose_bytes(intrinsics_u32x8 words) {
  intrinsics_u8x32 b = (intrinsics_u8x32)words;
  return (intrinsics_u32x8)__builtin_shufflevector(
      b, b, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15, 16, 20, 24, 28, 17, 21, 25, 29, 18, 22, 26, 30, 19,
      23, 27, 31);
}
static inline intrinsics_u32x8 intrinsics_low32(intrinsics_u32x8 a, intrinsics_u32x8 b) {
  return __builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13);
}
static inline intrinsics_u32x8 intrinsics_high32(intrinsics_u32x8 a, intrinsics_u32x8 b) {
  return __builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15);
}
static inline intrinsics_u32x8 intrinsics_low64(intrinsics_u32x8 a, intrinsics_u32x8 b) {
  return __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13);
}
static inline intrinsics_u32x8 intrinsics_high64(intrinsics_u32x8 a, intrinsics_u32x8 b) {
  return __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15);
}

/// 32 words, rotated left by one, as 32 bytes of each of four planes.
static inline void intrinsics_split32(const void *words, uint8_t *plane0, uint8_t *plane1, uint8_t *plane2,
                                      uint8_t *plane3) {
  uint8_t *planes[4] = {plane0, plane1, plane2, plane3};
  intrinsics_u32x8 r[4];
  for (int k = 0; k < 4; k++) {
    intrinsics_u32x8 w = intrinsics_load((const uint8_t *)words + 32 * k);
    r[k] = intrinsics_transpose_bytes((w << 1) | (w >> 31));
  }
  intrinsics_u32x8 low0 = intrinsics_low32(r[0], r[1]), low1 = intrinsics_low32(r[2], r[3]);
  intrinsics_u32x8 high0 = intrinsics_high32(r[0], r[1]), high1 = intrinsics_high32(r[2], r[3]);
  intrinsics_u32x8 p[4] = {intrinsics_low64(low0, low1), intrinsics_high64(low0, low1), intrinsics_low64(high0, high1),
                           intrinsics_high64(high0, high1)};
  for (int k = 0; k < 4; k++)
    intrinsics_store(planes[k], __builtin_shufflevector(p[k], p[k], 0, 4, 1, 5, 2, 6, 3, 7));
}

/// The inverse of `intrinsics_split32`, from planes wherever they lie.
static inline void intrinsics_join32(const uint8_t *plane0, const uint8_t *plane1, const uint8_t *plane2,
                                     const uint8_t *plane3, void *words) {
  const uint8_t *planes[4] = {plane0, plane1, plane2, plane3};
  intrinsics_u32x8 p[4];
  for (int k = 0; k < 4; k++) {
    intrinsics_u32x8 b = intrinsics_load(planes[k]);
    p[k] = __builtin_shufflevector(b, b, 0, 2, 4, 6, 1, 3, 5, 7);
  }
  intrinsics_u32x8 low0 = intrinsics_low32(p[0], p[1]), low1 = intrinsics_low32(p[2], p[3]);
  intrinsics_u32x8 high0 = intrinsics_high32(p[0], p[1]), high1 = intrinsics_high32(p[2], p[3]);
  intrinsics_u32x8 r[4] = {intrinsics_low64(low0, low1), intrinsics_high64(low0, low1), intrinsics_low64(high0, high1),
                           intrinsics_high64(high0, high1)};
  for (int k = 0; k < 4; k++) {
    intrinsics_u32x8 w = intrinsics_transpose_bytes(r[k]);
    intrinsics_store((uint8_t *)words + 32 * k, (w >> 1) | (w << 31));
  }
}

/// 32 half words, rotated left by one, as 32 bytes of each of two planes.
static inline void intrinsics_split16(const void *words, uint8_t *low, uint8_t *high) {
  intrinsics_u32x8 r[2];
  for (int k = 0; k < 2; k++) {
    intrinsics_u16x16 w = (intrinsics_u16x16)intrinsics_load((const uint8_t *)words + 32 * k);
    intrinsics_u8x32 b = (intrinsics_u8x32)((w << 1) | (w >> 15));
    r[k] = (intrinsics_u32x8)__builtin_shufflevector(
        b, b, 0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15, 16, 18, 20, 22, 24, 26, 28, 30, 17, 19, 21, 23, 25,
        27, 29, 31);
  }
  intrinsics_u64x4 l = (intrinsics_u64x4)intrinsics_low64(r[0], r[1]);
  intrinsics_u64x4 h = (intrinsics_u64x4)intrinsics_high64(r[0], r[1]);
  intrinsics_store(low, (intrinsics_u32x8)__builtin_shufflevector(l, l, 0, 2, 1, 3));
  intrinsics_store(high, (intrinsics_u32x8)__builtin_shufflevector(h, h, 0, 2, 1, 3));
}

/// The inverse of `intrinsics_split16`.
static inline void intrinsics_join16(const uint8_t *low, const uint8_t *high, void *words) {
  intrinsics_u64x4 l = (intrinsics_u64x4)intrinsics_load(low), h = (intrinsics_u64x4)intrinsics_load(high);
  l = __builtin_shufflevector(l, l, 0, 2, 1, 3);
  h = __builtin_shufflevector(h, h, 0, 2, 1, 3);
  intrinsics_u32x8 r[2] = {intrinsics_low64((intrinsics_u32x8)l, (intrinsics_u32x8)h),
                           intrinsics_high64((intrinsics_u32x8)l, (intrinsics_u32x8)h)};
  for (int k = 0; k < 2; k++) {
    intrinsics_u8x32 b = (intrinsics_u8x32)r[k];
    intrinsics_u16x16 w = (intrinsics_u16x16)__builtin_shufflevector(
        b, b, 0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15, 16, 24, 17, 25, 18, 26, 19, 27, 20, 28, 21, 29, 22,
        30, 23, 31);
    intrinsics_store((uint8_t *)words + 32 * k, (intrinsics_u32x8)((w >> 1) | (w << 15)));
  }
}
