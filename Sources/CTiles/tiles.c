#include "tiles.h"

#include <immintrin.h>
#include <math.h>

#define AVX512 __attribute__((target("avx512f")))
#define INLINE static inline __attribute__((always_inline)) AVX512

/// Rows of C held in registers beside four vectors of columns: 24 sums, four vectors of B, one element of A.
enum { block_rows = 6, block_vectors = 4 };

/// The lanes that `count` elements fill of their last vector; `count` > 0.
INLINE __mmask16 last_lanes(ptrdiff_t count) { return (__mmask16)(0xFFFFu >> (15 - ((count - 1) & 15))); }

/// A block of C; `rows` and `vectors` are constants where this is inlined, so that sums stay in registers.
INLINE void block(
    int rows, int vectors, __mmask16 last, const float *a, ptrdiff_t a_row, ptrdiff_t a_k, const float *b,
    ptrdiff_t b_row, float *c, ptrdiff_t c_row, ptrdiff_t k, bool accumulates) {
  __m512 sums[block_rows][block_vectors];
  const float *from[block_rows];
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) {
    from[i] = a + i * a_row;
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++) {
      if (!accumulates) sums[i][j] = _mm512_setzero_ps();
      else if (j == vectors - 1) sums[i][j] = _mm512_maskz_loadu_ps(last, c + i * c_row + 16 * j);
      else sums[i][j] = _mm512_loadu_ps(c + i * c_row + 16 * j);
    }
  }
  for (ptrdiff_t step = 0; step < k; step++) {
    __m512 right[block_vectors];
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++)
      right[j] = j == vectors - 1 ? _mm512_maskz_loadu_ps(last, b + 16 * j) : _mm512_loadu_ps(b + 16 * j);
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
      __m512 left = _mm512_set1_ps(from[i][step * a_k]);
#pragma clang loop unroll(full)
      for (int j = 0; j < vectors; j++) sums[i][j] = _mm512_fmadd_ps(left, right[j], sums[i][j]);
    }
    b += b_row;
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++) {
      if (j == vectors - 1 && last != 0xFFFF) _mm512_mask_storeu_ps(c + i * c_row + 16 * j, last, sums[i][j]);
      else _mm512_storeu_ps(c + i * c_row + 16 * j, sums[i][j]);
    }
  }
}

#define CASE(R, V) \
  case 4 * (R - 1) + V - 1: \
    block(R, V, last, a, a_row, a_k, b, b_row, c, c_row, k, accumulates); \
    break;
#define CASES(R) CASE(R, 1) CASE(R, 2) CASE(R, 3) CASE(R, 4)

AVX512 void tile_product(
    const float *a, ptrdiff_t a_row, ptrdiff_t a_k, const float *b, ptrdiff_t b_row, ptrdiff_t b_panel, float *c,
    ptrdiff_t c_row, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t k, bool accumulates) {
  const float *const first_a = a;
  for (ptrdiff_t column = 0; column < columns; column += tile_panel) {
    ptrdiff_t width = columns - column < tile_panel ? columns - column : tile_panel;
    __mmask16 last = last_lanes(width);
    float *const top = c;
    a = first_a;
    for (ptrdiff_t row = 0; row < rows; row += block_rows) {
      ptrdiff_t height = rows - row < block_rows ? rows - row : block_rows;
      switch (4 * (height - 1) + (width - 1) / 16) { CASES(1) CASES(2) CASES(3) CASES(4) CASES(5) CASES(6) }
      a += block_rows * a_row;
      c += block_rows * c_row;
    }
    b += b_panel;
    c = top + tile_panel;
  }
}

/// Transposes sixteen vectors of sixteen.
INLINE void transpose16(__m512 r[16]) {
  __m512 t[16];
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
    t[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i += 4) {
    for (int half = 0; half < 2; half++) {
      __m512d x = _mm512_castps_pd(t[i + half]), y = _mm512_castps_pd(t[i + half + 2]);
      r[i + 2 * half] = _mm512_castpd_ps(_mm512_unpacklo_pd(x, y));
      r[i + 2 * half + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(x, y));
    }
  }
  // r[4g + c] holds column 4q + c of rows 4g ... 4g + 3 in its quarter q.
#pragma clang loop unroll(full)
  for (int c = 0; c < 4; c++) {
    __m512 low = _mm512_shuffle_f32x4(r[c], r[4 + c], 0x88);
    __m512 high = _mm512_shuffle_f32x4(r[c], r[4 + c], 0xDD);
    __m512 low2 = _mm512_shuffle_f32x4(r[8 + c], r[12 + c], 0x88);
    __m512 high2 = _mm512_shuffle_f32x4(r[8 + c], r[12 + c], 0xDD);
    t[c] = _mm512_shuffle_f32x4(low, low2, 0x88);
    t[8 + c] = _mm512_shuffle_f32x4(low, low2, 0xDD);
    t[4 + c] = _mm512_shuffle_f32x4(high, high2, 0x88);
    t[12 + c] = _mm512_shuffle_f32x4(high, high2, 0xDD);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i++) r[i] = t[i];
}

AVX512 void tile_transpose(const float *x, ptrdiff_t x_row, ptrdiff_t rows, ptrdiff_t columns, float *panels) {
  for (ptrdiff_t row = 0; row < rows; row += 16) {
    float *to = panels + row / tile_panel * tile_panel * columns + row % tile_panel;
    for (ptrdiff_t column = 0; column < columns; column += 16) {
      ptrdiff_t width = columns - column < 16 ? columns - column : 16;
      __mmask16 lanes = last_lanes(width);
      __m512 r[16];
#pragma clang loop unroll(full)
      for (int i = 0; i < 16; i++)
        r[i] = row + i < rows ? _mm512_maskz_loadu_ps(lanes, x + (row + i) * x_row + column) : _mm512_setzero_ps();
      transpose16(r);
#pragma clang loop unroll(full)
      for (int i = 0; i < 16; i++)
        if (i < width) _mm512_storeu_ps(to + (column + i) * tile_panel, r[i]);
    }
  }
}

AVX512 float tile_maximum(const float *x, ptrdiff_t count) {
  __m512 best = _mm512_set1_ps(-INFINITY);
  ptrdiff_t i = 0;
  for (; i + 16 <= count; i += 16) best = _mm512_max_ps(best, _mm512_loadu_ps(x + i));
  if (i < count) {
    __mmask16 lanes = last_lanes(count);
    best = _mm512_mask_max_ps(best, lanes, best, _mm512_maskz_loadu_ps(lanes, x + i));
  }
  return _mm512_reduce_max_ps(best);
}

/// `2^x` for x below 128, relative error below 2e-7; from -126 downwards 2^-126. NaN stays NaN.
///
/// x = n + f with |f| <= 1/2; 2^f by the polynomial of degree 5 with the least relative error there and the value 1 at
/// f = 0; 2^n by adding to the exponent's bits.
INLINE __m512 power_of_two(__m512 x) {
  // The maximum's second operand is its result where one is NaN.
  x = _mm512_max_ps(_mm512_set1_ps(-126), x);
  // Adding 1.5 * 2^23 rounds to the nearest integer and leaves it in the low bits.
  const __m512 magic = _mm512_set1_ps(12582912);
  __m512 shifted = _mm512_add_ps(x, magic);
  __m512 f = _mm512_sub_ps(x, _mm512_sub_ps(shifted, magic));
  __m512 p = _mm512_set1_ps(0.001326472731f);
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(0.009671512991f));
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(0.05550733581f));
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(0.2402224243f));
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(0.6931470037f));
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(1));
  return _mm512_castsi512_ps(
      _mm512_add_epi32(_mm512_castps_si512(p), _mm512_slli_epi32(_mm512_castps_si512(shifted), 23)));
}

static const float log2_e = 1.442695041f;

AVX512 float tile_weights(float *x, ptrdiff_t seen, ptrdiff_t width, float scale, float maximum) {
  const __m512 scales = _mm512_set1_ps(scale * log2_e), maxima = _mm512_set1_ps(maximum);
  __m512 sum = _mm512_setzero_ps();
  ptrdiff_t i = 0;
  for (; i < seen; i += 16) {
    __m512 weight = power_of_two(_mm512_mul_ps(_mm512_sub_ps(_mm512_loadu_ps(x + i), maxima), scales));
    if (seen - i < 16) weight = _mm512_maskz_mov_ps(last_lanes(seen), weight);
    _mm512_storeu_ps(x + i, weight);
    sum = _mm512_add_ps(sum, weight);
  }
  for (; i < width; i += 16) _mm512_storeu_ps(x + i, _mm512_setzero_ps());
  return _mm512_reduce_add_ps(sum);
}

AVX512 void tile_score_gradients(
    float *s, float *dp, ptrdiff_t seen, ptrdiff_t width, float scale, float log, float dot) {
  const __m512 scales = _mm512_set1_ps(scale), logs = _mm512_set1_ps(log), dots = _mm512_set1_ps(dot);
  const __m512 base = _mm512_set1_ps(log2_e);
  ptrdiff_t i = 0;
  for (; i < seen; i += 16) {
    __m512 p = power_of_two(_mm512_mul_ps(_mm512_fmsub_ps(_mm512_loadu_ps(s + i), scales, logs), base));
    __m512 ds = _mm512_mul_ps(_mm512_mul_ps(p, scales), _mm512_sub_ps(_mm512_loadu_ps(dp + i), dots));
    if (seen - i < 16) {
      p = _mm512_maskz_mov_ps(last_lanes(seen), p);
      ds = _mm512_maskz_mov_ps(last_lanes(seen), ds);
    }
    _mm512_storeu_ps(s + i, p);
    _mm512_storeu_ps(dp + i, ds);
  }
  for (; i < width; i += 16) {
    _mm512_storeu_ps(s + i, _mm512_setzero_ps());
    _mm512_storeu_ps(dp + i, _mm512_setzero_ps());
  }
}
