// Elementary functions in single precision, branch-free so that loops over them vectorise.
//
// exp, expm1, log, log1p, tanh, sigmoid and erf are within 2 units in the last place for every float, sin and cos for
// |x| <= 1e5, with and without fused multiply-add; Tests/KernelsTests sweeps them. The polynomials come from
// Tools/reference/minimax.py. Reductions and formulas are the usual ones (Cody & Waite 1980; Muller 2016).
#ifndef APUS_CK_MATH_H
#define APUS_CK_MATH_H

#include "ck_internal.h"

// Adding it rounds to the nearest integer and leaves that integer in the low bits; the compiler must not
// cancel it, and does not (no fast-math).
#define CK_ROUNDER 12582912.0f /* 1.5 * 2^23 */

// 2^n for n in -126...127.
CK_INLINE float ck_pow2(int32_t n) { return ck_float32((uint32_t)(n + 127) << 23); }

// x = n ln 2 + r; returns r. ln 2 is split so that n times the high part is exact.
CK_INLINE float ck_exp_reduce(float x, int32_t *n) {
  float shifted = x * 0x1.715476p+0f + CK_ROUNDER;
  float k = shifted - CK_ROUNDER;
  *n = (int32_t)(ck_bits32(shifted) - ck_bits32(CK_ROUNDER));
  return (x - k * 0x1.62e4p-1f) - k * 0x1.7f7d1cp-20f;
}

// e^r - 1 for |r| <= ln 2 / 2.
CK_INLINE float ck_expm1_small(float r) {
  float q = 0x1.9c564p-13f;
  q = q * r + 0x1.6d4cdcp-10f;
  q = q * r + 0x1.1113acp-7f;
  q = q * r + 0x1.5554eap-5f;
  q = q * r + 0x1.555554p-3f;
  q = q * r + 0.5f;
  return q * (r * r) + r;
}

CK_INLINE float ck_exp(float x) {
  float c = x < -104.0f ? -104.0f : x;
  c = c > 89.0f ? 89.0f : c;
  int32_t n;
  float r = ck_exp_reduce(c, &n);
  float p = 1.0f + ck_expm1_small(r);
  // Two factors, because 2^n itself may be beyond the range of normal numbers at either end.
  int32_t half = n >> 1;
  return p * ck_pow2(half) * ck_pow2(n - half);
}

// exp for -87 <= x <= 88, where one factor does; the caller clamps.
CK_INLINE float ck_exp_normal(float x) {
  int32_t n;
  float r = ck_exp_reduce(x, &n);
  return (1.0f + ck_expm1_small(r)) * ck_pow2(n);
}

CK_INLINE float ck_expm1(float x) {
  float c = x < -25.0f ? -25.0f : x;
  c = c > 89.0f ? 89.0f : c;
  int32_t n;
  float r = ck_exp_reduce(c, &n);
  float e = ck_expm1_small(r);
  // 2^n (e + 1) - 1, from a half of it so that n = 128 is no infinity too early.
  float s = ck_pow2(n - 1);
  float y = 2.0f * (s * e + (s - 0.5f));
  return n == 0 ? (x == 0 ? x : e) : y;
}

// log(2^k (1 + f)) for f in [sqrt(1/2) - 1, sqrt(2) - 1].
CK_INLINE float ck_log_core(float k, float f) {
  float p = 0x1.b023d2p-5f;
  p = p * f - 0x1.be7a5ap-4f;
  p = p * f + 0x1.f00f42p-4f;
  p = p * f - 0x1.010122p-3f;
  p = p * f + 0x1.23036cp-3f;
  p = p * f - 0x1.552f18p-3f;
  p = p * f + 0x1.99a54p-3f;
  p = p * f - 0x1.00007p-2f;
  p = p * f + 0x1.555548p-2f;
  float z = f * f;
  float tail = p * (z * f) + k * -2.12194440e-4f;
  tail = tail - 0.5f * z;
  return k * 0.693359375f + (f + tail);
}

// Splits a positive normal number into 2^k (1 + f).
CK_INLINE float ck_log_split(float x, float *f) {
  int32_t i = (int32_t)(ck_bits32(x) - 0x3f3504f3u);
  *f = ck_float32((uint32_t)(i & 0x7fffff) + 0x3f3504f3u) - 1.0f;
  return (float)(i >> 23);
}

CK_INLINE float ck_log(float x) {
  int subnormal = x < 0x1p-126f;
  float f, k = ck_log_split(subnormal ? x * 0x1p+23f : x, &f);
  float y = ck_log_core(subnormal ? k - 23.0f : k, f);
  y = x == INFINITY ? x : y;
  y = x == 0 ? -INFINITY : y;
  return x < 0 || x != x ? NAN : y;
}

CK_INLINE float ck_log1p(float x) {
  float u = 1.0f + x;
  float f, k = ck_log_split(u, &f);
  // What rounding 1 + x lost, in units of 2^k.
  float lost = u > 2.0f ? 1.0f - (u - x) : x - (u - 1.0f);
  int32_t n = -(int32_t)k;
  float scale = ck_pow2(n < -126 ? -126 : n);
  float y = ck_log_core(k, f + lost * scale);
  y = x == 0 || x == INFINITY ? x : y;
  y = x == -1.0f ? -INFINITY : y;
  return x < -1.0f || x != x ? NAN : y;
}

CK_INLINE float ck_tanh(float x) {
  float a = __builtin_fabsf(x);
  float z = x * x;
  float t = -0x1.750ce4p-8f;
  t = t * z + 0x1.51f8cep-6f;
  t = t * z - 0x1.b835a4p-5f;
  t = t * z + 0x1.1106f6p-3f;
  t = t * z - 0x1.555532p-2f;
  float small = t * (z * a) + a;
  float c = a > 10.0f ? 10.0f : a;
  float large = 1.0f - 2.0f / (ck_exp_normal(2.0f * c) + 1.0f);
  return __builtin_copysignf(a < 0.625f ? small : (x != x ? x : large), x);
}

CK_INLINE float ck_sigmoid(float x) {
  // e^-|x| is never large, so 1 / (1 + e) never overflows and e / (1 + e) keeps the subnormal tail.
  const float a = -__builtin_fabsf(x);
  const float c = a < -104.0f ? -104.0f : a;
  int32_t n, half;
  const float m = ck_expm1_small(ck_exp_reduce(c, &n));
  half = n >> 1;
  const float high = 1.0f + m;
  const float e = high * ck_pow2(half) * ck_pow2(n - half), sum = 1.0f + e;
  // What the two roundings of 1 + m and 1 + e lost; without them the quotient is off by 2.2 units.
  const float lost_m = m - (high - 1.0f), lost_e = e - (sum - 1.0f);
  const float q = e / sum;
  const float below = q + q * (1.0f - q) * (lost_m * (2.0f - high) - lost_e);
  return x < 0 ? below : 1.0f / sum;
}

CK_INLINE float ck_erf(float x) {
  float a = __builtin_fabsf(x);
  float z = x * x;
  float e = 0x1.4f562ep-14f;
  e = e * z - 0x1.a606c2p-11f;
  e = e * z + 0x1.5449e4p-8f;
  e = e * z - 0x1.b80118p-6f;
  e = e * z + 0x1.ce2d64p-4f;
  e = e * z - 0x1.81274p-2f;
  e = e * z + 0x1.06eba8p-3f;
  float small = e * a + a;
  float c = a > 4.0f ? 4.0f : a;
  float g = 0x1.4b6416p-18f;
  g = g * c - 0x1.7e5658p-15f;
  g = g * c - 0x1.a017aep-15f;
  g = g * c + 0x1.801056p-9f;
  g = g * c - 0x1.737e1p-6f;
  g = g * c + 0x1.af27d4p-4f;
  g = g * c + 0x1.4570bp-1f;
  g = g * c + 0x1.20e8c4p+0f;
  float large = 1.0f - ck_exp_normal(-c * g);
  return __builtin_copysignf(a < 0.921875f ? small : (x != x ? x : large), x);
}

// Beyond this |x| sin and cos are left to libm in double.
#define CK_TRIG_LIMIT 1e5f

// x = n pi/2 + r. In double, because r loses as many bits as n has; the first part of pi/2 has 33 bits, so
// n times it is exact without fused multiply-add too.
CK_INLINE float ck_trig_reduce(float x, int32_t *n) {
  float c = x > CK_TRIG_LIMIT ? CK_TRIG_LIMIT : x;
  c = c < -CK_TRIG_LIMIT ? -CK_TRIG_LIMIT : c;
  float shifted = c * 0x1.45f306p-1f + CK_ROUNDER;
  *n = (int32_t)ck_bits32(shifted);
  double k = (double)(shifted - CK_ROUNDER);
  return (float)(((double)c - k * 0x1.921fb544p+0) - k * 0x1.0b4611a626331p-34);
}

CK_INLINE float ck_sin_small(float r) {
  float z = r * r;
  float s = 0x1.7c2c4ep-19f;
  s = s * z - 0x1.a05954p-13f;
  s = s * z + 0x1.111174p-7f;
  s = s * z - 0x1.555556p-3f;
  return s * (z * r) + r;
}

CK_INLINE float ck_cos_small(float r) {
  float z = r * r;
  float c = -0x1.36147ap-22f;
  c = c * z + 0x1.a071b6p-16f;
  c = c * z - 0x1.6c175ep-10f;
  c = c * z + 0x1.555556p-5f;
  return 1.0f + (c * (z * z) - 0.5f * z);
}

// sin(x + quarter pi/2) for |x| <= CK_TRIG_LIMIT.
CK_INLINE float ck_trig(float x, int32_t quarter) {
  int32_t n;
  float r = ck_trig_reduce(x, &n);
  n += quarter;
  float y = (n & 1) ? ck_cos_small(r) : ck_sin_small(r);
  return (n & 2) ? -y : y;
}

#endif
