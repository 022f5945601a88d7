#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CImageCodecs.h"

typedef struct {
  png_structp codec;
  png_infop info;
  uint8_t *bytes;
  size_t count, capacity;
  cimage_status status;
  char *message;
} encoder;

static void fail(png_structp codec, png_const_charp text) {
  encoder *e = png_get_error_ptr(codec);
  if (e->status == CIMAGE_OK) e->status = CIMAGE_CORRUPT;
  snprintf(e->message, CIMAGE_MESSAGE_SIZE, "%s", text);
  png_longjmp(codec, 1);
}

static void ignore_warning(png_structp codec, png_const_charp text) { (void)codec, (void)text; }

static void append(png_structp codec, png_bytep bytes, size_t count) {
  encoder *e = png_get_io_ptr(codec);
  if (count > e->capacity - e->count) {
    size_t capacity = (e->count + count) * 2;
    uint8_t *larger = realloc(e->bytes, capacity);
    if (!larger) {
      e->status = CIMAGE_NO_MEMORY;
      png_error(codec, "no memory");
    }
    e->bytes = larger;
    e->capacity = capacity;
  }
  memcpy(e->bytes + e->count, bytes, count);
  e->count += count;
}

static void flush_nothing(png_structp codec) { (void)codec; }

static void encode(encoder *e, const uint8_t *pixels, cimage_size size) {
  if (setjmp(png_jmpbuf(e->codec))) return;
  png_set_write_fn(e->codec, e, append, flush_nothing);
  png_set_IHDR(
    e->codec, e->info, size.width, size.height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
    PNG_FILTER_TYPE_DEFAULT);
  png_write_info(e->codec, e->info);
  for (uint32_t y = 0; y < size.height; y++) png_write_row(e->codec, pixels + (size_t)y * size.width * 3);
  png_write_end(e->codec, NULL);
}

cimage_status cimage_png_encode(const uint8_t *pixels, cimage_size size, cimage_buffer *out, char *message) {
  message[0] = 0;
  encoder e = {.status = CIMAGE_OK, .message = message};
  e.codec = png_create_write_struct(PNG_LIBPNG_VER_STRING, &e, fail, ignore_warning);
  if (!e.codec) return CIMAGE_NO_MEMORY;
  e.info = png_create_info_struct(e.codec);
  if (e.info)
    encode(&e, pixels, size);
  else
    e.status = CIMAGE_NO_MEMORY;
  png_destroy_write_struct(&e.codec, &e.info);
  if (e.status != CIMAGE_OK) {
    free(e.bytes);
    return e.status;
  }
  out->bytes = e.bytes;
  out->count = e.count;
  return CIMAGE_OK;
}
