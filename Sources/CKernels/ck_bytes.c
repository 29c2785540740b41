// Bytes of files: the checksum XXH3 (64 bits), the split encoding of columns, the other byte order.
#include "ck_internal.h"

// ---------------------------------------------------------------------------------------------------
// XXH3 without a seed, after the specification of xxHash, version 0.2.0.

#define P32_1 0x9E3779B1U
#define P32_2 0x85EBCA77U
#define P32_3 0xC2B2AE3DU
#define P64_1 0x9E3779B185EBCA87ULL
#define P64_2 0xC2B2AE3D27D4EB4FULL
#define P64_3 0x165667B19E3779F9ULL
#define P64_4 0x85EBCA77C2B2AE63ULL
#define P64_5 0x27D4EB2F165667C5ULL
#define PMX_1 0x165667919E3779F9ULL
#define PMX_2 0x9FB21C651E98DF25ULL

static const uint8_t secret[192] __attribute__((aligned(64))) = {
  0xb8, 0xfe, 0x6c, 0x39, 0x23, 0xa4, 0x4b, 0xbe, 0x7c, 0x01, 0x81, 0x2c, 0xf7, 0x21, 0xad, 0x1c,
  0xde, 0xd4, 0x6d, 0xe9, 0x83, 0x90, 0x97, 0xdb, 0x72, 0x40, 0xa4, 0xa4, 0xb7, 0xb3, 0x67, 0x1f,
  0xcb, 0x79, 0xe6, 0x4e, 0xcc, 0xc0, 0xe5, 0x78, 0x82, 0x5a, 0xd0, 0x7d, 0xcc, 0xff, 0x72, 0x21,
  0xb8, 0x08, 0x46, 0x74, 0xf7, 0x43, 0x24, 0x8e, 0xe0, 0x35, 0x90, 0xe6, 0x81, 0x3a, 0x26, 0x4c,
  0x3c, 0x28, 0x52, 0xbb, 0x91, 0xc3, 0x00, 0xcb, 0x88, 0xd0, 0x65, 0x8b, 0x1b, 0x53, 0x2e, 0xa3,
  0x71, 0x64, 0x48, 0x97, 0xa2, 0x0d, 0xf9, 0x4e, 0x38, 0x19, 0xef, 0x46, 0xa9, 0xde, 0xac, 0xd8,
  0xa8, 0xfa, 0x76, 0x3f, 0xe3, 0x9c, 0x34, 0x3f, 0xf9, 0xdc, 0xbb, 0xc7, 0xc7, 0x0b, 0x4f, 0x1d,
  0x8a, 0x51, 0xe0, 0x4b, 0xcd, 0xb4, 0x59, 0x31, 0xc8, 0x9f, 0x7e, 0xc9, 0xd9, 0x78, 0x73, 0x64,
  0xea, 0xc5, 0xac, 0x83, 0x34, 0xd3, 0xeb, 0xc3, 0xc5, 0x81, 0xa0, 0xff, 0xfa, 0x13, 0x63, 0xeb,
  0x17, 0x0d, 0xdd, 0x51, 0xb7, 0xf0, 0xda, 0x49, 0xd3, 0x16, 0x55, 0x26, 0x29, 0xd4, 0x68, 0x9e,
  0x2b, 0x16, 0xbe, 0x58, 0x7d, 0x47, 0xa1, 0xfc, 0x8f, 0xf8, 0xb8, 0xd1, 0x7a, 0xd0, 0x31, 0xce,
  0x45, 0xcb, 0x3a, 0x8f, 0x95, 0x16, 0x04, 0x28, 0xaf, 0xd7, 0xfb, 0xca, 0xbb, 0x4b, 0x40, 0x7e,
};

CK_INLINE uint32_t le32(const uint8_t *p) { uint32_t x; memcpy(&x, p, 4); return x; }
CK_INLINE uint64_t le64(const uint8_t *p) { uint64_t x; memcpy(&x, p, 8); return x; }
CK_INLINE uint64_t rotl(uint64_t x, int r) { return x << r | x >> (64 - r); }

CK_INLINE uint64_t fold(uint64_t a, uint64_t b) {
  const __uint128_t m = (__uint128_t)a * b;
  return (uint64_t)m ^ (uint64_t)(m >> 64);
}

CK_INLINE uint64_t avalanche(uint64_t x) {
  x = (x ^ x >> 37) * PMX_1;
  return x ^ x >> 32;
}

CK_INLINE uint64_t avalanche_old(uint64_t x) {
  x = (x ^ x >> 33) * P64_2;
  x = (x ^ x >> 29) * P64_3;
  return x ^ x >> 32;
}

static uint64_t hash_to_16(const uint8_t *p, size_t n) {
  if (n == 0) return avalanche_old(le64(secret + 56) ^ le64(secret + 64));
  if (n <= 3) {
    const uint32_t combined =
      (uint32_t)p[n - 1] | (uint32_t)n << 8 | (uint32_t)p[0] << 16 | (uint32_t)p[n >> 1] << 24;
    return avalanche_old((uint64_t)(le32(secret) ^ le32(secret + 4)) ^ combined);
  }
  if (n <= 8) {
    const uint64_t combined = (uint64_t)le32(p + n - 4) | (uint64_t)le32(p) << 32;
    uint64_t x = (le64(secret + 8) ^ le64(secret + 16)) ^ combined;
    x ^= rotl(x, 49) ^ rotl(x, 24);
    x *= PMX_2;
    x ^= (x >> 35) + n;
    x *= PMX_2;
    return x ^ x >> 28;
  }
  const uint64_t low = (le64(secret + 24) ^ le64(secret + 32)) ^ le64(p);
  const uint64_t high = (le64(secret + 40) ^ le64(secret + 48)) ^ le64(p + n - 8);
  return avalanche(n + __builtin_bswap64(low) + high + fold(low, high));
}

CK_INLINE uint64_t mix(const uint8_t *p, size_t at) {
  return fold(le64(p) ^ le64(secret + at), le64(p + 8) ^ le64(secret + at + 8));
}

static uint64_t hash_to_240(const uint8_t *p, size_t n) {
  uint64_t acc = n * P64_1;
  if (n <= 128) {
    for (size_t i = ((n - 1) >> 5) + 1; i-- > 0;) {
      acc += mix(p + i * 16, i * 32);
      acc += mix(p + n - i * 16 - 16, i * 32 + 16);
    }
    return avalanche(acc);
  }
  for (size_t i = 0; i < 8; i++) acc += mix(p + i * 16, i * 16);
  acc = avalanche(acc);
  for (size_t i = 8; i < n >> 4; i++) acc += mix(p + i * 16, (i - 8) * 16 + 3);
  return avalanche(acc + mix(p + n - 16, 119));
}

CK_INLINE void accumulate(uint64_t *acc, const uint8_t *p, const uint8_t *s) {
  for (int i = 0; i < 8; i++) {
    const uint64_t word = le64(p + 8 * i), value = word ^ le64(s + 8 * i);
    acc[i ^ 1] += word;
    acc[i] += (value & 0xFFFFFFFF) * (value >> 32);
  }
}

CK_CLONES static uint64_t hash_long(const uint8_t *p, size_t n) {
  uint64_t acc[8] = {P32_3, P64_1, P64_2, P64_3, P64_4, P32_2, P64_5, P32_1};
  const size_t blocks = (n - 1) / 1024;
  for (size_t b = 0; b < blocks; b++) {
    for (int k = 0; k < 16; k++) accumulate(acc, p + b * 1024 + k * 64, secret + k * 8);
    for (int i = 0; i < 8; i++) {
      acc[i] = (acc[i] ^ acc[i] >> 47 ^ le64(secret + 128 + 8 * i)) * P32_1;
    }
  }
  const uint8_t *last = p + blocks * 1024;
  const size_t stripes = (n - blocks * 1024 - 1) / 64;
  for (size_t k = 0; k < stripes; k++) accumulate(acc, last + k * 64, secret + k * 8);
  accumulate(acc, p + n - 64, secret + 192 - 71);
  uint64_t result = (uint64_t)n * P64_1;
  for (int i = 0; i < 4; i++) {
    result += fold(acc[2 * i] ^ le64(secret + 11 + 16 * i), acc[2 * i + 1] ^ le64(secret + 19 + 16 * i));
  }
  return avalanche(result);
}

uint64_t ck_xxh3(const void *bytes, size_t count) {
  if (count <= 16) return hash_to_16(bytes, count);
  return count <= 240 ? hash_to_240(bytes, count) : hash_long(bytes, count);
}

// ---------------------------------------------------------------------------------------------------
// Split encoding: all first bytes of the elements, then all second bytes, and so on.

#define SPLIT_LOOPS(WIDTH, T)                                                                                 \
  CK_CLONES static void unsplit_##WIDTH(const uint8_t *in, T *out, int64_t n) {                               \
    for (int64_t i = 0; i < n; i++) {                                                                         \
      T x = 0;                                                                                                \
      for (int b = 0; b < WIDTH; b++) x |= (T)((T)in[b * n + i] << (8 * b));                                  \
      out[i] = x;                                                                                             \
    }                                                                                                         \
  }                                                                                                           \
  CK_CLONES static void split_##WIDTH(const T *in, uint8_t *out, int64_t n) {                                 \
    for (int b = 0; b < WIDTH; b++) {                                                                         \
      for (int64_t i = 0; i < n; i++) out[b * n + i] = (uint8_t)(in[i] >> (8 * b));                           \
    }                                                                                                         \
  }

SPLIT_LOOPS(2, uint16_t)
SPLIT_LOOPS(4, uint32_t)
SPLIT_LOOPS(8, uint64_t)

void ck_unsplit(const void *in, void *out, int64_t count, int width) {
  switch (width) {
    case 2: unsplit_2(in, out, count); return;
    case 4: unsplit_4(in, out, count); return;
    case 8: unsplit_8(in, out, count); return;
    default: memcpy(out, in, (size_t)(count * width)); return;
  }
}

void ck_split(const void *in, void *out, int64_t count, int width) {
  switch (width) {
    case 2: split_2(in, out, count); return;
    case 4: split_4(in, out, count); return;
    case 8: split_8(in, out, count); return;
    default: memcpy(out, in, (size_t)(count * width)); return;
  }
}

// ---------------------------------------------------------------------------------------------------
// The other byte order. The source may have any alignment, and may be the destination.

#define SWAP_LOOP(BITS)                                                                                       \
  CK_CLONES static void swap_##BITS(const uint8_t *in, uint8_t *out, int64_t n) {                             \
    CK_VECTORIZE                                                                                              \
    for (int64_t i = 0; i < n; i++) {                                                                         \
      uint##BITS##_t x;                                                                                       \
      memcpy(&x, in + i * (BITS / 8), BITS / 8);                                                              \
      x = __builtin_bswap##BITS(x);                                                                           \
      memcpy(out + i * (BITS / 8), &x, BITS / 8);                                                             \
    }                                                                                                         \
  }

SWAP_LOOP(16)
SWAP_LOOP(32)
SWAP_LOOP(64)

void ck_swap_bytes(const void *in, void *out, int64_t count, int width) {
  switch (width) {
    case 2: swap_16(in, out, count); return;
    case 4: swap_32(in, out, count); return;
    case 8: swap_64(in, out, count); return;
    default: memmove(out, in, (size_t)(count * width)); return;
  }
}
