// Reductions that need no care for rounding: products, extremes, their positions, logsumexp, integer sums. Serial;
// ck_reduce.c shares the rows among threads.
#include "ck_fold.h"
#include "ck_math.h"

#define LANES 32

#define PICK(a, b, better) ((((a) better (b)) | ((a) != (a))) ? (a) : (b))

#define FOLD(NAME, T, START, NEXT)                                                                  \
  CK_CLONES void NAME(const T *in, T *out, int64_t outer, int64_t axis, int64_t inner) {  \
    for (int64_t o = 0; o < outer; o++) {                                                           \
      const T *p = in + o * axis * inner;                                                           \
      T *q = out + o * inner;                                                                       \
      if (inner == 1) {                                                                             \
        T lanes[LANES], y = START;                                                                  \
        int64_t a = 0;                                                                              \
        if (axis >= LANES) {                                                                        \
          for (int l = 0; l < LANES; l++) lanes[l] = START;                                         \
          for (; a + LANES <= axis; a += LANES) {                                                   \
            for (int l = 0; l < LANES; l++) {                                                       \
              const T y = lanes[l], x = p[a + l];                                                   \
              lanes[l] = NEXT;                                                                      \
            }                                                                                       \
          }                                                                                         \
          for (int l = 0; l < LANES; l++) {                                                         \
            const T x = lanes[l];                                                                   \
            y = NEXT;                                                                               \
          }                                                                                         \
        }                                                                                           \
        for (; a < axis; a++) {                                                                     \
          const T x = p[a];                                                                         \
          y = NEXT;                                                                                 \
        }                                                                                           \
        q[0] = y;                                                                                   \
        continue;                                                                                   \
      }                                                                                             \
      for (int64_t i = 0; i < inner; i++) q[i] = START;                                             \
      for (int64_t a = 0; a < axis; a++) {                                                          \
        CK_VECTORIZE                                                                                \
        for (int64_t i = 0; i < inner; i++) {                                                       \
          const T y = q[i], x = p[a * inner + i];                                                   \
          q[i] = NEXT;                                                                              \
        }                                                                                           \
      }                                                                                             \
    }                                                                                               \
  }

FOLD(ck_max_f32, float, -INFINITY, PICK(x, y, >))
FOLD(ck_min_f32, float, INFINITY, PICK(x, y, <))
FOLD(ck_prod_f32, float, 1, x * y)
FOLD(ck_max_f64, double, -INFINITY, PICK(x, y, >))
FOLD(ck_min_f64, double, INFINITY, PICK(x, y, <))
FOLD(ck_prod_f64, double, 1, x * y)
FOLD(ck_sum_i32, int32_t, 0, (int32_t)((uint32_t)x + (uint32_t)y))
FOLD(ck_max_i32, int32_t, INT32_MIN, x > y ? x : y)
FOLD(ck_min_i32, int32_t, INT32_MAX, x < y ? x : y)
FOLD(ck_prod_i32, int32_t, 1, (int32_t)((uint32_t)x * (uint32_t)y))
FOLD(ck_sum_i64, int64_t, 0, (int64_t)((uint64_t)x + (uint64_t)y))
FOLD(ck_max_i64, int64_t, INT64_MIN, x > y ? x : y)
FOLD(ck_min_i64, int64_t, INT64_MAX, x < y ? x : y)
FOLD(ck_prod_i64, int64_t, 1, (int64_t)((uint64_t)x * (uint64_t)y))
FOLD(ck_sum_u8, uint8_t, 0, (uint8_t)(x + y))
FOLD(ck_max_u8, uint8_t, 0, x > y ? x : y)
FOLD(ck_min_u8, uint8_t, 255, x < y ? x : y)
FOLD(ck_prod_u8, uint8_t, 1, (uint8_t)(x * y))
FOLD(ck_sum_bool, uint8_t, 0, (uint8_t)((x | y) != 0))
FOLD(ck_max_bool, uint8_t, 0, (uint8_t)((x | y) != 0))
FOLD(ck_min_bool, uint8_t, 1, (uint8_t)((x != 0) & (y != 0)))

#define ARG(NAME, T, better)                                                              \
  static void NAME(const T *in, int64_t *out, int64_t outer, int64_t axis, int64_t inner) { \
    for (int64_t o = 0; o < outer; o++) {                                                 \
      for (int64_t i = 0; i < inner; i++) {                                               \
        const T *p = in + o * axis * inner + i;                                           \
        int64_t best = 0;                                                                 \
        for (int64_t a = 1; a < axis; a++) {                                              \
          const T x = p[a * inner], y = p[best * inner];                                  \
          if (y == y && (x better y || x != x)) best = a;                                 \
        }                                                                                 \
        out[o * inner + i] = best;                                                        \
      }                                                                                   \
    }                                                                                     \
  }

ARG(ck_argmax_f32, float, >)
ARG(ck_argmin_f32, float, <)
ARG(ck_argmax_f64, double, >)
ARG(ck_argmin_f64, double, <)
ARG(ck_argmax_i32, int32_t, >)
ARG(ck_argmin_i32, int32_t, <)
ARG(ck_argmax_i64, int64_t, >)
ARG(ck_argmin_i64, int64_t, <)
ARG(ck_argmax_u8, uint8_t, >)
ARG(ck_argmin_u8, uint8_t, <)

// ---- log of a sum of exponentials ----

// Rows of a few classes are shorter than a register: plain loops beat vectorised ones with their prologues.
CK_INLINE void subtract_tops(const float *p, const float *shift, float *to, int64_t rows, int64_t axis, int64_t inner) {
  for (int64_t r = 0; r < rows && inner == 1; r++) {
    const float m = shift[r];
    if (axis >= LANES) {
      for (int64_t a = 0; a < axis; a++) to[a] = p[a] - m;
    } else {
#pragma clang loop vectorize(disable) unroll(disable)
      for (int64_t a = 0; a < axis; a++) to[a] = p[a] - m;
    }
    to += axis;
    p += axis;
  }
  for (int64_t r = 0; r < rows && inner > 1; r++) {
    for (int64_t a = 0; a < axis; a++, p += inner, to += inner) {
      for (int64_t i = 0; i < inner; i++) to[i] = p[i] - shift[r * inner + i];
    }
  }
}

CK_INLINE void sum_rows(const float *p, float *to, int64_t rows, int64_t axis, int64_t inner) {
  for (int64_t r = 0; r < rows && inner == 1; r++) {
    double s = 0;
    if (axis >= LANES) {
      s = ck_sum_row_f32(p, axis);
    } else {
#pragma clang loop vectorize(disable) unroll(disable)
      for (int64_t a = 0; a < axis; a++) s += (double)p[a];
    }
    p += axis;
    to[r] = (float)s;
  }
  for (int64_t r = 0; r < rows && inner > 1; r++) {
    for (int64_t i = 0; i < inner; i++) {
      double s = 0;
      for (int64_t a = 0; a < axis; a++) s += (double)p[(r * axis + a) * inner + i];
      to[r * inner + i] = (float)s;
    }
  }
}

// A row at a time would leave most lanes idle for the five or ten classes that networks have, so exponentials
// are taken over as many whole rows as fit in a block.
CK_CLONES void ck_logsumexp_f32(const float *in, float *out, int64_t outer, int64_t axis, int64_t inner) {
  enum { BLOCK = 1024 };
  float block[BLOCK], top[BLOCK], shift[BLOCK];
  const int64_t whole = axis * inner;
  const int64_t group = whole <= BLOCK && whole > 0 ? BLOCK / whole : 0;
  for (int64_t o = 0; o < outer && group;) {
    const int64_t rows = ck_min64(group, outer - o), n = rows * whole;
    const float *p = in + o * whole;
    ck_max_f32(p, top, rows, axis, inner);
    // An infinite maximum is taken out of the difference, which would be NaN.
    for (int64_t i = 0; i < rows * inner; i++) shift[i] = __builtin_fabsf(top[i]) < INFINITY ? top[i] : 0;
    subtract_tops(p, shift, block, rows, axis, inner);
    CK_VECTORIZE
    for (int64_t i = 0; i < n; i++) block[i] = ck_exp(block[i]);
    sum_rows(block, out + o * inner, rows, axis, inner);
    CK_VECTORIZE
    for (int64_t i = 0; i < rows * inner; i++) {
      const float m = top[i], s = ck_log(out[o * inner + i]);
      out[o * inner + i] = __builtin_fabsf(m) < INFINITY ? m + s : (m != m ? m : (m > 0 ? m : s));
    }
    o += rows;
  }
  for (int64_t o = 0; o < outer && !group; o++) {
    for (int64_t i = 0; i < inner; i++) {
      const float *p = in + o * whole + i;
      float m = -INFINITY;
      for (int64_t a = 0; a < axis; a++) m = PICK(p[a * inner], m, >);
      double s = 0;
      for (int64_t a = 0; a < axis && __builtin_fabsf(m) < INFINITY;) {
        const int64_t n = ck_min64(BLOCK, axis - a);
        for (int64_t k = 0; k < n; k++) block[k] = p[(a + k) * inner] - m;
        CK_VECTORIZE
        for (int64_t k = 0; k < n; k++) block[k] = ck_exp(block[k]);
        s += ck_sum_row_f32(block, n);
        a += n;
      }
      out[o * inner + i] = __builtin_fabsf(m) < INFINITY ? (float)((double)m + log(s)) : m;
    }
  }
}

static void ck_logsumexp_f64(const double *in, double *out, int64_t outer, int64_t axis, int64_t inner) {
  for (int64_t o = 0; o < outer; o++) {
    for (int64_t i = 0; i < inner; i++) {
      const double *p = in + o * axis * inner + i;
      double m = -INFINITY, s = 0;
      for (int64_t a = 0; a < axis; a++) m = PICK(p[a * inner], m, >);
      for (int64_t a = 0; a < axis; a++) s += exp(p[a * inner] - m);
      out[o * inner + i] = fabs(m) < INFINITY ? m + log(s) : m;
    }
  }
}


#define BY_TYPE(F32, F64, I32, I64, U8, BOOL, OUT)                                  \
  switch (dtype) {                                                                  \
    case CK_F32: F32((const float *)in, (OUT##f32 *)out, outer, axis, inner); return;     \
    case CK_F64: F64((const double *)in, (OUT##f64 *)out, outer, axis, inner); return;    \
    case CK_I32: I32((const int32_t *)in, (OUT##i32 *)out, outer, axis, inner); return;   \
    case CK_I64: I64((const int64_t *)in, (OUT##i64 *)out, outer, axis, inner); return;   \
    case CK_U8: U8((const uint8_t *)in, (OUT##u8 *)out, outer, axis, inner); return;      \
    case CK_BOOL: BOOL((const uint8_t *)in, (OUT##u8 *)out, outer, axis, inner); return;  \
  }                                                                                 \
  return

typedef float same_f32;
typedef double same_f64;
typedef int32_t same_i32;
typedef int64_t same_i64;
typedef uint8_t same_u8;
typedef int64_t index_f32, index_f64, index_i32, index_i64, index_u8;

void ck_fold(ck_reduce_op op, ck_dtype dtype, const void *in, void *out, int64_t outer, int64_t axis, int64_t inner) {
  switch (op) {
    case CK_RSUM:  // of floating-point numbers: ck_reduce.c
      if (dtype == CK_I32) ck_sum_i32(in, out, outer, axis, inner);
      if (dtype == CK_I64) ck_sum_i64(in, out, outer, axis, inner);
      if (dtype == CK_U8) ck_sum_u8(in, out, outer, axis, inner);
      if (dtype == CK_BOOL) ck_sum_bool(in, out, outer, axis, inner);
      return;
    case CK_RPROD: BY_TYPE(ck_prod_f32, ck_prod_f64, ck_prod_i32, ck_prod_i64, ck_prod_u8, ck_min_bool, same_);
    case CK_RMAX: BY_TYPE(ck_max_f32, ck_max_f64, ck_max_i32, ck_max_i64, ck_max_u8, ck_max_bool, same_);
    case CK_RMIN: BY_TYPE(ck_min_f32, ck_min_f64, ck_min_i32, ck_min_i64, ck_min_u8, ck_min_bool, same_);
    case CK_RARGMAX:
      BY_TYPE(ck_argmax_f32, ck_argmax_f64, ck_argmax_i32, ck_argmax_i64, ck_argmax_u8, ck_argmax_u8, index_);
    case CK_RARGMIN:
      BY_TYPE(ck_argmin_f32, ck_argmin_f64, ck_argmin_i32, ck_argmin_i64, ck_argmin_u8, ck_argmin_u8, index_);
    case CK_RLOGSUMEXP:  // of integers there is none: their type could not hold it
      if (dtype == CK_F32) ck_logsumexp_f32(in, out, outer, axis, inner);
      if (dtype == CK_F64) ck_logsumexp_f64(in, out, outer, axis, inner);
      return;
  }
}
