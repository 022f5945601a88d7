#include "huffman.h"

#include <string.h>

#define INLINE static inline __attribute__((always_inline))

enum {
  streams = 4,
  /// After a refill that many look-ups of at most 11 bits have bits enough.
  lookups = 5,
  /// Bytes of a stream, and of its content, that they take at most; a store of eight bytes included.
  stream_step = 8,
  content_step = 32,
  /// Streams that are shorter are left to zstd.
  shortest_stream = 16
};

/// Where an entry has its bytes, but for the highest, which five codes of two bits do not reach.
static const uint64_t entry_bytes = 0x0000FFFFFFFFFF00;

INLINE uint64_t load(const uint8_t *bytes) {
  uint64_t value;
  memcpy(&value, bytes, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  value = __builtin_bswap64(value);
#endif
  return value;
}

INLINE void store(uint8_t *bytes, uint64_t value) {
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  value = __builtin_bswap64(value);
#endif
  memcpy(bytes, &value, 8);
}

/// The lengths of all codes from a plain description of them; false if they are no complete code of two to 11 bits.
static bool read_lengths(const uint8_t *description, uint8_t lengths[256]) {
  int told = description[0] - 127;
  unsigned total = 0;
  memset(lengths, 0, 256);
  for (int s = 0; s < told; s++) {
    uint8_t pair = description[1 + s / 2], weight = s % 2 ? pair & 15 : pair >> 4;
    if (weight > huffman_most_bits) return false;
    lengths[s] = weight;
    total += (1u << weight) >> 1;
  }
  if (total == 0 || total >= 1u << huffman_most_bits) return false;
  // The last one's weight is what is missing.
  int longest = 32 - __builtin_clz(total);
  unsigned rest = (1u << longest) - total;
  if (rest & (rest - 1)) return false;
  lengths[told] = (uint8_t)(32 - __builtin_clz(rest));
  // As zstd has it, a code is told by its lowest weights: some are 1.
  if (memchr(lengths, 1, (size_t)told + 1) == NULL) return false;
  for (int s = 0; s <= told; s++) {
    if (lengths[s] == 0) continue;
    lengths[s] = (uint8_t)(longest + 1 - lengths[s]);
    if (lengths[s] < 2) return false;
  }
  return true;
}

/// Fills the table level by level: what the next `bits` bits say is the first code in them, and then what the bits behind
/// it say, which is in a level below.
INLINE void fill(struct huffman_table *table, int used) {
  uint8_t symbols[huffman_symbols];
  int count = 0;
  for (int length = huffman_most_bits; length >= 2; length--)
    for (int s = 0; s < used; s++)
      if (table->lengths[s] == length) symbols[count++] = (uint8_t)s;
  // The level of n bits begins at 2^n. None has to look at that of 10 bits, as the first code takes two.
  uint64_t levels[1 << (huffman_most_bits - 1)];
  for (int bits = 0; bits <= huffman_most_bits; bits++) {
    if (bits == huffman_most_bits - 1) continue;
    uint64_t *level = bits == huffman_most_bits ? table->entries : levels + (1 << bits);
    unsigned place = 0;
    // The longest codes come first; those that do not fit into the bits leave entries that say nothing.
    int next = 0;
    for (; next < count && table->lengths[symbols[next]] > bits; next++)
      place += (1u << huffman_most_bits) >> table->lengths[symbols[next]];
    place >>= huffman_most_bits - bits;
    for (unsigned i = 0; i < place; i++) level[i] = 0;
    for (; next < count; next++) {
      int length = table->lengths[symbols[next]], behind = bits - length;
      const uint64_t *from = levels + (1 << behind);
      uint64_t first = 1ull << 56 | (uint64_t)symbols[next] << 8 | (uint64_t)length;
      for (unsigned i = 0; i < 1u << behind; i++)
        level[place + i] = ((from[i] & entry_bytes) << 8) + (from[i] & ~entry_bytes) + first;
      place += 1u << behind;
    }
  }
}

/// A stream is read from its end. `bits` are those at `at`, the next ones highest, shifted by what has been taken; the
/// lowest one that is set tells how far.
struct stream {
  const uint8_t *begin, *at;
  uint64_t bits;
  uint8_t *out, *end;
};

static bool start(struct stream *s, const uint8_t *bytes, size_t length, uint8_t *out, size_t count) {
  // The mark of the end is the highest bit that is set.
  if (length < shortest_stream || bytes[length - 1] == 0) return false;
  s->begin = bytes;
  s->at = bytes + length - 8;
  s->bits = (load(s->at) | 1) << (__builtin_clz(bytes[length - 1]) - 23);
  s->out = out;
  s->end = out + count;
  return true;
}

/// How often `step` may be called.
INLINE size_t steps(const struct stream *s) {
  size_t a = (size_t)(s->at - s->begin) / stream_step, b = (size_t)(s->end - s->out) / content_step;
  return a < b ? a : b;
}

INLINE void look_up(const uint64_t *entries, uint64_t *bits, uint8_t **out) {
  uint64_t entry = entries[*bits >> (64 - huffman_most_bits)];
  *bits <<= entry & 63;
  store(*out, entry >> 8);
  *out += entry >> 56;
}

INLINE void refill(uint64_t *bits, const uint8_t **at) {
  int taken = __builtin_ctzll(*bits);
  *at -= taken >> 3;
  *bits = (load(*at) | 1) << (taken & 7);
}

INLINE void run(const uint64_t *entries, struct stream *s, int count) {
  for (;;) {
    size_t most = steps(&s[0]);
    for (int k = 1; k < count; k++) {
      size_t other = steps(&s[k]);
      if (other < most) most = other;
    }
    if (most == 0) return;
    uint64_t bits[streams];
    const uint8_t *at[streams];
    uint8_t *out[streams];
    for (int k = 0; k < count; k++) bits[k] = s[k].bits, at[k] = s[k].at, out[k] = s[k].out;
    for (; most > 0; most--) {
#pragma clang loop unroll(full)
      for (int i = 0; i < lookups; i++) {
#pragma clang loop unroll(full)
        for (int k = 0; k < count; k++) look_up(entries, &bits[k], &out[k]);
      }
#pragma clang loop unroll(full)
      for (int k = 0; k < count; k++) refill(&bits[k], &at[k]);
    }
    for (int k = 0; k < count; k++) s[k].bits = bits[k], s[k].at = at[k], s[k].out = out[k];
  }
}

/// The last bytes one by one; false if the stream's bits are not just theirs.
static bool finish(const struct huffman_table *table, const struct stream *s) {
  ptrdiff_t left = 8 * (s->at - s->begin) + 64 - __builtin_ctzll(s->bits), top = s->at - s->begin;
  for (uint8_t *out = s->out; out < s->end; out++) {
    ptrdiff_t low = left - huffman_most_bits;
    uint64_t next;
    if (low >= 0) {
      ptrdiff_t byte = low / 8 < top ? low / 8 : top;
      next = load(s->begin + byte) >> (low - 8 * byte) & ((1 << huffman_most_bits) - 1);
    } else {
      next = (load(s->begin) & ((1ull << left) - 1)) << -low;
    }
    *out = (uint8_t)(table->entries[next] >> 8);
    left -= table->lengths[*out];
    if (left < 0) return false;
  }
  return left == 0;
}

INLINE bool decode(const uint8_t *section, size_t length, uint8_t *out, size_t count, struct huffman_table *table) {
  if (length < 8 || count < 4) return false;
  // Huffman-coded with a description of its own, four streams, sizes of 18 bits.
  uint64_t head = load(section) & 0xFFFFFFFFFF;
  if ((head & 15) != 14 || (head >> 4 & 0x3FFFF) != count || (head >> 22) + 5 != length) return false;
  section += 5, length -= 5;
  if (section[0] < 128) return false;
  size_t told = 1 + (size_t)(section[0] - 126) / 2;
  if (length < told + 6) return false;
  if (memcmp(section, table->description, told) != 0) {
    table->description[0] = 0;
    if (!read_lengths(section, table->lengths)) return false;
    fill(table, section[0] - 126);
    memcpy(table->description, section, told);
  }
  section += told, length -= told;
  size_t sizes[streams], rest = length - 6, segment = (count + 3) / 4;
  for (int k = 0; k < streams - 1; k++) {
    sizes[k] = section[2 * k] | (size_t)section[2 * k + 1] << 8;
    if (sizes[k] > rest) return false;
    rest -= sizes[k];
  }
  sizes[streams - 1] = rest;
  if (3 * segment >= count) return false;
  struct stream s[streams];
  section += 6;
  for (int k = 0; k < streams; k++) {
    size_t own = k < streams - 1 ? segment : count - 3 * segment;
    if (!start(&s[k], section, sizes[k], out + (size_t)k * segment, own)) return false;
    section += sizes[k];
  }
  run(table->entries, s, streams);
  for (int k = 0; k < streams; k++) {
    run(table->entries, &s[k], 1);
    if (!finish(table, &s[k])) return false;
  }
  return true;
}

#if defined(__x86_64__)
// Shifts by what lies in any register.
__attribute__((target("avx2,bmi,bmi2"))) static bool decode_x86(
    const uint8_t *section, size_t length, uint8_t *out, size_t count, struct huffman_table *table) {
  return decode(section, length, out, count, table);
}
#endif

bool huffman_decode(const uint8_t *section, size_t length, uint8_t *out, size_t count, struct huffman_table *table) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2"))
    return decode_x86(section, length, out, count, table);
#endif
  return decode(section, length, out, count, table);
}
