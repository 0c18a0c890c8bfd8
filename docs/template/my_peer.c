/* SPDX-License-Identifier: Apache-2.0
 * What shows the library to convcheck: it is compiled into a module and judged from outside. */
#include <convcheck_peer.h>

#include "my_library.h"

static int32_t run(const convcheck_problem* p, void* const operands[4]) {
  const my_shape shape = {p->batch,
                          p->in_channels,
                          p->out_channels,
                          {p->x_extent[1], p->x_extent[2]},
                          {p->w_extent[1], p->w_extent[2]},
                          {p->stride[1], p->stride[2]},
                          {p->pad_begin[1], p->pad_begin[2]}};
  my_conv2d(&shape, operands[CONVCHECK_X], operands[CONVCHECK_W], operands[CONVCHECK_Y]);
  return CONVCHECK_OK;
}

/* What the library has: convcheck asks it nothing else. */
CONVCHECK_SIMPLE_PEER("my_library", "1.0", "Apache-2.0",
                      CONVCHECK_HAS_STRIDE | CONVCHECK_HAS_PADDING, run)
