#include "huffman.h"

#include <string.h>

bool huffman_complete(const uint8_t *bytes, size_t count, uint32_t *counts) {
  uint8_t is_new[256];
  for (int b = 0; b < 256; b++) is_new[b] = b >= huffman_symbols || counts[b] == 0;
  for (size_t i = 0; i < count; i += 64) {
    size_t end = count - i < 64 ? count : i + 64;
    uint8_t any = 0;
    for (size_t k = i; k < end; k++) any |= is_new[bytes[k]];
    if (!any) continue;
    for (size_t k = i; k < end; k++) {
      uint8_t b = bytes[k];
      if (b >= huffman_symbols) return false;
      if (counts[b] == 0) counts[b] = 1;
      is_new[b] = 0;
    }
  }
  return true;
}

#if defined(__x86_64__)
#include <immintrin.h>

#define VECTORS __attribute__((target("avx512f,avx512bw,avx512vbmi,bmi,bmi2")))
#define INLINE static inline __attribute__((always_inline)) VECTORS

bool huffman_has_vectors(void) {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
}

VECTORS bool huffman_complete_vectors(const uint8_t *bytes, size_t count, uint32_t *counts) {
  uint8_t is_new[128];
  for (int b = 0; b < 128; b++) is_new[b] = counts[b] == 0;
  __m512i low = _mm512_loadu_si512(is_new), high = _mm512_loadu_si512(is_new + 64);
  // The 129th is beyond the table.
  __m512i last = _mm512_set1_epi8((char)(counts[128] == 0 ? 127 : 128));
  for (size_t i = 0; i < count; i += 64) {
    __mmask64 all = count - i < 64 ? ~0ull >> (64 - (count - i)) : ~0ull;
    __m512i v = _mm512_maskz_loadu_epi8(all, bytes + i);
    __m512i news = _mm512_permutex2var_epi8(low, v, high);
    __mmask64 found = _mm512_test_epi8_mask(news, news) & ~_mm512_movepi8_mask(v);
    found = (found | _mm512_cmpgt_epu8_mask(v, last)) & all;
    if (!found) continue;
    for (; found; found &= found - 1) {
      uint8_t b = bytes[i + (size_t)__builtin_ctzll(found)];
      if (b >= huffman_symbols) return false;
      if (counts[b] == 0) counts[b] = 1;
      if (b < 128) is_new[b] = 0;
      else last = _mm512_set1_epi8((char)128);
    }
    low = _mm512_loadu_si512(is_new), high = _mm512_loadu_si512(is_new + 64);
  }
  return true;
}

/// `count` low bits of `bits` are not yet whole bytes and lie at `out` as well.
struct writer {
  uint8_t *out;
  uint64_t bits, count;
};

/// At most 56 bits.
INLINE void put(struct writer *w, uint64_t code, uint64_t length) {
  w->bits |= code << w->count;
  w->count += length;
  memcpy(w->out, &w->bits, 8);
  w->out += w->count >> 3;
  w->bits >>= w->count & 56;
  w->count &= 7;
}

/// Bytes one by one, where some codes are too long to be put together.
INLINE void put_bytes(
    struct writer *w, const uint8_t *bytes, size_t count, const uint8_t *codes, const uint8_t *lengths) {
  while (count > 0) {
    uint8_t b = bytes[--count];
    put(w, codes[b], lengths[b]);
  }
}

VECTORS size_t huffman_encode_vectors(
    const uint8_t *bytes, size_t count, const uint8_t *codes, const uint8_t *lengths, uint8_t *out) {
  struct writer w = {out, 0, 0};
  size_t whole = count & ~(size_t)63;
  put_bytes(&w, bytes + whole, count - whole, codes, lengths);
  __m512i codes_low = _mm512_loadu_si512(codes), codes_high = _mm512_loadu_si512(codes + 64);
  __m512i lengths_low = _mm512_loadu_si512(lengths), lengths_high = _mm512_loadu_si512(lengths + 64);
  __m512i last_code = _mm512_set1_epi8((char)codes[128]), last_length = _mm512_set1_epi8((char)lengths[128]);
  __m512i low8 = _mm512_set1_epi16(0xFF), low16 = _mm512_set1_epi32(0xFFFF), low32 = _mm512_set1_epi64(0xFFFFFFFF);
  __m512i ones8 = _mm512_set1_epi8(1), ones16 = _mm512_set1_epi16(1);
  __m512i most16 = _mm512_set1_epi16(16), most56 = _mm512_set1_epi64(56);
  for (size_t i = whole; i > 0;) {
    i -= 64;
    __m512i v = _mm512_loadu_si512(bytes + i);
    __mmask64 is_last = _mm512_movepi8_mask(v);
    __m512i c = _mm512_mask_mov_epi8(_mm512_permutex2var_epi8(codes_low, v, codes_high), is_last, last_code);
    __m512i l = _mm512_mask_mov_epi8(_mm512_permutex2var_epi8(lengths_low, v, lengths_high), is_last, last_length);
    // Of two neighbours the upper one's code comes first, in the low bits: of bytes, of pairs, of fours, of eights.
    __m512i c2 = _mm512_or_si512(
        _mm512_srli_epi16(c, 8), _mm512_sllv_epi16(_mm512_and_si512(c, low8), _mm512_srli_epi16(l, 8)));
    __m512i l2 = _mm512_maddubs_epi16(l, ones8);
    __m512i c4 = _mm512_or_si512(
        _mm512_srli_epi32(c2, 16), _mm512_sllv_epi32(_mm512_and_si512(c2, low16), _mm512_srli_epi32(l2, 16)));
    __m512i l4 = _mm512_madd_epi16(l2, ones16);
    __m512i upper = _mm512_srli_epi64(l4, 32);
    __m512i c8 = _mm512_or_si512(_mm512_srli_epi64(c4, 32), _mm512_sllv_epi64(_mm512_and_si512(c4, low32), upper));
    __m512i l8 = _mm512_add_epi64(_mm512_and_si512(l4, low32), upper);
    __m512i next = _mm512_unpackhi_epi64(l8, l8);
    __m512i c16 = _mm512_or_si512(_mm512_unpackhi_epi64(c8, c8), _mm512_sllv_epi64(c8, next));
    __m512i l16 = _mm512_add_epi64(l8, next);
    _Alignas(64) uint64_t code[8], length[8];
    if (_mm512_cmpgt_epi16_mask(l2, most16)) {
      put_bytes(&w, bytes + i, 64, codes, lengths);
    } else if (!(_mm512_cmpgt_epi64_mask(l16, most56) & 0x55)) {
      _mm512_store_si512(code, c16);
      _mm512_store_si512(length, l16);
      for (int k = 6; k >= 0; k -= 2) put(&w, code[k], length[k]);
    } else if (!_mm512_cmpgt_epi64_mask(l8, most56)) {
      _mm512_store_si512(code, c8);
      _mm512_store_si512(length, l8);
      for (int k = 7; k >= 0; k--) put(&w, code[k], length[k]);
    } else {
      put_bytes(&w, bytes + i, 64, codes, lengths);
    }
  }
  put(&w, 1, 1);
  return (size_t)(w.out - out) + (w.count > 0);
}

#else

bool huffman_has_vectors(void) { return false; }

bool huffman_complete_vectors(const uint8_t *bytes, size_t count, uint32_t *counts) {
  return huffman_complete(bytes, count, counts);
}

size_t huffman_encode_vectors(
    const uint8_t *bytes, size_t count, const uint8_t *codes, const uint8_t *lengths, uint8_t *out) {
  (void)bytes, (void)count, (void)codes, (void)lengths, (void)out;
  __builtin_trap();
}

#endif
