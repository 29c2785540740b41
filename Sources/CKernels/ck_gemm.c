// Matrix products: which routine for which shape, and on how many threads.
#include "ck_gemm.h"

#include <cblas.h>
#include <pthread.h>

static void single_thread(void) {
#if defined(__linux__)
  openblas_set_num_threads(1);
#endif
}

void ck_calm_openblas(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, single_thread);
}

int ck_lapack_threads(void) {
#if defined(__linux__)
  return openblas_get_num_threads();
#else
  return 1;
#endif
}

static void scale_f32(float *c, int64_t m, int64_t n, int64_t ldc, float beta) {
  for (int64_t i = 0; i < m; i++) {
    for (int64_t j = 0; j < n; j++) c[i * ldc + j] = beta == 0 ? 0 : beta * c[i * ldc + j];
  }
}

static void scale_f64(double *c, int64_t m, int64_t n, int64_t ldc, double beta) {
  for (int64_t i = 0; i < m; i++) {
    for (int64_t j = 0; j < n; j++) c[i * ldc + j] = beta == 0 ? 0 : beta * c[i * ldc + j];
  }
}

// The definition, for what a library refuses.
static void plain_f32(const ck_product *p) {
  for (int64_t i = 0; i < p->m; i++) {
    for (int64_t j = 0; j < p->n; j++) {
      double s = 0;
      for (int64_t l = 0; l < p->k; l++) {
        s += (double)(p->trans_a ? p->a[l * p->lda + i] : p->a[i * p->lda + l]) *
             (double)(p->trans_b ? p->b[j * p->ldb + l] : p->b[l * p->ldb + j]);
      }
      float *c = &p->c[i * p->ldc + j];
      *c = (float)((double)p->alpha * s + (p->beta == 0 ? 0 : (double)p->beta * (double)*c));
    }
  }
}

// Which rows or columns of a product a thread makes, and with what.
typedef struct {
  ck_product product;
  int by_rows, openblas;
} split;

// Rows or columns begin ..< end, on the calling thread.
static void part_f32(void *context, int64_t begin, int64_t end) {
  const split *s = context;
  ck_product p = s->product;
  if (s->by_rows) {
    p.m = end - begin;
    p.a += p.trans_a ? begin : begin * p.lda;
    p.c += begin * p.ldc;
  } else {
    p.n = end - begin;
    p.b += p.trans_b ? begin * p.ldb : begin;
    p.c += begin;
  }
  if (ck_narrow_sgemm(&p) == 0) return;
  if (s->openblas) {
    cblas_sgemm(CblasRowMajor, p.trans_a ? CblasTrans : CblasNoTrans, p.trans_b ? CblasTrans : CblasNoTrans, (int)p.m,
                (int)p.n, (int)p.k, p.alpha, p.a, (int)p.lda, p.b, (int)p.ldb, p.beta, p.c, (int)p.ldc);
  } else if (ck_onednn_sgemm(&p) != 0) {
    plain_f32(&p);
  }
}

// oneDNN wins for large products; OpenBLAS has less to set up, which decides for tiny ones; a result of few columns
// is our own loop's, as both pad it to a whole block of registers. Each runs on one thread and the rows are shared out
// here: that is never slower than oneDNN's own split and up to 1.4 times as fast (Documentation/decisions/001-matmul.md).
#define TINY 200000 /* multiply-adds */

static void gemm_f32(const ck_product *p, int threads) {
  const int64_t work = p->m * p->n * p->k;
  const int fits = ck_max64(ck_max64(p->m, p->n), p->k) <= INT32_MAX &&
                   ck_max64(ck_max64(p->lda, p->ldb), p->ldc) <= INT32_MAX;
  split s = {*p, p->m >= 16 || p->m >= p->n, fits && work < TINY && !p->trans_b};
  if (s.openblas) ck_calm_openblas();
  const int64_t count = s.by_rows ? p->m : p->n;
  ck_parallel_for(count, 1 + TINY / 2 * count / work, threads, part_f32, &s);
}

// ---- float64: OpenBLAS, rows or columns shared among threads ----

typedef struct {
  int trans_a, trans_b, by_rows;
  int64_t m, n, k, lda, ldb, ldc;
  double alpha, beta;
  const double *a, *b;
  double *c;
} product64;

static void part_f64(void *context, int64_t begin, int64_t end) {
  const product64 *p = context;
  const int64_t i = p->by_rows ? begin : 0, j = p->by_rows ? 0 : begin;
  const int64_t m = p->by_rows ? end - begin : p->m, n = p->by_rows ? p->n : end - begin;
  const double *a = p->a + (p->trans_a ? i : i * p->lda), *b = p->b + (p->trans_b ? j * p->ldb : j);
  cblas_dgemm(CblasRowMajor, p->trans_a ? CblasTrans : CblasNoTrans, p->trans_b ? CblasTrans : CblasNoTrans, (int)m,
              (int)n, (int)p->k, p->alpha, a, (int)p->lda, b, (int)p->ldb, p->beta, p->c + i * p->ldc + j, (int)p->ldc);
}

static void gemm_f64(product64 *p, int threads) {
  ck_calm_openblas();
  p->by_rows = p->m >= p->n;
  const int64_t count = p->by_rows ? p->m : p->n, other = p->by_rows ? p->n : p->m;
  ck_parallel_for(count, 1 + 400000 / (other * p->k), threads, part_f64, p);
}

void ck_gemm(ck_dtype dtype, int trans_a, int trans_b, int64_t m, int64_t n, int64_t k, double alpha, const void *a,
             int64_t lda, const void *b, int64_t ldb, double beta, void *c, int64_t ldc, int threads) {
  if (m <= 0 || n <= 0) return;
  if (dtype == CK_F32) {
    ck_product p = {trans_a, trans_b, m, n, k, (float)alpha, (float)beta, a, b, c, lda, ldb, ldc};
    if (k <= 0 || alpha == 0) {
      scale_f32(c, m, n, ldc, (float)beta);
    } else {
      gemm_f32(&p, threads);
    }
  } else if (dtype == CK_F64) {
    product64 p = {trans_a, trans_b, 0, m, n, k, lda, ldb, ldc, alpha, beta, a, b, c};
    if (k <= 0 || alpha == 0) {
      scale_f64(c, m, n, ldc, beta);
    } else {
      gemm_f64(&p, threads);
    }
  }
}

// ---- batches ----

typedef struct {
  ck_dtype dtype;
  int trans_a, trans_b, threads;
  int64_t m, n, k, lda, ldb, ldc, stride_a, stride_b, stride_c;
  const char *a, *b;
  char *c;
} batch_job;

static void batch_range(void *context, int64_t begin, int64_t end) {
  const batch_job *j = context;
  const int64_t size = (int64_t)ck_size(j->dtype);
  for (int64_t i = begin; i < end; i++) {
    ck_gemm(j->dtype, j->trans_a, j->trans_b, j->m, j->n, j->k, 1, j->a + i * j->stride_a * size, j->lda,
            j->b + i * j->stride_b * size, j->ldb, 0, j->c + i * j->stride_c * size, j->ldc, j->threads);
  }
}

void ck_gemm_batched(ck_dtype dtype, int trans_a, int trans_b, int64_t batch, int64_t m, int64_t n, int64_t k,
                     const void *a, int64_t lda, int64_t stride_a, const void *b, int64_t ldb, int64_t stride_b,
                     void *c, int64_t ldc, int64_t stride_c, int threads) {
  if (batch <= 0 || m <= 0 || n <= 0) return;
  batch_job j = {dtype, trans_a, trans_b, 1, m, n, k, lda, ldb, ldc, stride_a, stride_b, stride_c, a, b, c};
  if (batch < threads) {
    j.threads = threads;
    batch_range(&j, 0, batch);
  } else {
    ck_parallel_for(batch, 1 + 200000 / (m * n * (k > 0 ? k : 1)), threads, batch_range, &j);
  }
}
