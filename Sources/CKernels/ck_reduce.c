// Reductions over the middle axis: sums of floating-point numbers, and who runs what on which thread.
//
// float32 sums add at most 16 numbers in float32 before the partial goes into a double, so that the error does
// not grow with the number of events; the tree is fixed by the shape alone. Long axes are cut into chunks
// whose size does not depend on the threads either.
#include "ck_fold.h"

#define LANES 32
#define CHUNK 65536 /* elements of a partial sum */

// ---- rows: inner == 1 ----

CK_CLONES double ck_sum_row_f32(const float *p, int64_t n) {
  double lanes[LANES] = {0}, tail = 0;
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    for (int l = 0; l < LANES; l++) lanes[l] += (double)p[i + l];
  }
  for (; i < n; i++) tail += (double)p[i];
  for (int width = LANES / 2; width; width /= 2) {
    for (int l = 0; l < width; l++) lanes[l] += lanes[l + width];
  }
  return lanes[0] + tail;
}

// Rows that are shorter than the lanes, one after the other: the processor overlaps their chains by itself.
static void sum_short_rows_f32(const float *p, float *out, int64_t rows, int64_t n) {
  for (int64_t r = 0; r < rows; r++, p += n) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += (double)p[i];
    out[r] = (float)sum;
  }
}

CK_CLONES double ck_sum_row_f64(const double *p, int64_t n) {
  double lanes[LANES] = {0}, tail = 0;
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    for (int l = 0; l < LANES; l++) lanes[l] += p[i + l];
  }
  for (; i < n; i++) tail += p[i];
  for (int width = LANES / 2; width; width /= 2) {
    for (int l = 0; l < width; l++) lanes[l] += lanes[l + width];
  }
  return lanes[0] + tail;
}

// ---- columns: inner > 1, over rows first ..< last, into double sums[inner] (added) ----

// Sixteen rows at a time in float, these sums in double. A constant width keeps the sums in registers.
CK_INLINE void sum_strip_f32(const float *p, int64_t rows, int64_t stride, double *sums, int64_t width) {
  float block[64];
  for (int64_t r = 0; r < rows; r += 16) {
    const int64_t stop = ck_min64(r + 16, rows);
    const float *q = p + r * stride;
    for (int64_t l = 0; l < width; l++) block[l] = q[l];
    for (int64_t k = r + 1; k < stop; k++) {
      q += stride;
      for (int64_t l = 0; l < width; l++) block[l] += q[l];
    }
    for (int64_t l = 0; l < width; l++) sums[l] += (double)block[l];
  }
}

CK_CLONES void ck_sum_columns_f32(const float *p, int64_t rows, int64_t stride, double *sums, int64_t inner) {
  int64_t c = 0;
  for (; c + 64 <= inner; c += 64) sum_strip_f32(p + c, rows, stride, sums + c, 64);
  for (; c + 32 <= inner; c += 32) sum_strip_f32(p + c, rows, stride, sums + c, 32);
  for (; c + 16 <= inner; c += 16) sum_strip_f32(p + c, rows, stride, sums + c, 16);
  if (c < inner) sum_strip_f32(p + c, rows, stride, sums + c, inner - c);
}

CK_CLONES void ck_sum_columns_f64(const double *p, int64_t rows, int64_t stride, double *sums, int64_t inner) {
  for (int64_t c = 0; c < inner; c += 64) {
    const int64_t stop = ck_min64(c + 64, inner);
    for (int64_t r = 0; r < rows; r++) {
      const double *q = p + r * stride;
      for (int64_t l = c; l < stop; l++) sums[l] += q[l];
    }
  }
}

// ---- partial sums ----

typedef struct {
  ck_reduce_op op;
  ck_dtype dtype;
  const char *in;
  char *out;
  int64_t outer, axis, inner;
  int64_t rows, chunks;  // of the axis: rows in a chunk, chunks in the axis
  double *partials;      // [outer, chunks, inner] where there is more than one chunk
} job;

// Sums rows a ..< b and columns first ..< last of one outer index.
static void sum_block(const job *j, int64_t o, int64_t a, int64_t b, int64_t first, int64_t last, double *sums) {
  const int64_t offset = (o * j->axis + a) * j->inner + first;
  if (j->inner == 1) {
    sums[0] = j->dtype == CK_F32 ? ck_sum_row_f32((const float *)j->in + offset, b - a)
                                 : ck_sum_row_f64((const double *)j->in + offset, b - a);
    return;
  }
  memset(sums, 0, sizeof(double) * (size_t)(last - first));
  if (j->dtype == CK_F32) {
    ck_sum_columns_f32((const float *)j->in + offset, b - a, j->inner, sums, last - first);
  } else {
    ck_sum_columns_f64((const double *)j->in + offset, b - a, j->inner, sums, last - first);
  }
}

static void put(const job *j, int64_t at, const double *sums, int64_t n) {
  if (j->dtype == CK_F32) {
    float *out = (float *)j->out + at;
    for (int64_t i = 0; i < n; i++) out[i] = (float)sums[i];
  } else {
    memcpy((double *)j->out + at, sums, sizeof(double) * (size_t)n);
  }
}

// Elements that are worth a thread.
#define GRAIN 65536

static void sum_chunks(void *context, int64_t begin, int64_t end) {
  const job *j = context;
  for (int64_t t = begin; t < end; t++) {
    const int64_t a = t % j->chunks * j->rows;
    sum_block(j, t / j->chunks, a, ck_min64(a + j->rows, j->axis), 0, j->inner, j->partials + t * j->inner);
  }
}

static void sum_in_chunks(job *j, int threads) {
  j->partials = ck_allocate(sizeof(double) * (size_t)(j->outer * j->chunks * j->inner));
  if (!j->partials) abort();
  ck_parallel_for(j->outer * j->chunks, 1 + GRAIN / (j->rows * j->inner), threads, sum_chunks, j);
  for (int64_t o = 0; o < j->outer; o++) {
    double *total = j->partials + o * j->chunks * j->inner;
    for (int64_t c = 1; c < j->chunks; c++) {
      for (int64_t i = 0; i < j->inner; i++) total[i] += total[c * j->inner + i];
    }
    put(j, o * j->inner, total, j->inner);
  }
  ck_free(j->partials);
}

#define COLUMNS 64

// Blocks of columns: task t is columns t % blocks of outer index t / blocks.
static void sum_blocks(void *context, int64_t begin, int64_t end) {
  const job *j = context;
  if (j->inner == 1 && j->axis < LANES && j->dtype == CK_F32) {
    sum_short_rows_f32((const float *)j->in + begin * j->axis, (float *)j->out + begin, end - begin, j->axis);
    return;
  }
  const int64_t blocks = (j->inner + COLUMNS - 1) / COLUMNS;
  double sums[COLUMNS];
  for (int64_t t = begin; t < end; t++) {
    const int64_t o = t / blocks, first = t % blocks * COLUMNS, last = ck_min64(first + COLUMNS, j->inner);
    sum_block(j, o, 0, j->axis, first, last, sums);
    put(j, o * j->inner + first, sums, last - first);
  }
}

static void fold_rows(void *context, int64_t begin, int64_t end) {
  const job *j = context;
  const int64_t row = j->axis * j->inner * (int64_t)ck_size(j->dtype);
  const int64_t size = j->op == CK_RARGMAX || j->op == CK_RARGMIN ? 8 : (int64_t)ck_size(j->dtype);
  ck_fold(j->op, j->dtype, j->in + begin * row, j->out + begin * j->inner * size, end - begin, j->axis, j->inner);
}

void ck_reduce(ck_reduce_op op, ck_dtype dtype, const void *in, void *out, int64_t outer, int64_t axis, int64_t inner,
               int threads) {
  if (outer <= 0 || inner <= 0) return;
  job j = {op, dtype, in, out, outer, axis, inner, axis, 1, NULL};
  const int64_t grain = op == CK_RLOGSUMEXP ? 2048 : GRAIN;
  if (op != CK_RSUM || (dtype != CK_F32 && dtype != CK_F64)) {
    ck_parallel_for(outer, 1 + grain / (axis * inner + 1), threads, fold_rows, &j);
    return;
  }
  j.rows = ck_max64(CHUNK / inner, 16);
  if (axis >= 2 * j.rows) {
    j.chunks = (axis + j.rows - 1) / j.rows;
    sum_in_chunks(&j, threads);
  } else {
    const int64_t blocks = (inner + COLUMNS - 1) / COLUMNS;
    ck_parallel_for(outer * blocks, 1 + grain / (axis * ck_min64(inner, COLUMNS) + 1), threads, sum_blocks, &j);
  }
}
