// Points of a support vector machine in blocks, and rows of its kernel.
#ifndef APUS_CK_VECTORS_H
#define APUS_CK_VECTORS_H

#include "ck_math.h"
#include "ck_points.h"

CK_INLINE int64_t ck_block_count(int64_t n) { return (n + CK_LANES - 1) / CK_LANES; }

// Coordinates that fill a last block up are zero, so that kernels of them stay finite.
CK_INLINE void ck_pack_points(const float *points, const int32_t *order, int64_t n, int64_t d, float *blocks) {
  for (int64_t b = 0; b < ck_block_count(n); b++) {
    for (int64_t j = 0; j < d; j++) {
      for (int64_t i = 0; i < CK_LANES; i++) {
        const int64_t at = b * CK_LANES + i;
        blocks[(b * d + j) * CK_LANES + i] = at < n ? points[(order ? order[at] : at) * d + j] : 0;
      }
    }
  }
}

CK_INLINE float ck_power(float base, int exponent) {
  float result = 1;
  for (int bits = exponent; bits > 0; bits >>= 1) {
    if (bits & 1) result *= base;
    base *= base;
  }
  return result;
}

CK_INLINE void ck_kernel_block(const ck_kernel_spec *kernel, const float *block, const float *x, int64_t d,
                               float out[CK_LANES]) {
  const float gamma = (float)kernel->gamma, shift = (float)kernel->coef0;
  if (kernel->kind == CK_RBF) {
    ck_block_distances(block, x, d, out);
    for (int i = 0; i < CK_LANES; i++) {
      const float e = -gamma * out[i];
      out[i] = ck_exp_normal(e > -87.0f ? e : -87.0f);
    }
    return;
  }
  ck_block_products(block, x, d, out);
  if (kernel->kind == CK_POLYNOMIAL) {
    for (int i = 0; i < CK_LANES; i++) out[i] = ck_power(gamma * out[i] + shift, kernel->degree);
  } else if (kernel->kind == CK_SIGMOIDAL) {
    for (int i = 0; i < CK_LANES; i++) out[i] = ck_tanh(gamma * out[i] + shift);
  }
}

#endif
