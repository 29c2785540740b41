// Moving data: gather, scatter, strided copies, fills.
#include "ck_internal.h"

static inline int64_t index_at(const void *index, ck_dtype dtype, int64_t i) {
  return dtype == CK_I64 ? ((const int64_t *)index)[i] : ((const int32_t *)index)[i];
}

// The position of the first index that is not in 0 ..< axis, or -1.
static int64_t first_bad(const void *index, ck_dtype dtype, int64_t n, int64_t axis) {
  int bad = 0;
  for (int64_t i = 0; i < n; i++) {
    const int64_t x = index_at(index, dtype, i);
    bad |= (x < 0) | (x >= axis);
  }
  for (int64_t i = 0; bad && i < n; i++) {
    const int64_t x = index_at(index, dtype, i);
    if (x < 0 || x >= axis) return i;
  }
  return -1;
}

typedef struct {
  const char *in;
  char *out;
  const void *index;
  ck_dtype index_dtype, dtype;
  size_t bytes;  // of a row: inner elements
  int64_t axis, n, inner;
} job;

// Rows t of [outer, n_index].
static void gather_rows(void *context, int64_t begin, int64_t end) {
  const job *j = context;
  const size_t bytes = j->bytes;
  for (int64_t t = begin; t < end; t++) {
    const int64_t o = t / j->n, from = o * j->axis + index_at(j->index, j->index_dtype, t % j->n);
    const char *src = j->in + (size_t)from * bytes;
    char *dst = j->out + (size_t)t * bytes;
    if (bytes == 4) {
      memcpy(dst, src, 4);
    } else if (bytes == 8) {
      memcpy(dst, src, 8);
    } else {
      memcpy(dst, src, bytes);
    }
  }
}

int64_t ck_gather(size_t element_size, const void *in, const void *index, ck_dtype index_dtype, void *out,
                  int64_t outer, int64_t axis, int64_t inner, int64_t n_index, int threads) {
  const int64_t bad = first_bad(index, index_dtype, n_index, axis);
  if (bad >= 0) return bad;
  if (outer <= 0 || inner <= 0 || n_index <= 0) return -1;
  job j = {in, out, index, index_dtype, CK_U8, element_size * (size_t)inner, axis, n_index, inner};
  ck_parallel_for(outer * n_index, 1 + 32768 / (int64_t)(j.bytes + 16), threads, gather_rows, &j);
  return -1;
}

#define ADD_ROWS(NAME, T, U)                                                            \
  CK_CLONES void NAME(T *restrict to, const T *restrict from, int64_t n) {    \
    for (int64_t i = 0; i < n; i++) to[i] = (T)((U)to[i] + (U)from[i]);                 \
  }

ADD_ROWS(ck_add_f32, float, float)
ADD_ROWS(ck_add_f64, double, double)
ADD_ROWS(ck_add_i32, int32_t, uint32_t)
ADD_ROWS(ck_add_i64, int64_t, uint64_t)
ADD_ROWS(ck_add_u8, uint8_t, uint8_t)

static void add_row(ck_dtype dtype, void *to, const void *from, int64_t n) {
  switch (dtype) {
    case CK_F32: ck_add_f32(to, from, n); return;
    case CK_F64: ck_add_f64(to, from, n); return;
    case CK_I32: ck_add_i32(to, from, n); return;
    case CK_I64: ck_add_i64(to, from, n); return;
    default: ck_add_u8(to, from, n); return;
  }
}

// Outer indices are independent; within one the order of i is kept.
static void scatter_outer(void *context, int64_t begin, int64_t end) {
  const job *j = context;
  for (int64_t o = begin; o < end; o++) {
    for (int64_t i = 0; i < j->n; i++) {
      const int64_t to = o * j->axis + index_at(j->index, j->index_dtype, i);
      add_row(j->dtype, j->out + (size_t)to * j->bytes, j->in + (size_t)(o * j->n + i) * j->bytes, j->inner);
    }
  }
}

int64_t ck_scatter_add(ck_dtype dtype, const void *in, const void *index, ck_dtype index_dtype, void *out,
                       int64_t outer, int64_t axis, int64_t inner, int64_t n_index, int threads) {
  const int64_t bad = first_bad(index, index_dtype, n_index, axis);
  if (bad >= 0) return bad;
  if (outer <= 0 || inner <= 0 || n_index <= 0) return -1;
  job j = {in, out, index, index_dtype, dtype, ck_size(dtype) * (size_t)inner, axis, n_index, inner};
  ck_parallel_for(outer, 1 + 32768 / (n_index * inner), threads, scatter_outer, &j);
  return -1;
}

void ck_fill(ck_dtype dtype, void *out, int64_t count, double value) {
  if (count <= 0) return;
  if (value == 0 && !signbit(value)) {  // all its bytes are zero in every type
    memset(out, 0, (size_t)count * ck_size(dtype));
  } else {
    ck_convert(CK_F64, &value, 0, dtype, out, count);
  }
}

void ck_iota(ck_dtype dtype, void *out, int64_t outer, int64_t axis, int64_t inner) {
  char *p = out;
  for (int64_t o = 0; o < outer; o++) {
    for (int64_t a = 0; a < axis && inner > 0; a++) {
      // As an integer, so that positions beyond 2^53 survive; narrow types keep the low bits.
      ck_convert(CK_I64, &a, 0, dtype, p, inner);
      p += (size_t)inner * ck_size(dtype);
    }
  }
}
