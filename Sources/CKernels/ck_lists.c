// Lists of big-endian numbers, as ROOT stores them.
#include "ck_internal.h"

#if defined(__linux__)
#include <sys/mman.h>
#endif

#define LOAD(type, p) ({ type v_; memcpy(&v_, (p), sizeof v_); v_; })

CK_CLONES static void truths(const uint8_t *restrict in, uint8_t *restrict out, int64_t n) {
  for (int64_t i = 0; i < n; i++) out[i] = in[i] != 0;
}

void ck_from_big_endian(const void *in, void *out, int64_t count, int width) {
  if (width == 0) truths(in, out, count);
  else ck_swap_bytes(in, out, count, width);
}

void ck_strided_from_big_endian(const void *in, int64_t stride, void *out, int64_t count, int64_t run, int width) {
  const uint8_t *p = in;
  uint8_t *q = out;
  const int64_t bytes = run * (width ? width : 1);
  for (int64_t i = 0; i < count; i++) ck_from_big_endian(p + i * stride, q + i * bytes, run, width);
}

// One pass: the positions as ROOT stores them become offsets in units, and what is wrong is gathered in `bad`.
#define OFFSETS(name, DIVIDE)                                                                                  \
  CK_CLONES static int64_t name(const uint8_t *restrict in, int64_t n, int64_t key, int64_t header, int64_t u, \
                                int64_t base, int64_t *restrict out) {                                         \
    int64_t bad = 0;                                                                                           \
    for (int64_t i = 0; i < n; i++) {                                                                          \
      const int32_t at = (int32_t)__builtin_bswap32(LOAD(uint32_t, in + 4 * i));                               \
      const int64_t bytes = (int64_t)at - key - i * header;                                                    \
      out[i] = base + DIVIDE;                                                                                  \
      bad |= bytes;                                                                                            \
    }                                                                                                          \
    return bad < 0;                                                                                            \
  }

OFFSETS(offsets_shifted, (bytes >> u))
OFFSETS(offsets_divided, (bytes / u))

// Whether offsets never fall and end at `last`.
CK_CLONES static int rises(const int64_t *offsets, int64_t n, int64_t last) {
  int64_t bad = last - offsets[n - 1];
  for (int64_t i = 1; i < n; i++) bad |= offsets[i] - offsets[i - 1];
  return bad >= 0;
}

int ck_offsets_from_positions(const void *positions, int64_t count, int64_t key, int64_t header, int64_t unit,
                              int64_t base, int64_t last, int64_t *out) {
  if (count == 0) return 0;
  const int power = (unit & (unit - 1)) == 0;
  const int64_t bad = power ? offsets_shifted(positions, count, key, header, __builtin_ctzll((uint64_t)unit), base, out)
                            : offsets_divided(positions, count, key, header, unit, base, out);
  return bad || out[0] != base || !rises(out, count, last);
}

// Whether positions give offsets that are known already.
#define AGREE(name, DIVIDE)                                                                                  \
  CK_CLONES static int name(const uint8_t *restrict in, int64_t n, int64_t key, int64_t u, int64_t base,     \
                            const int64_t *restrict known) {                                                 \
    int64_t bad = 0;                                                                                         \
    for (int64_t i = 0; i < n; i++) {                                                                        \
      const int64_t bytes = (int64_t)(int32_t)__builtin_bswap32(LOAD(uint32_t, in + 4 * i)) - key;           \
      bad |= (base + DIVIDE) ^ known[i];                                                                     \
    }                                                                                                        \
    return bad == 0;                                                                                         \
  }

AGREE(agree_shifted, (bytes >> u))
AGREE(agree_divided, (bytes / u))

int ck_positions_agree(const void *positions, int64_t count, int64_t key, int64_t unit, int64_t base,
                       const int64_t *known) {
  const int power = (unit & (unit - 1)) == 0;
  return power ? agree_shifted(positions, count, key, __builtin_ctzll((uint64_t)unit), base, known)
               : agree_divided(positions, count, key, unit, base, known);
}

#define GATHER(name, type, SWAP)                                                                            \
  CK_CLONES static void name(const uint8_t *in, const int64_t *offsets, int64_t n, int64_t last, int64_t header, \
                             int64_t run, uint8_t *out) {                                                    \
    const int64_t base = offsets[0];                                                                         \
    for (int64_t i = 0; i < n; i++) {                                                                        \
      const int64_t from = (offsets[i] - base) * run, to = ((i + 1 < n ? offsets[i + 1] : last) - base) * run; \
      const uint8_t *p = in + from * (int64_t)sizeof(type) + (i + 1) * header;                               \
      for (int64_t k = from; k < to; k++, p += sizeof(type)) {                                               \
        type v = SWAP(LOAD(type, p));                                                                        \
        memcpy(out + k * (int64_t)sizeof(type), &v, sizeof v);                                               \
      }                                                                                                      \
    }                                                                                                        \
  }
#define SAME(x) (x)
GATHER(gather8, uint8_t, SAME)
GATHER(gather16, uint16_t, __builtin_bswap16)
GATHER(gather32, uint32_t, __builtin_bswap32)
GATHER(gather64, uint64_t, __builtin_bswap64)

void ck_lists_from_big_endian(const void *in, const int64_t *offsets, int64_t count, int64_t last, int64_t header,
                              int64_t run, void *out, int width) {
  if (count == 0) return;
  switch (width) {
    case 0:
      gather8(in, offsets, count, last, header, run, out);
      truths(out, out, (last - offsets[0]) * run);
      break;
    case 1: gather8(in, offsets, count, last, header, run, out); break;
    case 2: gather16(in, offsets, count, last, header, run, out); break;
    case 4: gather32(in, offsets, count, last, header, run, out); break;
    default: gather64(in, offsets, count, last, header, run, out); break;
  }
}

void ck_advise_huge(void *p, size_t bytes) {
#if defined(__linux__)
  const uintptr_t huge = (uintptr_t)2 << 20;
  const uintptr_t first = ((uintptr_t)p + huge - 1) & ~(huge - 1), end = ((uintptr_t)p + bytes) & ~(huge - 1);
  if (end > first) madvise((void *)first, end - first, MADV_HUGEPAGE);
#else
  (void)p, (void)bytes;
#endif
}
