/* SPDX-License-Identifier: Apache-2.0
 * The C ABI as strict C99: sizes and offsets of 64-bit systems pinned, and the sugar's answers. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "peers/convcheck_peer.h"

/* A negative array size is C99's static assertion. */
#define PASTE_INNER(a, b) a##b
#define PASTE(a, b) PASTE_INNER(a, b)
#define HOLDS(condition) typedef char PASTE(holds_in_line_, __LINE__)[(condition) ? 1 : -1]
#define PINNED_SIZE(type, bytes) HOLDS(sizeof(type) == (bytes))
#define PINNED(type, field, offset) HOLDS(offsetof(type, field) == (offset))

PINNED_SIZE(convcheck_problem, 248);
PINNED(convcheck_problem, struct_size, 0);
PINNED(convcheck_problem, operation, 4);
PINNED(convcheck_problem, rank, 8);
PINNED(convcheck_problem, padding_mode, 12);
PINNED(convcheck_problem, orientation, 16);
PINNED(convcheck_problem, x_type, 20);
PINNED(convcheck_problem, w_type, 24);
PINNED(convcheck_problem, y_type, 28);
PINNED(convcheck_problem, has_bias, 32);
PINNED(convcheck_problem, x_zero_point, 36);
PINNED(convcheck_problem, w_zero_point, 40);
PINNED(convcheck_problem, reserved, 44);
PINNED(convcheck_problem, batch, 48);
PINNED(convcheck_problem, groups, 56);
PINNED(convcheck_problem, in_channels, 64);
PINNED(convcheck_problem, out_channels, 72);
PINNED(convcheck_problem, x_extent, 80);
PINNED(convcheck_problem, w_extent, 104);
PINNED(convcheck_problem, y_extent, 128);
PINNED(convcheck_problem, stride, 152);
PINNED(convcheck_problem, dilation, 176);
PINNED(convcheck_problem, pad_begin, 200);
PINNED(convcheck_problem, pad_end, 224);

PINNED_SIZE(convcheck_options, 24);
PINNED(convcheck_options, struct_size, 0);
PINNED(convcheck_options, threads, 4);
PINNED(convcheck_options, layout, 8);
PINNED(convcheck_options, reserved, 12);
PINNED(convcheck_options, variant, 16);

PINNED_SIZE(convcheck_claim, 48);
PINNED(convcheck_claim, struct_size, 0);
PINNED(convcheck_claim, algorithm, 4);
PINNED(convcheck_claim, tree_height, 8);
PINNED(convcheck_claim, thread_invariant, 16);
PINNED(convcheck_claim, deterministic, 20);
PINNED(convcheck_claim, flushes_subnormals, 24);
PINNED(convcheck_claim, reserved, 28);
PINNED(convcheck_claim, workspace_bytes, 32);
PINNED(convcheck_claim, algorithm_name, 40);

PINNED_SIZE(convcheck_layout, 72);
PINNED(convcheck_layout, struct_size, 0);
PINNED(convcheck_layout, opaque, 4);
PINNED(convcheck_layout, bytes, 8);
PINNED(convcheck_layout, alignment_bytes, 16);
PINNED(convcheck_layout, read_slack_bytes, 24);
PINNED(convcheck_layout, strides, 32);

PINNED_SIZE(convcheck_peer, 112);
PINNED(convcheck_peer, struct_size, 0);
PINNED(convcheck_peer, abi_version, 4);
PINNED(convcheck_peer, name, 8);
PINNED(convcheck_peer, version, 16);
PINNED(convcheck_peer, licence, 24);
PINNED(convcheck_peer, variants, 32);
PINNED(convcheck_peer, supports, 40);
PINNED(convcheck_peer, prepare, 48);
PINNED(convcheck_peer, claim, 56);
PINNED(convcheck_peer, layout, 64);
PINNED(convcheck_peer, import_operand, 72);
PINNED(convcheck_peer, export_operand, 80);
PINNED(convcheck_peer, pack, 88);
PINNED(convcheck_peer, run, 96);
PINNED(convcheck_peer, destroy, 104);

static int failures = 0;

static void expect(const convcheck_problem* p, int32_t features, const char* reason) {
  char why[64] = "untouched";
  const int32_t answer = convcheck_supports(p, features, why, sizeof why);
  const int right = reason == NULL ? answer == CONVCHECK_OK && strcmp(why, "untouched") == 0
                                   : answer == CONVCHECK_UNSUPPORTED && strcmp(why, reason) == 0;
  if (right) return;
  ++failures;
  fprintf(stderr, "expected \"%s\", got %d \"%s\"\n", reason == NULL ? "ok" : reason, (int)answer,
          why);
}

/* Height and width alike: x elements, k taps, stride s, padding b and e. */
static convcheck_problem square(int64_t x, int64_t k, int64_t s, int64_t b, int64_t e) {
  convcheck_problem p = {0};
  int a;
  p.struct_size = sizeof p;
  p.rank = 2;
  p.batch = p.groups = p.in_channels = p.out_channels = 1;
  for (a = 0; a < 3; ++a) {
    p.x_extent[a] = a == 0 ? 1 : x;
    p.w_extent[a] = a == 0 ? 1 : k;
    p.y_extent[a] = a == 0 ? 1 : (x + b + e - k) / s + 1;
    p.stride[a] = a == 0 ? 1 : s;
    p.dilation[a] = 1;
    p.pad_begin[a] = a == 0 ? 0 : b;
    p.pad_end[a] =
        (p.y_extent[a] - 1) * p.stride[a] + p.w_extent[a] - p.x_extent[a] - p.pad_begin[a];
  }
  return p;
}

static void padding_features(void) {
  const int32_t strided = CONVCHECK_HAS_STRIDE;
  const int32_t padded = strided | CONVCHECK_HAS_PADDING;
  const int32_t asymmetric = padded | CONVCHECK_HAS_ASYMMETRIC_PADDING;
  convcheck_problem p = square(8, 3, 1, 0, 0);
  expect(&p, 0, NULL);
  p = square(8, 1, 2, 0, 0); /* The derived padding at the end is -1: the stride steps over it. */
  expect(&p, 0, "no strides");
  expect(&p, strided, NULL);
  p = square(8, 3, 2, 1, 1); /* Derived: 1 and 0. */
  expect(&p, strided, "no padding");
  expect(&p, padded, NULL);
  p = square(8, 3, 1, 1, 0);
  expect(&p, padded, "no asymmetric padding");
  expect(&p, asymmetric, NULL);
  p = square(8, 3, 1, -1, -1);
  expect(&p, asymmetric, "no negative padding");
  expect(&p, asymmetric | CONVCHECK_HAS_CROPPING, NULL);
}

static void other_features(void) {
  convcheck_problem p = square(8, 3, 1, 0, 0);
  p.operation = CONVCHECK_DECONV;
  expect(&p, 0, "no deconv");
  expect(&p, CONVCHECK_HAS_DECONV, NULL);
  p.operation = CONVCHECK_WGRAD;
  expect(&p, CONVCHECK_HAS_DECONV, "no wgrad");
  expect(&p, CONVCHECK_HAS_WGRAD, NULL);
  p = square(8, 3, 1, 0, 0);
  p.rank = 1;
  expect(&p, 0, "no rank 1");
  p.rank = 3;
  expect(&p, CONVCHECK_HAS_RANK_1, "no rank 3");
  expect(&p, CONVCHECK_HAS_RANK_3, NULL);
  p = square(8, 3, 1, 0, 0);
  p.groups = 2;
  expect(&p, 0, "no groups");
  expect(&p, CONVCHECK_HAS_GROUPS, NULL);
  p = square(8, 3, 1, 0, 0);
  p.has_bias = 1;
  expect(&p, 0, "no bias");
  expect(&p, CONVCHECK_HAS_BIAS, NULL);
  p = square(8, 3, 1, 0, 0);
  p.padding_mode = CONVCHECK_PAD_CIRCULAR;
  expect(&p, CONVCHECK_HAS_PADDING, "no padding with anything but zeros");
  expect(&p, CONVCHECK_HAS_PADDING_MODES, NULL);
  p = square(8, 3, 1, 0, 0);
  p.orientation = CONVCHECK_CONVOLUTION;
  expect(&p, 0, "no true convolution");
  expect(&p, CONVCHECK_HAS_TRUE_CONVOLUTION, NULL);
  p = square(8, 3, 1, 0, 0);
  p.dilation[2] = 2;
  expect(&p, 0, "no dilation");
  p = square(8, 3, 1, 0, 0);
  p.batch = 0;
  expect(&p, 0, "no tensors without elements");
  expect(&p, CONVCHECK_HAS_EMPTY, NULL);
  p = square(8, 3, 1, 0, 0);
  p.w_type = CONVCHECK_F64;
  expect(&p, 0, "no element type but f32");
}

/* A buffer that is too small gets what fits, and no byte more. */
static void short_buffers(void) {
  char why[4] = {'?', '?', '?', '?'};
  convcheck_problem p = square(8, 3, 1, 0, 0);
  p.groups = 2;
  convcheck_supports(&p, 0, why, 3);
  if (memcmp(why, "no\0?", 4) != 0) ++failures;
  why[0] = '?';
  convcheck_supports(&p, 0, why, 0);
  if (why[0] != '?') ++failures;
}

int main(void) {
  padding_features();
  other_features();
  short_buffers();
  return failures == 0 ? 0 : 1;
}
