/* SPDX-License-Identifier: Apache-2.0
 * A convolution of your own, and the ten lines that make it a peer. */
#include <stdint.h>

/* The library to be judged: x [batch, in, image], w [out, in, kernel], zero padding, and an output
 * of floor((image + 2 * pad - kernel) / stride) + 1 rows and columns. */
static void my_conv2d(const float* x, const float* w, float* y, int64_t batch, int64_t in,
                      int64_t out, const int64_t image[2], const int64_t kernel[2],
                      const int64_t stride[2], const int64_t pad[2]) {
  const int64_t rows = (image[0] + 2 * pad[0] - kernel[0]) / stride[0] + 1;
  const int64_t columns = (image[1] + 2 * pad[1] - kernel[1]) / stride[1] + 1;
  const int64_t taps = kernel[0] * kernel[1];
  for (int64_t at = 0; at < batch * out * rows * columns; ++at) {
    const int64_t n = at / (out * rows * columns), m = at / (rows * columns) % out;
    const int64_t top = at / columns % rows * stride[0] - pad[0];
    const int64_t left = at % columns * stride[1] - pad[1];
    y[at] = 0;
    for (int64_t t = 0; t < in * taps; ++t) {
      const int64_t i = top + t / kernel[1] % kernel[0], j = left + t % kernel[1];
      if (i >= 0 && i < image[0] && j >= 0 && j < image[1])
        y[at] += x[((n * in + t / taps) * image[0] + i) * image[1] + j] * w[m * in * taps + t];
    }
  }
}

/* The ten lines. */
#include <convcheck_peer.h>

static int32_t run(const convcheck_problem* p, void* const operands[4]) {
  my_conv2d(operands[CONVCHECK_X], operands[CONVCHECK_W], operands[CONVCHECK_Y], p->batch,
            p->in_channels, p->out_channels, p->x_extent + 1, p->w_extent + 1, p->stride + 1,
            p->pad_begin + 1);
  return CONVCHECK_OK;
}

CONVCHECK_SIMPLE_PEER("mine", "1.0", "MIT", CONVCHECK_HAS_STRIDE | CONVCHECK_HAS_PADDING, run)
