// Sweeps the elementary functions of the kernels in one instruction set and prints their worst errors.
//
// The test suite sweeps the instruction set of the machine that it runs on; this does the others:
//
//   for set in x86-64 x86-64-v3 x86-64-v4; do
//     clang -std=gnu17 -O2 -march=$set -DCK_CLONES= -ISources/CKernels/include Sources/CKernels/*.c
//       Tools/reference/ulp_sweep.c -o /tmp/sweep -ldnnl -llapacke -lopenblas -l:libgomp.so.1 -lm
//     /tmp/sweep 1009          # every 1009th float; 1 takes ten minutes
//   done
//
// Result for every float (clang 21, glibc 2.36, x86-64-v4), units in the last place: exp 0.98, expm1 1.44,
// log 0.85, log1p 1.44, tanh 1.33, sigmoid 1.50, erf 1.10, sin 1.49, cos 1.49.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ck.h"

#define BLOCK (1 << 20)

static double sigmoid(double x) { return x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x)); }

// The error in units in the last place of the exact value; a wrong NaN or infinity counts as 1e9.
static double units_off(float got, double want) {
  const float rounded = (float)want;
  if (want != want || got != got) return want != want && got != got ? 0 : 1e9;
  if (isinf(rounded) || isinf(got)) return rounded == got ? 0 : 1e9;
  int exponent;
  frexp(want, &exponent);
  return fabs((double)got - want) / ldexp(1, exponent - 24 < -149 ? -149 : exponent - 24);
}

static const struct {
  const char *name;
  int op;
  double (*definition)(double);
} functions[] = {
    {"exp", CK_EXP, exp},          {"expm1", CK_EXPM1, expm1}, {"log", CK_LOG, log}, {"log1p", CK_LOG1P, log1p},
    {"tanh", CK_TANH, tanh},       {"erf", CK_ERF, erf},       {"sin", CK_SIN, sin}, {"cos", CK_COS, cos},
    {"sigmoid", CK_SIGMOID, sigmoid},
};

int main(int count, char **arguments) {
  const uint64_t step = count > 1 ? strtoull(arguments[1], NULL, 10) : 1009, all = (uint64_t)1 << 32;
  static float in[BLOCK], out[BLOCK];
  int failed = 0;
  for (size_t f = 0; f < sizeof(functions) / sizeof(*functions); f++) {
    ck_slot slots[2] = {{.kind = CK_SLOT_INPUT, .dtype = CK_F32, .data = in, .contiguous = 1},
                        {.kind = CK_SLOT_OUTPUT, .dtype = CK_F32, .data = out}};
    const ck_tile_instr instr = {(uint16_t)functions[f].op, 1, 0, 0, 0, 0};
    const ck_tile_program program = {CK_F32, 2, 1, slots, &instr};
    double worst = 0;
    float at = 0;
    for (uint64_t bits = 0; bits < all;) {
      int64_t n = 0;
      for (; n < BLOCK && bits < all; n++, bits += step) {
        const uint32_t low = (uint32_t)bits;
        memcpy(in + n, &low, 4);
      }
      ck_tile_run(&program, n, 1);
      for (int64_t i = 0; i < n; i++) {
        const double units = units_off(out[i], functions[f].definition((double)in[i]));
        if (units > worst) {
          worst = units;
          at = in[i];
        }
      }
    }
    printf("%-8s %.3f units at %a (%g)\n", functions[f].name, worst, (double)at, (double)at);
    fflush(stdout);
    failed |= worst > 2;
  }
  return failed;
}
