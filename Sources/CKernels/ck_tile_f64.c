// Tile instructions in float64: gradient checks, fits and metrics. Elementary functions are libm's.
#include "ck_internal.h"

#define T double
#define NAME ck_tile_f64
#define FROM_IMM(v) (v)
#define OP_NEG(x) (-(x))
#define OP_ABS(x) __builtin_fabs(x)
#define OP_ADD(x, y) ((x) + (y))
#define OP_SUB(x, y) ((x) - (y))
#define OP_MUL(x, y) ((x) * (y))
#define OP_DIV(x, y) ((x) / (y))
#define OP_MULADD(x, y, z) ((x) * (y) + (z))
#define OP_NAN_OR_ZERO(x) ((x) != (x) ? (x) : 0.0)
#define OP_FINITE(x) (__builtin_fabs(x) < INFINITY)
#define OP_ATAN2(x, y) atan2(x, y)
#define OP_MOD(x, y) modulo(x, y)

static inline double modulo(double x, double y) {
  double r = fmod(x, y);
  return r != 0 ? ((r < 0) != (y < 0) ? r + y : r) : copysign(r, y);
}

static inline double log_gamma(double x) {
#if defined(__linux__)
  int sign;
  return lgamma_r(x, &sign);
#else
  return lgamma(x);
#endif
}

static inline double sigmoid(double x) {
  double e = exp(-fabs(x));
  return (x < 0 ? e : 1.0) / (1.0 + e);
}

#define SPECIAL_OPS                                                                     \
  UNARY_S(CK_EXP, exp(x))                                                               \
  UNARY_S(CK_EXPM1, expm1(x))                                                           \
  UNARY_S(CK_LOG, log(x))                                                               \
  UNARY_S(CK_LOG1P, log1p(x))                                                           \
  UNARY(CK_SQRT, __builtin_elementwise_sqrt(x))                                         \
  UNARY(CK_RSQRT, 1.0 / __builtin_elementwise_sqrt(x))                                  \
  UNARY_S(CK_TANH, tanh(x))                                                             \
  UNARY_S(CK_SIGMOID, sigmoid(x))                                                       \
  UNARY_S(CK_ERF, erf(x))                                                               \
  UNARY(CK_FLOOR, __builtin_elementwise_floor(x))                                       \
  UNARY(CK_CEIL, __builtin_elementwise_ceil(x))                                         \
  UNARY(CK_ROUND, __builtin_elementwise_roundeven(x))                                   \
  UNARY_S(CK_SIN, sin(x))                                                               \
  UNARY_S(CK_COS, cos(x))                                                               \
  UNARY_S(CK_TAN, tan(x))                                                               \
  UNARY_S(CK_ASIN, asin(x))                                                             \
  UNARY_S(CK_ACOS, acos(x))                                                             \
  UNARY_S(CK_ATAN, atan(x))                                                             \
  UNARY_S(CK_SINH, sinh(x))                                                             \
  UNARY_S(CK_COSH, cosh(x))                                                             \
  UNARY_S(CK_LOGGAMMA, log_gamma(x))                                                    \
  BINARY_S(CK_POW, y == 2 ? x * x : pow(x, y))

#include "ck_tile_ops.h"
