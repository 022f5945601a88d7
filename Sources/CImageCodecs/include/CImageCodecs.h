// Decoding and encoding of JPEG, PNG and WebP in memory.
//
// A shim because libjpeg and libpng report errors by longjmp, which must not cross Swift frames. No function here keeps
// state, prints, or allocates in proportion to what a header claims: the caller reads the header, checks the size and
// brings the buffer.
#pragma once

#include <stddef.h>
#include <stdint.h>

#define CIMAGE_MESSAGE_SIZE 256

typedef enum {
  CIMAGE_OK = 0,
  CIMAGE_TRUNCATED,  // the data end before the image does
  CIMAGE_CORRUPT,    // the codec's own words are in `message`
  CIMAGE_NO_MEMORY,
} cimage_status;

// What the caller found in the header; a codec that finds another size refuses.
typedef struct {
  uint32_t width;
  uint32_t height;
} cimage_size;

// `channels` 3: `pixels` gets RGB (grey is repeated). `channels` 4: CMYK as stored, neither inverted nor converted.
// `pixels` holds width * height * channels bytes; `message` holds CIMAGE_MESSAGE_SIZE.
cimage_status cimage_jpeg_decode(
  const uint8_t *bytes, size_t count, cimage_size size, int channels, uint8_t *pixels, char *message);

// `pixels` gets 8-bit RGBA, width * height * 4 bytes. 16-bit colour keeps its high byte; 16-bit grey without an alpha
// channel is cut off at 255, as Pillow does.
cimage_status cimage_png_decode(const uint8_t *bytes, size_t count, cimage_size size, uint8_t *pixels, char *message);

// `pixels` gets 8-bit RGBA, width * height * 4 bytes. Still images only.
cimage_status cimage_webp_decode(const uint8_t *bytes, size_t count, cimage_size size, uint8_t *pixels, char *message);

// Bytes made by an encoder; give them back with cimage_free.
typedef struct {
  uint8_t *bytes;
  size_t count;
} cimage_buffer;

// `pixels` is RGB, width * height * 3 bytes; `quality` 1...100.
cimage_status cimage_jpeg_encode(
  const uint8_t *pixels, cimage_size size, int quality, cimage_buffer *out, char *message);
cimage_status cimage_png_encode(const uint8_t *pixels, cimage_size size, cimage_buffer *out, char *message);
void cimage_free(cimage_buffer buffer);
