// Literals in zstd's Huffman codes (RFC 8878, 4.2): with vectors of 64 bytes, and several bytes at a look-up.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  /// Bytes that a code may have: those below this one.
  huffman_symbols = 129,
  /// The longest code that zstd allows for literals.
  huffman_most_bits = 11,
  /// Bytes that `huffman_encode_vectors` may write beyond what it returns.
  huffman_overhang = 8
};

/// Whether this processor has what the functions with `vectors` in their names need: AVX-512 VBMI and BMI2.
bool huffman_has_vectors(void);

/// Gives a count of one to each byte that occurs and has a count of zero. `counts`: one for each symbol. False if a byte is
/// no symbol.
bool huffman_complete(const uint8_t *bytes, size_t count, uint32_t *counts);
bool huffman_complete_vectors(const uint8_t *bytes, size_t count, uint32_t *counts);

/// Writes a stream: the codes of all bytes, the last one's first, and the mark of the end. Returns its length.
/// `codes`, `lengths`: one for each symbol. A complete code of so few symbols, the longest from zero on, has no code
/// above 128.
size_t huffman_encode_vectors(
    const uint8_t *bytes, size_t count, const uint8_t *codes, const uint8_t *lengths, uint8_t *out);

/// What the next bits of a stream say, for every value of the next 11 bits. Kept from frame to frame, since neighbours
/// often have the same code.
struct huffman_table {
  /// From the lowest byte: bits taken, up to five bytes that they stand for, how many these are.
  uint64_t entries[1 << huffman_most_bits];
  uint8_t lengths[256];
  /// The code's description that it was made of.
  uint8_t description[1 + (huffman_symbols + 1) / 2];
};

/// Decodes the literals section that fills `section`, as `huffman_encode_vectors` makes the streams of it: four streams,
/// a plain description, codes of two bits at least. False if it is anything else or is damaged; then `out` has any bytes.
/// It reads and writes nothing beyond `length` and `count` bytes.
bool huffman_decode(const uint8_t *section, size_t length, uint8_t *out, size_t count, struct huffman_table *table);
