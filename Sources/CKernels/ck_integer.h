// Integer arithmetic that never traps: sums and products wrap; division rounds down (so that it agrees with the
// remainder, which has the sign of the divisor, as in Python); x / 0 and x mod 0 are 0.
#ifndef APUS_CK_INTEGER_H
#define APUS_CK_INTEGER_H

#include "ck_internal.h"

CK_INLINE int64_t ck_floor_div(int64_t x, int64_t y) {
  if (y == 0) return 0;
  if (y == -1) return (int64_t)(0 - (uint64_t)x);
  int64_t q = x / y;
  return q - (x % y != 0 && (x < 0) != (y < 0));
}

CK_INLINE int64_t ck_floor_mod(int64_t x, int64_t y) {
  if (y == 0 || y == -1) return 0;
  int64_t r = x % y;
  return r != 0 && (r < 0) != (y < 0) ? r + y : r;
}

// x^y with wrap-around; a negative power is the rounded-towards-zero fraction, and 0^-n is 0.
CK_INLINE int64_t ck_integer_power(int64_t x, int64_t y) {
  if (y < 0) return x == 1 ? 1 : x == -1 ? (y & 1 ? -1 : 1) : 0;
  uint64_t result = 1, base = (uint64_t)x;
  for (; y; y >>= 1, base *= base) {
    if (y & 1) result *= base;
  }
  return (int64_t)result;
}

// Functions of the reals, truncated towards zero.
CK_HIDDEN double ck_real_op(int op, double x, double y);

#endif
