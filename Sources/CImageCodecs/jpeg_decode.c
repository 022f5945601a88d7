#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

#include "CImageCodecs.h"

// A progressive file may hold any number of scans of a few bytes, each of which walks the whole image.
enum { maximum_scans = 100 };

typedef struct {
  struct jpeg_decompress_struct codec;
  struct jpeg_error_mgr errors;
  struct jpeg_source_mgr source;
  struct jpeg_progress_mgr progress;
  jmp_buf escape;
  cimage_status status;
  char *message;
} decoder;

static void fail(j_common_ptr codec) {
  decoder *d = codec->client_data;
  if (d->status == CIMAGE_OK) {
    d->status = d->errors.msg_code == JERR_OUT_OF_MEMORY ? CIMAGE_NO_MEMORY : CIMAGE_CORRUPT;
    char text[JMSG_LENGTH_MAX];
    d->errors.format_message(codec, text);
    snprintf(d->message, CIMAGE_MESSAGE_SIZE, "%s", text);
  }
  longjmp(d->escape, 1);
}

// libjpeg only warns where pixels are lost, and fills in grey. Warnings that lose no pixels pass.
static void warn(j_common_ptr codec, int level) {
  decoder *d = codec->client_data;
  if (level >= 0) return;
  switch (d->errors.msg_code) {
    case JWRN_JPEG_EOF:
    case JWRN_HIT_MARKER: d->status = CIMAGE_TRUNCATED; longjmp(d->escape, 1);
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_MUST_RESYNC: fail(codec); break;
    default: break;
  }
}

static void print_nothing(j_common_ptr codec) { (void)codec; }
static void do_nothing(j_decompress_ptr codec) { (void)codec; }

static boolean run_dry(j_decompress_ptr codec) {
  decoder *d = codec->client_data;
  d->status = CIMAGE_TRUNCATED;
  longjmp(d->escape, 1);
}

static void skip(j_decompress_ptr codec, long count) {
  if (count <= 0) return;
  if ((size_t)count > codec->src->bytes_in_buffer) run_dry(codec);
  codec->src->next_input_byte += count;
  codec->src->bytes_in_buffer -= (size_t)count;
}

static void limit_scans(j_common_ptr codec) {
  decoder *d = codec->client_data;
  if (d->codec.input_scan_number <= maximum_scans) return;
  d->status = CIMAGE_CORRUPT;
  snprintf(d->message, CIMAGE_MESSAGE_SIZE, "more than %d progressive scans", maximum_scans);
  longjmp(d->escape, 1);
}

// All that may jump runs here, so that no local variable of the caller is in doubt afterwards.
static void decode(decoder *d, const uint8_t *bytes, size_t count, cimage_size size, int channels, uint8_t *pixels) {
  if (setjmp(d->escape)) return;
  jpeg_create_decompress(&d->codec);
  d->codec.client_data = d;
  d->codec.src = &d->source;
  d->codec.progress = &d->progress;
  d->source.next_input_byte = bytes;
  d->source.bytes_in_buffer = count;
  jpeg_read_header(&d->codec, TRUE);
  int cmyk = d->codec.num_components == 4;
  if (d->codec.image_width != size.width || d->codec.image_height != size.height || cmyk != (channels == 4)) {
    d->status = CIMAGE_CORRUPT;
    snprintf(d->message, CIMAGE_MESSAGE_SIZE, "two sizes in one file");
    return;
  }
  d->codec.out_color_space = cmyk ? JCS_CMYK : JCS_RGB;
  jpeg_start_decompress(&d->codec);
  size_t stride = (size_t)size.width * (size_t)channels;
  while (d->codec.output_scanline < d->codec.output_height) {
    JSAMPROW row = pixels + d->codec.output_scanline * stride;
    jpeg_read_scanlines(&d->codec, &row, 1);
  }
}

cimage_status cimage_jpeg_decode(
  const uint8_t *bytes, size_t count, cimage_size size, int channels, uint8_t *pixels, char *message) {
  message[0] = 0;
  decoder d;
  memset(&d, 0, sizeof d);
  d.message = message;
  d.codec.err = jpeg_std_error(&d.errors);
  // Before jpeg_create_decompress too: it fails through the handler, and keeps `err` and `client_data`.
  d.codec.client_data = &d;
  d.errors.error_exit = fail;
  d.errors.emit_message = warn;
  d.errors.output_message = print_nothing;
  d.source.init_source = do_nothing;
  d.source.fill_input_buffer = run_dry;
  d.source.skip_input_data = skip;
  d.source.resync_to_restart = jpeg_resync_to_restart;
  d.source.term_source = do_nothing;
  d.progress.progress_monitor = limit_scans;
  decode(&d, bytes, count, size, channels, pixels);
  jpeg_destroy_decompress(&d.codec);
  return d.status;
}
