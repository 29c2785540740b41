// What the C files of this folder share and nobody else sees.
#ifndef APUS_CK_INTERNAL_H
#define APUS_CK_INTERNAL_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ck.h"

// One binary runs everywhere and uses AVX-512 where it is: hot functions are compiled three times and the
// loader chooses. What they call must be CK_INLINE, or it would be compiled for the baseline.
#if defined(CK_CLONES)  // a build for one instruction set, to test the other two
#define CK_X86 0
#elif defined(__x86_64__) && defined(__linux__)
#define CK_X86 1
#define CK_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CK_X86 0
#define CK_CLONES
#endif

#define CK_INLINE static inline __attribute__((always_inline))
#define CK_HIDDEN __attribute__((visibility("hidden")))

// For loops whose destination may be exactly one of the sources, never a shifted one: without the promise
// clang tests for overlap and takes the scalar loop.
#pragma clang diagnostic ignored "-Wpass-failed"
#pragma clang diagnostic ignored "-Wtautological-compare"
#define CK_VECTORIZE _Pragma("clang loop vectorize(assume_safety)")

// Runs body over `pieces` parts of 0 ..< count on the pool; the parts depend on nothing else.
CK_HIDDEN void ck_run_pieces(int64_t count, int64_t pieces, ck_range_fn body, void *context);

CK_INLINE int64_t ck_min64(int64_t a, int64_t b) { return a < b ? a : b; }
CK_INLINE int64_t ck_max64(int64_t a, int64_t b) { return a > b ? a : b; }

CK_INLINE uint32_t ck_bits32(float x) {
  uint32_t u;
  memcpy(&u, &x, 4);
  return u;
}

CK_INLINE float ck_float32(uint32_t u) {
  float x;
  memcpy(&x, &u, 4);
  return x;
}

// Conversions between the types of memory. Floating point to integer truncates towards zero, saturates, and
// gives 0 for NaN; between integers the low bits are kept; anything but zero is true.
CK_INLINE int32_t ck_to_i32(double x) {
  double y = x >= -2147483648.0 ? x : -2147483648.0;
  y = y <= 2147483647.0 ? y : 2147483647.0;
  return x != x ? 0 : (int32_t)y;
}

CK_INLINE int64_t ck_to_i64(double x) {
  if (x != x) return 0;
  if (x >= 9223372036854775808.0) return INT64_MAX;
  return x <= -9223372036854775808.0 ? INT64_MIN : (int64_t)x;
}

CK_INLINE uint8_t ck_to_u8(double x) {
  double y = x >= 0 ? x : 0;
  return (uint8_t)(y <= 255 ? y : 255);
}

// dst[i] = src[i * stride], converted. One of the types is a compute type or they are equal.
CK_HIDDEN void ck_convert(ck_dtype from, const void *src, int64_t stride, ck_dtype to, void *dst, int64_t n);

// Runs all instructions of a program over one tile; `slots[i]` is where slot i's elements lie.
void ck_tile_f32(const ck_tile_instr *instrs, int n_instrs, void *const *slots, int64_t n);
void ck_tile_f64(const ck_tile_instr *instrs, int n_instrs, void *const *slots, int64_t n);
void ck_tile_i32(const ck_tile_instr *instrs, int n_instrs, void *const *slots, int64_t n);
void ck_tile_i64(const ck_tile_instr *instrs, int n_instrs, void *const *slots, int64_t n);

// Merges neighbouring dimensions that can be walked as one, for any number of layouts at once, and drops those
// of length one. Returns the new rank (at least 1 where the array is not empty).
CK_INLINE int ck_collapse(int rank, int64_t *shape, int layouts, int64_t (*strides)[CK_MAX_RANK]) {
  int r = 0;
  for (int d = 0; d < rank; d++) {
    if (shape[d] == 1) continue;
    int merge = r > 0;
    for (int l = 0; l < layouts && merge; l++) merge = strides[l][r - 1] == strides[l][d] * shape[d];
    if (!merge) r++;
    shape[r - 1] = merge ? shape[r - 1] * shape[d] : shape[d];
    for (int l = 0; l < layouts; l++) strides[l][r - 1] = strides[l][d];
  }
  if (r == 0) {
    shape[0] = 1;
    for (int l = 0; l < layouts; l++) strides[l][0] = 0;
    r = 1;
  }
  return r;
}

// OpenBLAS has threads of its own, which would compete with ours and whose number would decide the last bits of a
// result; it gets one. Whatever calls BLAS or LAPACK calls this first.
void ck_calm_openblas(void);

#endif
