#include <stdio.h>
#include <webp/decode.h>

#include "CImageCodecs.h"

cimage_status cimage_webp_decode(const uint8_t *bytes, size_t count, cimage_size size, uint8_t *pixels, char *message) {
  message[0] = 0;
  WebPDecoderConfig config;
  if (!WebPInitDecoderConfig(&config)) {
    snprintf(message, CIMAGE_MESSAGE_SIZE, "libwebp has another version than its headers");
    return CIMAGE_CORRUPT;
  }
  VP8StatusCode status = WebPGetFeatures(bytes, count, &config.input);
  if (status == VP8_STATUS_OK) {
    if ((uint32_t)config.input.width != size.width || (uint32_t)config.input.height != size.height) {
      snprintf(message, CIMAGE_MESSAGE_SIZE, "two sizes in one file");
      return CIMAGE_CORRUPT;
    }
    config.output.colorspace = MODE_RGBA;
    config.output.is_external_memory = 1;
    config.output.u.RGBA.rgba = pixels;
    config.output.u.RGBA.stride = (int)(size.width * 4);
    config.output.u.RGBA.size = (size_t)size.width * size.height * 4;
    status = WebPDecode(bytes, count, &config);
  }
  switch (status) {
    case VP8_STATUS_OK: return CIMAGE_OK;
    case VP8_STATUS_NOT_ENOUGH_DATA:
    case VP8_STATUS_SUSPENDED: return CIMAGE_TRUNCATED;
    case VP8_STATUS_OUT_OF_MEMORY: return CIMAGE_NO_MEMORY;
    case VP8_STATUS_UNSUPPORTED_FEATURE:
      snprintf(message, CIMAGE_MESSAGE_SIZE, "it uses a feature libwebp does not decode");
      return CIMAGE_CORRUPT;
    default: snprintf(message, CIMAGE_MESSAGE_SIZE, "its bit stream is broken"); return CIMAGE_CORRUPT;
  }
}
