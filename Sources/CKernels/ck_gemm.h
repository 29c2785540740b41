#ifndef APUS_CK_GEMM_H
#define APUS_CK_GEMM_H

#include "ck_internal.h"

// One product; see ck_gemm.
typedef struct {
  int trans_a, trans_b;
  int64_t m, n, k;
  float alpha, beta;
  const float *a, *b;
  float *c;
  int64_t lda, ldb, ldc;
} ck_product;

// oneDNN's sgemm on the calling thread. Returns 0 when it is done, anything else when it refused.
CK_HIDDEN int ck_onednn_sgemm(const ck_product *p);

// Products with few columns on the calling thread. Returns 0 when it is done, anything else for other shapes.
CK_HIDDEN int ck_narrow_sgemm(const ck_product *p);

#endif
