/* SPDX-License-Identifier: Apache-2.0 */
/* Peers whose table says what no loader may accept: BROKEN chooses which. */
#include "peers/convcheck_peer.h"

enum { kNoAnswer = 0, kOtherVersion = 1, kTooSmall = 2, kNoFunctions = 3, kNoDestroy = 4 };

#if BROKEN != 3
static int32_t supports(const convcheck_problem* p, const convcheck_options* o, char* why,
                        size_t why_size) {
  (void)o;
  return convcheck_supports(p, 0, why, why_size);
}

static int32_t prepare(const convcheck_problem* p, const convcheck_options* o,
                       convcheck_plan** plan, char* why, size_t why_size) {
  (void)p, (void)o, (void)plan, (void)why, (void)why_size;
  return CONVCHECK_FAILED;
}

static int32_t run(convcheck_plan* plan, void* const operands[4], char* why, size_t why_size) {
  (void)plan, (void)operands, (void)why, (void)why_size;
  return CONVCHECK_FAILED;
}
#endif

static const convcheck_peer kPeer = {
    BROKEN == kTooSmall ? 16 : sizeof(convcheck_peer),
    BROKEN == kOtherVersion ? 99 : CONVCHECK_PEER_ABI_VERSION,
    "broken",
    NULL,
    NULL,
    NULL,
#if BROKEN == 3
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
#else
    supports,
    prepare,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    run,
    NULL,
#endif
};

const convcheck_peer* convcheck_peer_v1(int32_t host_abi_version) {
  (void)host_abi_version;
  return BROKEN == kNoAnswer ? NULL : &kPeer;
}
