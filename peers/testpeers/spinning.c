/* SPDX-License-Identifier: Apache-2.0
 * A plain convolution that then spins for SPINNING_PERCENT of its own time (a slowdown of known
 * size, for tests of what calls one) and with SPINNING_BACKWARDS set takes channels last to first.
 */
#define _POSIX_C_SOURCE 200809L /* clock_gettime */

#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "peers/convcheck_peer.h"

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* One image of one channel pair: y += x * w. */
static void add_plane(const convcheck_problem* p, const float* x, const float* w, float* y) {
  const int64_t *in = p->x_extent, *kernel = p->w_extent, *out = p->y_extent;
  for (int64_t i = 0; i < out[1]; ++i) {
    for (int64_t u = 0; u < kernel[1]; ++u) {
      const int64_t at = i + u - p->pad_begin[1];
      if (at < 0 || at >= in[1]) continue;
      for (int64_t j = 0; j < out[2]; ++j) {
        for (int64_t v = 0; v < kernel[2]; ++v) {
          const int64_t from = j + v - p->pad_begin[2];
          if (from >= 0 && from < in[2])
            y[i * out[2] + j] += x[at * in[2] + from] * w[u * kernel[2] + v];
        }
      }
    }
  }
}

static int32_t run(const convcheck_problem* p, void* const operands[4]) {
  const double begin = now();
  const char* percent = getenv("SPINNING_PERCENT");
  const double share = percent == NULL ? 0 : atof(percent) / 100;
  const int backwards = getenv("SPINNING_BACKWARDS") != NULL;
  const float *x = operands[CONVCHECK_X], *w = operands[CONVCHECK_W];
  float* y = operands[CONVCHECK_Y];
  const int64_t x_size = p->x_extent[1] * p->x_extent[2], w_size = p->w_extent[1] * p->w_extent[2];
  const int64_t y_size = p->y_extent[1] * p->y_extent[2];
  for (int64_t at = 0; at < p->batch * p->out_channels; ++at) {
    float* plane = y + at * y_size;
    for (int64_t i = 0; i < y_size; ++i) plane[i] = 0;
    for (int64_t i = 0; i < p->in_channels; ++i) {
      const int64_t c = backwards ? p->in_channels - 1 - i : i;
      add_plane(p, x + (at / p->out_channels * p->in_channels + c) * x_size,
                w + (at % p->out_channels * p->in_channels + c) * w_size, plane);
    }
  }
  const double end = now();
  while (now() - end < (end - begin) * share) continue;
  return CONVCHECK_OK;
}

CONVCHECK_SIMPLE_PEER("spinning", "1", "Apache-2.0", CONVCHECK_HAS_PADDING, run)
