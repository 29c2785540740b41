// Sums of kernels with coefficients: what a support vector machine or a Gaussian process predicts.
#include "ck_vectors.h"

typedef struct {
  const ck_kernel_spec *kernel;
  const float *blocks;
  const double *coefficients;
  int64_t n, d;
  double offset;
  const float *queries;
  double *out;
} sums_job;

CK_CLONES static void sums_range(void *context, int64_t begin, int64_t end) {
  const sums_job *job = context;
  for (int64_t q = begin; q < end; q++) {
    double total = job->offset;
    for (int64_t b = 0; b < ck_block_count(job->n); b++) {
      float values[CK_LANES];
      ck_kernel_block(job->kernel, job->blocks + b * job->d * CK_LANES, job->queries + q * job->d, job->d, values);
      const double *coefficients = job->coefficients + b * CK_LANES;
      const int64_t count = ck_min64(CK_LANES, job->n - b * CK_LANES);
      double lanes[8] = {0};
      int64_t i = 0;
      for (; i + 8 <= count; i += 8) {
        for (int l = 0; l < 8; l++) lanes[l] += coefficients[i + l] * values[i + l];
      }
      for (; i < count; i++) lanes[0] += coefficients[i] * values[i];
      for (int l = 0; l < 8; l++) total += lanes[l];
    }
    job->out[q] = total;
  }
}

void ck_kernel_sums(const ck_kernel_spec *kernel, const float *points, const double *coefficients, int64_t n, int64_t d,
                    double offset, const float *queries, int64_t count, double *out, int threads) {
  float *blocks = ck_allocate(sizeof(float) * (size_t)(ck_block_count(n) * d * CK_LANES));
  if (!blocks) return;
  ck_pack_points(points, NULL, n, d, blocks);
  sums_job job = {kernel, blocks, coefficients, n, d, offset, queries, out};
  ck_parallel_for(count, 16, threads, sums_range, &job);
  ck_free(blocks);
}
