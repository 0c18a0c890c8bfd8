/* SPDX-License-Identifier: Apache-2.0 */
#include "my_library.h"

void my_conv2d(const my_shape* s, const float* x, const float* w, float* y) {
  const int64_t rows = (s->image[0] + 2 * s->pad[0] - s->kernel[0]) / s->stride[0] + 1;
  const int64_t columns = (s->image[1] + 2 * s->pad[1] - s->kernel[1]) / s->stride[1] + 1;
  for (int64_t n = 0; n < s->batch; ++n)
    for (int64_t m = 0; m < s->out_channels; ++m)
      for (int64_t row = 0; row < rows; ++row)
        for (int64_t column = 0; column < columns; ++column) {
          float sum = 0;
          for (int64_t c = 0; c < s->in_channels; ++c)
            for (int64_t u = 0; u < s->kernel[0]; ++u)
              for (int64_t v = 0; v < s->kernel[1]; ++v) {
                const int64_t i = row * s->stride[0] + u - s->pad[0];
                const int64_t j = column * s->stride[1] + v - s->pad[1];
                if (i < 0 || i >= s->image[0] || j < 0 || j >= s->image[1]) continue;
                sum += x[((n * s->in_channels + c) * s->image[0] + i) * s->image[1] + j] *
                       w[((m * s->in_channels + c) * s->kernel[0] + u) * s->kernel[1] + v];
              }
          y[((n * s->out_channels + m) * rows + row) * columns + column] = sum;
        }
}
