#include <stdlib.h>

#include "CImageCodecs.h"

void cimage_free(cimage_buffer buffer) { free(buffer.bytes); }
