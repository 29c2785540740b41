// Running sums.
#include "ck_internal.h"

typedef struct {
  ck_dtype dtype;
  const char *in;
  char *out;
  int64_t axis, inner;
  int reverse;
} job;

// float32 runs in double, as every sum here does.
#define SCAN(NAME, T, ACC)                                                                     \
  static void NAME(const T *in, T *out, int64_t axis, int64_t inner, int64_t step) {           \
    for (int64_t i = 0; i < inner; i++) {                                                      \
      ACC sum = 0;                                                                             \
      int64_t at = step > 0 ? i : (axis - 1) * inner + i;                                      \
      for (int64_t a = 0; a < axis; a++, at += step) {                                         \
        sum = (ACC)(sum + (ACC)in[at]);                                                        \
        out[at] = (T)sum;                                                                      \
      }                                                                                        \
    }                                                                                          \
  }

SCAN(scan_f32, float, double)
SCAN(scan_f64, double, double)
SCAN(scan_i32, int32_t, uint32_t)
SCAN(scan_i64, int64_t, uint64_t)
SCAN(scan_u8, uint8_t, uint8_t)

static void scan_rows(void *context, int64_t begin, int64_t end) {
  const job *j = context;
  const int64_t step = j->reverse ? -j->inner : j->inner;
  const int64_t bytes = j->axis * j->inner * (int64_t)ck_size(j->dtype);
  for (int64_t o = begin; o < end; o++) {
    const void *in = j->in + o * bytes;
    void *out = j->out + o * bytes;
    switch (j->dtype) {
      case CK_F32: scan_f32(in, out, j->axis, j->inner, step); break;
      case CK_F64: scan_f64(in, out, j->axis, j->inner, step); break;
      case CK_I32: scan_i32(in, out, j->axis, j->inner, step); break;
      case CK_I64: scan_i64(in, out, j->axis, j->inner, step); break;
      default: scan_u8(in, out, j->axis, j->inner, step); break;
    }
  }
}

void ck_cumsum(ck_dtype dtype, const void *in, void *out, int64_t outer, int64_t axis, int64_t inner, int reverse,
               int threads) {
  if (outer <= 0 || axis <= 0 || inner <= 0) return;
  job j = {dtype, in, out, axis, inner, reverse};
  ck_parallel_for(outer, 1 + 16384 / (axis * inner), threads, scan_rows, &j);
}
