// Sums over the events of a rule: bit i of `bits` says whether event i has it.
//
// Eight events are taken at a time, each in a lane of its own, so that a sum is the same on every machine and for any density of bits.
#include "ck_internal.h"
#include "ck_learn.h"

#define LANES 8
typedef double lanes __attribute__((vector_size(LANES * sizeof(double)), aligned(8), may_alias));
typedef int64_t masks __attribute__((vector_size(LANES * sizeof(int64_t)), aligned(8), may_alias));

// All bits of a lane set where its bit of the byte is. Macros, as clones of functions can't hand vectors to each other.
#define EACH ((masks){1, 2, 4, 8, 16, 32, 64, 128})
#define MASK(byte) ((((masks){0} + (int64_t)(byte)) & EACH) != 0)

CK_INLINE double lane_sum(const double *x) {
  return ((x[0] + x[4]) + (x[1] + x[5])) + ((x[2] + x[6]) + (x[3] + x[7]));
}

CK_CLONES double ck_bits_sum(const uint64_t *bits, int64_t n, const double *v) {
  lanes sum = {0}, other = {0};
  const int64_t words = n / 64;
  for (int64_t w = 0; w < words; w++) {
    const uint64_t word = bits[w];
    if (!word) continue;
    const double *p = v + 64 * w;
    for (int g = 0; g < 64; g += 2 * LANES) {
      sum += (lanes)(*(const masks *)(p + g) & MASK(word >> g & 255));
      other += (lanes)(*(const masks *)(p + g + LANES) & MASK(word >> (g + LANES) & 255));
    }
  }
  double rest = 0;
  for (int64_t i = 64 * words; i < n; i++) {
    if (bits[words] >> (i & 63) & 1) rest += v[i];
  }
  double parts[LANES];
  *(lanes *)parts = sum + other;
  return lane_sum(parts) + rest;
}

CK_CLONES void ck_bits_add(const uint64_t *bits, int64_t n, double step, const double *times, double *target) {
  const int64_t words = n / 64;
  const lanes steps = (lanes){0} + step;
  for (int64_t w = 0; w < words; w++) {
    const uint64_t word = bits[w];
    if (!word) continue;
    double *p = target + 64 * w;
    for (int g = 0; g < 64; g += LANES) {
      const lanes change = times ? steps * *(const lanes *)(times + 64 * w + g) : steps;
      *(lanes *)(p + g) += (lanes)((masks)change & MASK(word >> g & 255));
    }
  }
  for (int64_t i = 64 * words; i < n; i++) {
    if (bits[words] >> (i & 63) & 1) target[i] += times ? step * times[i] : step;
  }
}

CK_CLONES double ck_dot3(const double *x, const double *y, const double *z, int64_t n) {
  lanes sum = {0};
  const int64_t whole = n / LANES * LANES;
  for (int64_t i = 0; i < whole; i += LANES) {
    lanes part = *(const lanes *)(x + i);
    if (y) part *= *(const lanes *)(y + i);
    if (z) part *= *(const lanes *)(z + i);
    sum += part;
  }
  double rest = 0;
  for (int64_t i = whole; i < n; i++) rest += x[i] * (y ? y[i] : 1) * (z ? z[i] : 1);
  double parts[LANES];
  *(lanes *)parts = sum;
  return lane_sum(parts) + rest;
}

CK_CLONES void ck_add_scaled(const double *x, int64_t n, double step, const double *times, double *target) {
  if (times) {
    CK_VECTORIZE for (int64_t i = 0; i < n; i++) target[i] += step * x[i] * times[i];
  } else {
    CK_VECTORIZE for (int64_t i = 0; i < n; i++) target[i] += step * x[i];
  }
}
