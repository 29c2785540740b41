// Products that are thin on one side, such as those of a layer with five outputs: libraries pad them to whole
// blocks of registers, which triples the work. One side of the product stays in registers here.
#include "ck_gemm.h"


enum { LANES = 16, MOST = 8, ROWS = 8, PACK = 4096 };

typedef float lanes __attribute__((vector_size(LANES * sizeof(float)), aligned(4)));

// Vectors are passed by address: by value their place would depend on the instruction set.
CK_INLINE void store_first(float *to, const lanes *from, int64_t count, float alpha, float beta) {
  for (int64_t j = 0; j < count; j++) to[j] = alpha * (*from)[j] + (beta == 0 ? 0 : beta * to[j]);
}

CK_INLINE float b_at(const ck_product *p, int64_t l, int64_t j) {
  return p->trans_b ? p->b[j * p->ldb + l] : p->b[l * p->ldb + j];
}

// B as rows of whole lanes, the rest zero.
CK_INLINE void pack_b(const ck_product *p, lanes *pack) {
  for (int64_t l = 0; l < p->k; l++) {
    for (int64_t j = 0; j < LANES; j++) pack[l][j] = j < p->n ? b_at(p, l, j) : 0;
  }
}

// ---- A · B with at most 16 columns: a row of the result is one register ----

CK_INLINE void few_columns(const ck_product *p, const lanes *pack, int64_t i, const int rows) {
  lanes sum[ROWS] = {{0}};
  const float *a = p->a + i * p->lda;
  for (int64_t l = 0; l < p->k; l++) {
    for (int r = 0; r < rows; r++) sum[r] += a[r * p->lda + l] * pack[l];
  }
  const int64_t end = p->m * p->ldc;
  for (int r = 0; r < rows; r++) {
    float *c = p->c + (i + r) * p->ldc;
    // Whole registers may run over into the rows below, which come later.
    if (p->ldc == p->n && p->alpha == 1 && p->beta == 0 && (i + r) * p->ldc + LANES <= end) {
      *(lanes *)c = sum[r];
    } else {
      store_first(c, &sum[r], p->n, p->alpha, p->beta);
    }
  }
}

CK_CLONES static void product_of_few_columns(const ck_product *p) {
  lanes pack[PACK / LANES];
  pack_b(p, pack);
  int64_t i = 0;
  for (; i + ROWS <= p->m; i += ROWS) few_columns(p, pack, i, ROWS);
  for (; i < p->m; i++) few_columns(p, pack, i, 1);
}

// ---- Aᵀ · B with at most 8 columns: sixteen rows of the result are a register a column ----

CK_INLINE void few_columns_transposed(const ck_product *p, int64_t i, const int n) {
  lanes sum[MOST] = {{0}};
  const int64_t count = ck_min64(LANES, p->m - i);
  const float *a = p->a + i;
  for (int64_t l = 0; l < p->k; l++, a += p->lda) {
    lanes v = {0};
    if (count == LANES) v = *(const lanes *)a;
    for (int64_t r = 0; r < count && count < LANES; r++) v[r] = a[r];
    for (int j = 0; j < n; j++) sum[j] += v * b_at(p, l, j);
  }
  for (int64_t r = 0; r < count; r++) {
    float *c = p->c + (i + r) * p->ldc;
    for (int j = 0; j < n; j++) c[j] = p->alpha * sum[j][r] + (p->beta == 0 ? 0 : p->beta * c[j]);
  }
}

CK_CLONES static void product_of_few_columns_transposed(const ck_product *p) {
  for (int64_t i = 0; i < p->m; i += LANES) {
    switch (p->n) {
      case 1: few_columns_transposed(p, i, 1); break;
      case 2: few_columns_transposed(p, i, 2); break;
      case 3: few_columns_transposed(p, i, 3); break;
      case 4: few_columns_transposed(p, i, 4); break;
      case 5: few_columns_transposed(p, i, 5); break;
      case 6: few_columns_transposed(p, i, 6); break;
      case 7: few_columns_transposed(p, i, 7); break;
      default: few_columns_transposed(p, i, 8); break;
    }
  }
}

// A tall transposed A would be read in strides that miss the cache; a library copies it in blocks first.
int ck_narrow_sgemm(const ck_product *p) {
  if (!p->trans_a && p->n <= LANES && p->k * LANES <= PACK) {
    product_of_few_columns(p);
  } else if (p->trans_a && p->n <= MOST && p->m <= 4 * LANES) {
    product_of_few_columns_transposed(p);
  } else {
    return 1;
  }
  return 0;
}
