/* SPDX-License-Identifier: Apache-2.0
 * The C ABI through which a convolution library is validated and timed by convcheck.
 * C99. No ownership and no allocation crosses it; one symbol is looked up: convcheck_peer_v1. */
#ifndef CONVCHECK_PEER_H_
#define CONVCHECK_PEER_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CONVCHECK_PEER_ABI_VERSION 1

/* Enumerations travel as int32_t, so that a new value never changes a struct. */

/* What a function answers. */
#define CONVCHECK_OK 0
#define CONVCHECK_UNSUPPORTED 1 /* A reason is in `why`: shown, and never counted as passed. */
#define CONVCHECK_FAILED 2      /* An error of the library; its text is in `why`. */

/* Operations: partial derivatives of <y, conv(x, w)>. */
#define CONVCHECK_CONV 0   /* writes y from x, w */
#define CONVCHECK_DECONV 1 /* writes x from y, w: transposed convolution, backward data */
#define CONVCHECK_WGRAD 2  /* writes w from x, y: backward weights */

/* Operands, as indices and as masks (1 << CONVCHECK_X). */
#define CONVCHECK_X 0
#define CONVCHECK_W 1
#define CONVCHECK_BIAS 2
#define CONVCHECK_Y 3

/* Element types. */
#define CONVCHECK_F32 0
#define CONVCHECK_F64 1
#define CONVCHECK_BF16 2
#define CONVCHECK_F16 3
#define CONVCHECK_S32 4
#define CONVCHECK_S8 5
#define CONVCHECK_U8 6

#define CONVCHECK_PAD_ZEROS 0
#define CONVCHECK_PAD_REFLECT 1
#define CONVCHECK_PAD_REPLICATE 2
#define CONVCHECK_PAD_CIRCULAR 3

#define CONVCHECK_CROSS_CORRELATION 0
#define CONVCHECK_CONVOLUTION 1 /* flips w */

/* How results are computed, which decides the bound they are held to. */
#define CONVCHECK_ALGORITHM_EXACT 0
#define CONVCHECK_ALGORITHM_DIRECT 1
#define CONVCHECK_ALGORITHM_WINOGRAD 2
#define CONVCHECK_ALGORITHM_FFT 3
#define CONVCHECK_ALGORITHM_TF32 4
#define CONVCHECK_ALGORITHM_BF16 5

#define CONVCHECK_LAYOUT_PLAIN 0     /* every operand dense; the library converts inside run */
#define CONVCHECK_LAYOUT_PREFERRED 1 /* the library's own choice, described by `layout` */

/* One convolution. Arrays over axes: depth, height, width; a problem of rank 2 has 1 (padding: 0)
 * in depth, one of rank 1 in depth and height. Extents count elements; a dilation of 1 is dense.
 *
 *   y[n, m, o] = bias[m] + sum over c, t of w[m, c, t]
 *                                    * x[n, group*C/G + c, o*stride + t*dilation - pad_begin]
 *
 * Plain layouts, slowest axis first:
 *   x [batch, in_channels, x_extent]   w [out_channels, in_channels/groups, w_extent]
 *   y [batch, out_channels, y_extent]  bias [channels of what is written]
 * in_channels and x_extent belong to x for all three operations. */
typedef struct convcheck_problem {
  uint32_t struct_size; /* sizeof(convcheck_problem) for the caller; fields are only added */
  int32_t operation;
  int32_t rank; /* 1 to 3 */
  int32_t padding_mode;
  int32_t orientation;
  int32_t x_type;
  int32_t w_type;
  int32_t y_type;
  int32_t has_bias; /* 0 or 1 */
  int32_t x_zero_point;
  int32_t w_zero_point;
  int32_t reserved;
  int64_t batch;
  int64_t groups;
  int64_t in_channels;
  int64_t out_channels;
  int64_t x_extent[3];
  int64_t w_extent[3];
  int64_t y_extent[3];
  int64_t stride[3];
  int64_t dilation[3];
  int64_t pad_begin[3]; /* may be negative: crops */
  int64_t pad_end[3];   /* derived: (y-1)*stride + (w-1)*dilation + 1 - x - pad_begin */
} convcheck_problem;

typedef struct convcheck_options {
  uint32_t struct_size;
  int32_t threads; /* at least 1 */
  int32_t layout;  /* CONVCHECK_LAYOUT_... */
  int32_t reserved;
  const char* variant; /* one of convcheck_peer.variants, or "" for the default */
} convcheck_options;

/* What a plan promises and how it wants its operands; filled by the peer. */
typedef struct convcheck_claim {
  uint32_t struct_size;
  int32_t algorithm;        /* CONVCHECK_ALGORITHM_... */
  int64_t tree_height;      /* most roundings between a product and its output, its own included:
                             * |error| <= gamma(tree_height) * sum |x||w|; 0: any order */
  int32_t thread_invariant; /* the same bits for any number of threads */
  int32_t deterministic;    /* the same bits for every run */
  int32_t flushes_subnormals;
  int32_t reserved;
  uint64_t workspace_bytes;
  const char* algorithm_name; /* for reports; lives as long as the plan; may be NULL */
} convcheck_claim;

typedef struct convcheck_layout {
  uint32_t struct_size;
  int32_t opaque;            /* 1: reached by import_operand and export_operand */
  uint64_t bytes;            /* size in this layout */
  uint64_t alignment_bytes;  /* what the address must be a multiple of; at least 1 */
  uint64_t read_slack_bytes; /* how far past the end may be read (never written) */
  int64_t strides[5];        /* not opaque: elements per axis of [outer, channels, d, h, w] */
} convcheck_layout;

typedef struct convcheck_plan convcheck_plan; /* the peer's own */

/* The peer: constant, static storage. Functions may be called from any thread, each plan by one
 * thread at a time. `why` receives a NUL-terminated sentence unless the answer is CONVCHECK_OK. */
typedef struct convcheck_peer {
  uint32_t struct_size;        /* sizeof(convcheck_peer) as the peer knows it */
  int32_t abi_version;         /* CONVCHECK_PEER_ABI_VERSION */
  const char* name;            /* "onednn" */
  const char* version;         /* "oneDNN 2.6.3 (libdnnl)" */
  const char* licence;         /* SPDX expression */
  const char* const* variants; /* NULL-terminated names besides "", or NULL */

  int32_t (*supports)(const convcheck_problem*, const convcheck_options*, char* why,
                      size_t why_size);
  /* Chooses the algorithm and allocates the workspace.
   * NULL: nothing to prepare; the plan that the other functions receive is the problem itself, a
   * `const convcheck_problem*` that the caller keeps alive. */
  int32_t (*prepare)(const convcheck_problem*, const convcheck_options*, convcheck_plan** plan,
                     char* why, size_t why_size);
  /* Sets every field but struct_size, which the caller has set, its own fields zeroed.
   * NULL: direct, in any order, nothing else promised. */
  void (*claim)(const convcheck_plan*, convcheck_claim*);
  /* NULL: every operand is plain, aligned to its element size, without slack. */
  void (*layout)(const convcheck_plan*, int32_t operand, convcheck_layout*);
  /* NULL if no layout is opaque. plain -> native, native -> plain. */
  int32_t (*import_operand)(const convcheck_plan*, int32_t operand, const void* plain, void* native,
                            char* why, size_t why_size);
  int32_t (*export_operand)(const convcheck_plan*, int32_t operand, const void* native, void* plain,
                            char* why, size_t why_size);
  /* Takes over w (conv, deconv), in the layout of w: it may be freed or changed afterwards.
   * NULL: w is passed to every run instead. Never called for wgrad. */
  int32_t (*pack)(convcheck_plan*, const void* w, char* why, size_t why_size);
  /* Operands by index CONVCHECK_X..Y; absent and packed ones are NULL. Writes every element of the
   * written one and no other byte. */
  int32_t (*run)(convcheck_plan*, void* const operands[4], char* why, size_t why_size);
  /* NULL where prepare is. */
  void (*destroy)(convcheck_plan*);
} convcheck_peer;

/* The one exported function. `host_abi_version` is the caller's; NULL if it cannot be served. */
#if defined(_WIN32)
#define CONVCHECK_PEER_EXPORT __declspec(dllexport)
#else
#define CONVCHECK_PEER_EXPORT __attribute__((visibility("default")))
#endif
CONVCHECK_PEER_EXPORT const convcheck_peer* convcheck_peer_v1(int32_t host_abi_version);

/* The rest is sugar for a library whose convolution is one call (peers/examples/ten_lines.c): every
 * peer has f32 `conv` of rank 2 with batch and channels, and says what it has beyond that. */
#define CONVCHECK_HAS_STRIDE 1
#define CONVCHECK_HAS_DILATION 2
#define CONVCHECK_HAS_PADDING 4            /* zeros, the same at both ends by the floor formula */
#define CONVCHECK_HAS_ASYMMETRIC_PADDING 8 /* any padding that is not negative */
#define CONVCHECK_HAS_CROPPING 16          /* negative padding too */
#define CONVCHECK_HAS_GROUPS 32
#define CONVCHECK_HAS_BIAS 64
#define CONVCHECK_HAS_RANK_1 128
#define CONVCHECK_HAS_RANK_3 256
#define CONVCHECK_HAS_DECONV 512
#define CONVCHECK_HAS_WGRAD 1024
#define CONVCHECK_HAS_PADDING_MODES 2048 /* reflect, replicate, circular */
#define CONVCHECK_HAS_TRUE_CONVOLUTION 4096
#define CONVCHECK_HAS_EMPTY 8192 /* tensors without elements */

/* The first thing that the problem needs and `features` lack ("no strides"), or NULL. */
static inline const char* convcheck_lacking(const convcheck_problem* p, int32_t features) {
  int empty = p->batch == 0 || p->in_channels == 0 || p->out_channels == 0;
  if (p->x_type != CONVCHECK_F32 || p->w_type != CONVCHECK_F32 || p->y_type != CONVCHECK_F32)
    return "no element type but f32";
  if (p->operation == CONVCHECK_DECONV && !(features & CONVCHECK_HAS_DECONV)) return "no deconv";
  if (p->operation == CONVCHECK_WGRAD && !(features & CONVCHECK_HAS_WGRAD)) return "no wgrad";
  if (p->rank == 1 && !(features & CONVCHECK_HAS_RANK_1)) return "no rank 1";
  if (p->rank == 3 && !(features & CONVCHECK_HAS_RANK_3)) return "no rank 3";
  if (p->groups != 1 && !(features & CONVCHECK_HAS_GROUPS)) return "no groups";
  if (p->has_bias && !(features & CONVCHECK_HAS_BIAS)) return "no bias";
  if (p->padding_mode != CONVCHECK_PAD_ZEROS && !(features & CONVCHECK_HAS_PADDING_MODES))
    return "no padding with anything but zeros";
  if (p->orientation != CONVCHECK_CROSS_CORRELATION && !(features & CONVCHECK_HAS_TRUE_CONVOLUTION))
    return "no true convolution";
  for (int a = 0; a < 3; ++a) {
    /* As long as no window more fits, more padding at the end changes nothing. */
    const int64_t begin = p->pad_begin[a], end = p->pad_end[a], loose = end + p->stride[a] - 1;
    const int symmetric = end <= begin && begin <= loose;
    empty = empty || p->x_extent[a] == 0 || p->y_extent[a] == 0;
    if (p->stride[a] != 1 && !(features & CONVCHECK_HAS_STRIDE)) return "no strides";
    if (p->dilation[a] != 1 && !(features & CONVCHECK_HAS_DILATION)) return "no dilation";
    if ((symmetric && begin == 0) || (features & CONVCHECK_HAS_CROPPING)) continue;
    if (begin < 0 || loose < 0) return "no negative padding";
    if (features & CONVCHECK_HAS_ASYMMETRIC_PADDING) continue;
    if (!symmetric) return "no asymmetric padding";
    if (!(features & CONVCHECK_HAS_PADDING)) return "no padding";
  }
  if (empty && !(features & CONVCHECK_HAS_EMPTY)) return "no tensors without elements";
  return NULL;
}

/* The answer of `supports` for a peer with these features. */
static inline int32_t convcheck_supports(const convcheck_problem* p, int32_t features, char* why,
                                         size_t why_size) {
  const char* lacking = convcheck_lacking(p, features);
  if (lacking == NULL) return CONVCHECK_OK;
  for (; why_size > 1 && *lacking != '\0'; --why_size) *why++ = *lacking++;
  if (why_size > 0) *why = '\0';
  return CONVCHECK_UNSUPPORTED;
}

/* A whole peer: strings, CONVCHECK_HAS_... joined by |, and a function
 *   int32_t run(const convcheck_problem* problem, void* const operands[4])
 * that answers CONVCHECK_OK. No semicolon after it. */
#define CONVCHECK_SIMPLE_PEER(name, version, licence, features, run_function)                      \
  static int32_t convcheck_simple_supports(const convcheck_problem* p, const convcheck_options* o, \
                                           char* why, size_t why_size) {                           \
    (void)o;                                                                                       \
    return convcheck_supports(p, features, why, why_size);                                         \
  }                                                                                                \
  static int32_t convcheck_simple_run(convcheck_plan* plan, void* const operands[4], char* why,    \
                                      size_t why_size) {                                           \
    if (why_size > 0) why[0] = '\0';                                                               \
    return run_function((const convcheck_problem*)plan, operands);                                 \
  }                                                                                                \
  CONVCHECK_PEER_EXPORT const convcheck_peer* convcheck_peer_v1(int32_t host_abi_version) {        \
    static const convcheck_peer peer = {sizeof(convcheck_peer),                                    \
                                        CONVCHECK_PEER_ABI_VERSION,                                \
                                        name,                                                      \
                                        version,                                                   \
                                        licence,                                                   \
                                        NULL,                                                      \
                                        convcheck_simple_supports,                                 \
                                        NULL,                                                      \
                                        NULL,                                                      \
                                        NULL,                                                      \
                                        NULL,                                                      \
                                        NULL,                                                      \
                                        NULL,                                                      \
                                        convcheck_simple_run,                                      \
                                        NULL};                                                     \
    return host_abi_version == CONVCHECK_PEER_ABI_VERSION ? &peer : NULL;                          \
  }

#ifdef __cplusplus
}
#endif
#endif /* CONVCHECK_PEER_H_ */
