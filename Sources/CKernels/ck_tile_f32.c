// Tile instructions in float32: the type that training runs in, so everything common is vectorised.
#include "ck_math.h"

#define T float
#define NAME ck_tile_f32
#define FROM_IMM(v) ((float)(v))
#define OP_NEG(x) (-(x))
#define OP_ABS(x) __builtin_fabsf(x)
#define OP_ADD(x, y) ((x) + (y))
#define OP_SUB(x, y) ((x) - (y))
#define OP_MUL(x, y) ((x) * (y))
#define OP_DIV(x, y) ((x) / (y))
#define OP_MULADD(x, y, z) ((x) * (y) + (z))
#define OP_NAN_OR_ZERO(x) ((x) != (x) ? (x) : 0.0f)
#define OP_FINITE(x) (__builtin_fabsf(x) < INFINITY)
#define OP_ATAN2(x, y) atan2f(x, y)
#define OP_MOD(x, y) modulo(x, y)

static inline float modulo(float x, float y) {
  float r = fmodf(x, y);
  return r != 0 ? ((r < 0) != (y < 0) ? r + y : r) : copysignf(r, y);
}

static inline float log_gamma(float x) {
#if defined(__linux__)
  int sign;  // not the global `signgam`, which two threads would race for
  return (float)lgamma_r((double)x, &sign);
#else
  return (float)lgamma((double)x);
#endif
}

// sin (quarter 0) and cos (quarter 1); arguments that are too large for the fast reduction go to libm.
CK_INLINE void trig(float *d, const float *a, int64_t n, int quarter) {
  int beyond = 0;
  for (int64_t i = 0; i < n; i++) beyond |= !(__builtin_fabsf(a[i]) <= CK_TRIG_LIMIT);
  if (beyond) {
    for (int64_t i = 0; i < n; i++) {
      double x = a[i];
      d[i] = (float)(quarter ? cos(x) : sin(x));
    }
  } else if (quarter) {
    CK_VECTORIZE
    for (int64_t i = 0; i < n; i++) d[i] = ck_trig(a[i], 1);
  } else {
    CK_VECTORIZE
    for (int64_t i = 0; i < n; i++) {
      const float x = a[i];
      d[i] = x == 0 ? x : ck_trig(x, 0);
    }
  }
}

// Powers that formulas and losses use, without libm.
CK_INLINE int easy_power(float *d, const float *a, int64_t n, double p) {
  if (p == 2) {
    CK_VECTORIZE
    for (int64_t i = 0; i < n; i++) d[i] = a[i] * a[i];
  } else if (p == 3) {
    CK_VECTORIZE
    for (int64_t i = 0; i < n; i++) {
      const double x = a[i];
      d[i] = (float)(x * x * x);
    }
  } else if (p == 1) {
    CK_VECTORIZE
    for (int64_t i = 0; i < n; i++) d[i] = a[i];
  } else if (p == -1) {
    CK_VECTORIZE
    for (int64_t i = 0; i < n; i++) d[i] = 1.0f / a[i];
  } else {
    return 0;
  }
  return 1;
}

#define SPECIAL_OPS                                                                     \
  UNARY(CK_EXP, ck_exp(x))                                                              \
  UNARY(CK_EXPM1, ck_expm1(x))                                                          \
  UNARY(CK_LOG, ck_log(x))                                                              \
  UNARY(CK_LOG1P, ck_log1p(x))                                                          \
  UNARY(CK_SQRT, __builtin_elementwise_sqrt(x))                                         \
  UNARY(CK_RSQRT, 1.0f / __builtin_elementwise_sqrt(x))                                 \
  UNARY(CK_TANH, ck_tanh(x))                                                            \
  UNARY(CK_SIGMOID, ck_sigmoid(x))                                                      \
  UNARY(CK_ERF, ck_erf(x))                                                              \
  UNARY(CK_FLOOR, __builtin_elementwise_floor(x))                                       \
  UNARY(CK_CEIL, __builtin_elementwise_ceil(x))                                         \
  UNARY(CK_ROUND, __builtin_elementwise_roundeven(x))                                   \
  UNARY_S(CK_TAN, tanf(x))                                                              \
  UNARY_S(CK_ASIN, asinf(x))                                                            \
  UNARY_S(CK_ACOS, acosf(x))                                                            \
  UNARY_S(CK_ATAN, atanf(x))                                                            \
  UNARY_S(CK_SINH, sinhf(x))                                                            \
  UNARY_S(CK_COSH, coshf(x))                                                            \
  UNARY_S(CK_LOGGAMMA, log_gamma(x))                                                    \
  case CK_SIN: trig(d, a, n, 0); break;                                                 \
  case CK_COS: trig(d, a, n, 1); break;                                                 \
  case CK_POW: {                                                                        \
    if (in->b == CK_IMM && easy_power(d, a, n, in->imm)) break;                         \
    const float imm = FROM_IMM(in->imm);                                                \
    const float *b = in->b == CK_IMM ? NULL : (const float *)slots[in->b];              \
    for (int64_t i = 0; i < n; i++) d[i] = powf(a[i], b ? b[i] : imm);                  \
    break;                                                                              \
  }

#include "ck_tile_ops.h"
