#include <png.h>
#include <stdio.h>
#include <string.h>

#include "CImageCodecs.h"

// No chunk but the image data may make libpng allocate more than this, packed or unpacked.
enum { maximum_chunk_bytes = 1 << 23, maximum_cached_chunks = 64 };

typedef struct {
  png_structp codec;
  png_infop info;
  const uint8_t *next;
  size_t left;
  cimage_status status;
  char *message;
} decoder;

static void fail(png_structp codec, png_const_charp text) {
  decoder *d = png_get_error_ptr(codec);
  if (d->status == CIMAGE_OK) {
    // libpng's words for chunks that are all there but hold too little.
    int is_short = strstr(text, "Not enough image data") != NULL;
    d->status = is_short ? CIMAGE_TRUNCATED : CIMAGE_CORRUPT;
    snprintf(d->message, CIMAGE_MESSAGE_SIZE, "%s", text);
  }
  png_longjmp(codec, 1);
}

static void ignore_warning(png_structp codec, png_const_charp text) { (void)codec, (void)text; }

static void read_bytes(png_structp codec, png_bytep out, size_t count) {
  decoder *d = png_get_io_ptr(codec);
  if (count > d->left) {
    d->status = CIMAGE_TRUNCATED;
    png_error(codec, "end of data");
  }
  memcpy(out, d->next, count);
  d->next += count;
  d->left -= count;
}

// Text, colour profiles and the like do not change the pixels here: they are skipped, never unpacked.
static void skip_ancillary_chunks(png_structp codec) {
  static const png_byte names[] =
    "tEXt\0zTXt\0iTXt\0iCCP\0sPLT\0pCAL\0sCAL\0hIST\0eXIf\0bKGD\0cHRM\0gAMA\0oFFs\0pHYs\0sBIT\0sRGB\0tIME";
  png_set_keep_unknown_chunks(codec, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
  png_set_keep_unknown_chunks(codec, PNG_HANDLE_CHUNK_NEVER, names, (int)(sizeof names / 5));
}

static void decode(decoder *d, cimage_size size, uint8_t *pixels) {
  if (setjmp(png_jmpbuf(d->codec))) return;
  png_set_user_limits(d->codec, size.width, size.height);
  png_set_chunk_malloc_max(d->codec, maximum_chunk_bytes);
  png_set_chunk_cache_max(d->codec, maximum_cached_chunks);
  skip_ancillary_chunks(d->codec);
  png_set_read_fn(d->codec, d, read_bytes);
  png_read_info(d->codec, d->info);
  if (png_get_image_width(d->codec, d->info) != size.width || png_get_image_height(d->codec, d->info) != size.height)
    png_error(d->codec, "two sizes in one file");

  int is_grey_16 = png_get_bit_depth(d->codec, d->info) == 16
    && png_get_color_type(d->codec, d->info) == PNG_COLOR_TYPE_GRAY;
  png_set_expand(d->codec);
  if (!png_get_valid(d->codec, d->info, PNG_INFO_tRNS)) png_set_add_alpha(d->codec, 0xffff, PNG_FILLER_AFTER);
  if (!is_grey_16) {
    png_set_strip_16(d->codec);
    png_set_gray_to_rgb(d->codec);
  }
  int passes = png_set_interlace_handling(d->codec);
  png_read_update_info(d->codec, d->info);
  size_t stride = (size_t)size.width * 4;
  if (png_get_rowbytes(d->codec, d->info) != stride) png_error(d->codec, "an unknown pixel layout");
  for (int pass = 0; pass < passes; pass++)
    for (uint32_t y = 0; y < size.height; y++) png_read_row(d->codec, pixels + y * stride, NULL);
  png_read_end(d->codec, NULL);

  if (is_grey_16) {
    // Grey and alpha of 16 bits each take the place of one RGBA pixel.
    for (uint8_t *p = pixels, *end = pixels + stride * size.height; p < end; p += 4) {
      uint8_t grey = p[0] ? 255 : p[1], alpha = p[2];
      p[0] = p[1] = p[2] = grey;
      p[3] = alpha;
    }
  }
}

cimage_status cimage_png_decode(const uint8_t *bytes, size_t count, cimage_size size, uint8_t *pixels, char *message) {
  message[0] = 0;
  decoder d = {.next = bytes, .left = count, .status = CIMAGE_OK, .message = message};
  d.codec = png_create_read_struct(PNG_LIBPNG_VER_STRING, &d, fail, ignore_warning);
  if (!d.codec) return CIMAGE_NO_MEMORY;
  d.info = png_create_info_struct(d.codec);
  if (d.info)
    decode(&d, size, pixels);
  else
    d.status = CIMAGE_NO_MEMORY;
  png_destroy_read_struct(&d.codec, &d.info, NULL);
  return d.status;
}
