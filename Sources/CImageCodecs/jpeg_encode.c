#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

#include "CImageCodecs.h"

typedef struct {
  struct jpeg_compress_struct codec;
  struct jpeg_error_mgr errors;
  jmp_buf escape;
  cimage_status status;
  char *message;
  unsigned char *bytes;
  unsigned long count;
} encoder;

static void fail(j_common_ptr codec) {
  encoder *e = codec->client_data;
  e->status = e->errors.msg_code == JERR_OUT_OF_MEMORY ? CIMAGE_NO_MEMORY : CIMAGE_CORRUPT;
  char text[JMSG_LENGTH_MAX];
  e->errors.format_message(codec, text);
  snprintf(e->message, CIMAGE_MESSAGE_SIZE, "%s", text);
  longjmp(e->escape, 1);
}

static void print_nothing(j_common_ptr codec) { (void)codec; }

static void encode(encoder *e, const uint8_t *pixels, cimage_size size, int quality) {
  if (setjmp(e->escape)) return;
  jpeg_create_compress(&e->codec);
  e->codec.client_data = e;
  jpeg_mem_dest(&e->codec, &e->bytes, &e->count);
  e->codec.image_width = size.width;
  e->codec.image_height = size.height;
  e->codec.input_components = 3;
  e->codec.in_color_space = JCS_RGB;
  jpeg_set_defaults(&e->codec);
  jpeg_set_quality(&e->codec, quality, TRUE);
  jpeg_start_compress(&e->codec, TRUE);
  while (e->codec.next_scanline < e->codec.image_height) {
    // libjpeg takes rows without const, and only reads them.
    JSAMPROW row = (JSAMPROW)(pixels + (size_t)e->codec.next_scanline * size.width * 3);
    jpeg_write_scanlines(&e->codec, &row, 1);
  }
  jpeg_finish_compress(&e->codec);
}

cimage_status cimage_jpeg_encode(
  const uint8_t *pixels, cimage_size size, int quality, cimage_buffer *out, char *message) {
  message[0] = 0;
  encoder e;
  memset(&e, 0, sizeof e);
  e.message = message;
  e.codec.err = jpeg_std_error(&e.errors);
  e.codec.client_data = &e;
  e.errors.error_exit = fail;
  e.errors.output_message = print_nothing;
  encode(&e, pixels, size, quality);
  jpeg_destroy_compress(&e.codec);
  if (e.status != CIMAGE_OK) {
    free(e.bytes);
    return e.status;
  }
  out->bytes = e.bytes;
  out->count = e.count;
  return CIMAGE_OK;
}
