/* SPDX-License-Identifier: Apache-2.0
 * The library: cross-correlation of images in planes, with zeros around. */
#ifndef MY_LIBRARY_H_
#define MY_LIBRARY_H_

#include <stdint.h>

typedef struct {
  int64_t batch, in_channels, out_channels;
  int64_t image[2], kernel[2], stride[2], pad[2]; /* height, width */
} my_shape;

/* x [batch, in, image], w [out, in, kernel],
 * y [batch, out, floor((image + 2 pad - kernel) / stride) + 1]. */
void my_conv2d(const my_shape* shape, const float* x, const float* w, float* y);

#endif /* MY_LIBRARY_H_ */
