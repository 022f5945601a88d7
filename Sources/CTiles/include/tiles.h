// Attention's arithmetic on tiles that stay in the caches, in AVX-512: products too small for a library's packing and
// dispatch, and the passes over scores between them. Only for processors that have AVX-512F.
#pragma once
#include <stdbool.h>
#include <stddef.h>

/// Columns of a panel: a matrix that is read as the right operand may lie in panels, one behind the other.
enum { tile_panel = 64 };

/// `C = A · B`, or `C += A · B`: A [rows, k], B [k, columns], C [rows, columns].
///
/// Distances in floats: `a_row` and `a_k` between neighbours of A in either direction, `b_row` and `c_row` between rows,
/// `b_panel` between panels of B (`tile_panel` where B lies in plain rows). Each element is summed in the order of k.
void tile_product(
    const float *a, ptrdiff_t a_row, ptrdiff_t a_k, const float *b, ptrdiff_t b_row, ptrdiff_t b_panel, float *c,
    ptrdiff_t c_row, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t k, bool accumulates);

/// Writes the transpose of x [rows, columns] as panels [columns, tile_panel]; the last one is filled up with zeros to a
/// multiple of 16.
void tile_transpose(const float *x, ptrdiff_t x_row, ptrdiff_t rows, ptrdiff_t columns, float *panels);

/// The largest of `count` floats, `-inf` for none.
float tile_maximum(const float *x, ptrdiff_t count);

/// `x = exp(scale · (x − maximum))` for the first `seen` floats, zero up to `width`; returns the sum. Writes up to 15 more.
float tile_weights(float *x, ptrdiff_t seen, ptrdiff_t width, float scale, float maximum);

/// `p = exp(scale · s − log)`, `ds = scale · p · (dp − dot)` in place of s and dp for the first `seen` floats, zero up to
/// `width`. Writes up to 15 more.
void tile_score_gradients(
    float *s, float *dp, ptrdiff_t seen, ptrdiff_t width, float scale, float log, float dot);
