// Counter-based random numbers: Philox4x32-10 (Salmon et al. 2011, doi:10.1145/2063384.2063405).
//
// Element i of float32 and integer arrays comes from word i % 4 of block i / 4; a float64 needs two words, so it
// comes from block i / 2.
#include "ck_math.h"

#define BLOCKS 16 /* counters at once, one a lane */
#define M0 0xD2511F53u
#define M1 0xCD9E8D57u
#define W0 0x9E3779B9u
#define W1 0xBB67AE85u

CK_INLINE void philox_round(uint32_t c[4], uint32_t k0, uint32_t k1) {
  const uint64_t a = (uint64_t)M0 * c[0], b = (uint64_t)M1 * c[2];
  const uint32_t x1 = c[1], x3 = c[3];
  c[0] = (uint32_t)(b >> 32) ^ x1 ^ k0;
  c[1] = (uint32_t)b;
  c[2] = (uint32_t)(a >> 32) ^ x3 ^ k1;
  c[3] = (uint32_t)a;
}

void ck_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
  uint32_t c[4] = {counter[0], counter[1], counter[2], counter[3]};
  uint32_t k0 = key[0], k1 = key[1];
  for (int r = 0; r < 10; r++, k0 += W0, k1 += W1) philox_round(c, k0, k1);
  memcpy(out, c, sizeof(c));
}

// SplitMix64's finaliser.
static uint64_t mix64(uint64_t z) {
  z += 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

typedef struct {
  ck_random_kind kind;
  ck_dtype dtype;
  void *out;
  int64_t count;
  uint64_t key, stream;
} job;

// Words of blocks first ..< first + BLOCKS, word w of block l at words[w][l]. Words sit in lanes of 64 bits, where the
// machine multiplies them; what is above the low half is never read.
CK_INLINE void philox_blocks(const job *j, uint64_t first, uint32_t words[4][BLOCKS]) {
  uint64_t c0[BLOCKS], c1[BLOCKS], c2[BLOCKS], c3[BLOCKS];
  for (int l = 0; l < BLOCKS; l++) {
    c0[l] = first + (uint64_t)l;
    c1[l] = (first + (uint64_t)l) >> 32;
    c2[l] = j->stream;
    c3[l] = j->stream >> 32;
  }
  uint32_t k0 = (uint32_t)j->key, k1 = (uint32_t)(j->key >> 32);
  for (int r = 0; r < 10; r++, k0 += W0, k1 += W1) {
    for (int l = 0; l < BLOCKS; l++) {
      const uint64_t a = (uint64_t)M0 * (uint32_t)c0[l], b = (uint64_t)M1 * (uint32_t)c2[l];
      c0[l] = (b >> 32) ^ c1[l] ^ k0;
      c1[l] = b;
      c2[l] = (a >> 32) ^ c3[l] ^ k1;
      c3[l] = a;
    }
  }
  for (int l = 0; l < BLOCKS; l++) {
    words[0][l] = (uint32_t)c0[l];
    words[1][l] = (uint32_t)c1[l];
    words[2][l] = (uint32_t)c2[l];
    words[3][l] = (uint32_t)c3[l];
  }
}

// [0, 1) in steps of 2^-24.
CK_INLINE float unit(uint32_t bits) { return (float)(int32_t)(bits >> 8) * 0x1p-24f; }

CK_INLINE double unit64(uint32_t high, uint32_t low) {
  return (double)((((uint64_t)high << 32) | low) >> 11) * 0x1p-53;
}

// Sixty-four float32, element 4 l + w from word w of block l.
CK_CLONES void ck_random_uniform_f32(const void *context, uint64_t first, float *out) {
  uint32_t words[4][BLOCKS];
  philox_blocks(context, first, words);
  for (int l = 0; l < BLOCKS; l++) {
    for (int w = 0; w < 4; w++) out[4 * l + w] = unit(words[w][l]);
  }
}

CK_CLONES void ck_random_bits(const void *context, uint64_t first, uint32_t *out) {
  uint32_t words[4][BLOCKS];
  philox_blocks(context, first, words);
  for (int l = 0; l < BLOCKS; l++) {
    for (int w = 0; w < 4; w++) out[4 * l + w] = words[w][l];
  }
}

// Box-Muller: words 0, 1 give elements 0, 1 and words 2, 3 give elements 2, 3. The radius takes its number from
// (0, 1], so its logarithm is finite; the angle is a fraction of a turn.
CK_CLONES void ck_random_normal_f32(const void *context, uint64_t first, float *out) {
  uint32_t words[4][BLOCKS];
  float made[4][BLOCKS];
  philox_blocks(context, first, words);
  for (int half = 0; half < 4; half += 2) {
    for (int l = 0; l < BLOCKS; l++) {
      const float u = unit(words[half][l]) + 0x1p-24f;
      const float radius = __builtin_elementwise_sqrt(-2.0f * ck_log(u));
      const float angle = unit(words[half + 1][l]) * 6.28318530717958647692f;
      made[half][l] = radius * ck_trig(angle, 1);
      made[half + 1][l] = radius * ck_trig(angle, 0);
    }
  }
  for (int l = 0; l < BLOCKS; l++) {
    for (int w = 0; w < 4; w++) out[4 * l + w] = made[w][l];
  }
}

// Thirty-two float64, two a block.
static void uniform_f64(const job *j, uint64_t first, double *out) {
  uint32_t words[4][BLOCKS];
  philox_blocks(j, first, words);
  for (int l = 0; l < BLOCKS; l++) {
    out[2 * l] = unit64(words[0][l], words[1][l]);
    out[2 * l + 1] = unit64(words[2][l], words[3][l]);
  }
}

static void normal_f64(const job *j, uint64_t first, double *out) {
  uniform_f64(j, first, out);
  for (int l = 0; l < 2 * BLOCKS; l += 2) {
    const double radius = sqrt(-2 * log(out[l] + 0x1p-53)), angle = out[l + 1] * 6.28318530717958647692;
    out[l] = radius * cos(angle);
    out[l + 1] = radius * sin(angle);
  }
}

// Groups of BLOCKS blocks; whole groups go straight to memory where the type allows.
static void fill_groups(void *context, int64_t begin, int64_t end) {
  const job *j = context;
  const int wide = j->dtype == CK_F64 && j->kind != CK_BITS;
  const int64_t size = (int64_t)ck_size(j->dtype), step = wide ? 2 * BLOCKS : 4 * BLOCKS;
  union {
    float f32[4 * BLOCKS];
    double f64[2 * BLOCKS];
    uint32_t bits[4 * BLOCKS];
  } made;
  for (int64_t g = begin; g < end; g++) {
    const uint64_t first = (uint64_t)g * BLOCKS;
    const int64_t at = g * step, n = ck_min64(step, j->count - at);
    char *to = (char *)j->out + at * size;
    if (wide) {
      if (j->kind == CK_NORMAL) {
        normal_f64(j, first, made.f64);
      } else {
        uniform_f64(j, first, made.f64);
      }
      memcpy(to, made.f64, (size_t)(n * size));
    } else if (j->kind == CK_BITS) {
      ck_random_bits(j, first, made.bits);
      if (j->dtype == CK_I32) {
        memcpy(to, made.bits, (size_t)(n * size));
        continue;
      }
      for (int64_t i = 0; i < n; i++) {
        const int64_t word = made.bits[i];
        ck_convert(CK_I64, &word, 1, j->dtype, to + i * size, 1);
      }
    } else {
      float *direct = j->dtype == CK_F32 && n == step ? (float *)(void *)to : made.f32;
      if (j->kind == CK_NORMAL) {
        ck_random_normal_f32(j, first, direct);
      } else {
        ck_random_uniform_f32(j, first, direct);
      }
      if (direct == made.f32) ck_convert(CK_F32, made.f32, 1, j->dtype, to, n);
    }
  }
}

void ck_random(ck_random_kind kind, ck_dtype dtype, void *out, int64_t count, const int64_t seed[2], uint64_t stream,
               int threads) {
  if (count <= 0) return;
  job j = {kind, dtype, out, count, (uint64_t)seed[0], mix64(stream ^ mix64((uint64_t)seed[1]))};
  const int64_t step = dtype == CK_F64 && kind != CK_BITS ? 2 * BLOCKS : 4 * BLOCKS;
  ck_parallel_for((count + step - 1) / step, 256, threads, fill_groups, &j);
}
