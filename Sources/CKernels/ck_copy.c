// Copies between strided layouts: transposes, slices, pads, concatenations, flips.
#include "ck_internal.h"

typedef struct {
  size_t size;
  const char *in;
  char *out;
  int rank;
  int64_t shape[CK_MAX_RANK];
  int64_t strides[2][CK_MAX_RANK];  // in, out
} job;

#define COPY_LOOPS(NAME, T)                                                                                   \
  CK_CLONES void NAME(const T *in, int64_t si0, int64_t si1, T *out, int64_t so0, int64_t so1,      \
                                int64_t n0, int64_t n1) {                                                     \
    if (si1 == 1 && so1 == 1) {                                                                               \
      for (int64_t i = 0; i < n0; i++) memcpy(out + i * so0, in + i * si0, sizeof(T) * (size_t)n1);           \
      return;                                                                                                 \
    }                                                                                                         \
    if (si1 == 0 && so1 == 1) {                                                                               \
      for (int64_t i = 0; i < n0; i++) {                                                                      \
        const T x = in[i * si0];                                                                              \
        T *q = out + i * so0;                                                                                 \
        for (int64_t k = 0; k < n1; k++) q[k] = x;                                                            \
      }                                                                                                       \
      return;                                                                                                 \
    }                                                                                                         \
    /* Blocks of 16 by 16 keep both sides of a transpose in the first-level cache. */                         \
    for (int64_t i0 = 0; i0 < n0; i0 += 16) {                                                                 \
      const int64_t i1 = ck_min64(i0 + 16, n0);                                                               \
      for (int64_t k0 = 0; k0 < n1; k0 += 16) {                                                               \
        const int64_t k1 = ck_min64(k0 + 16, n1);                                                             \
        for (int64_t i = i0; i < i1; i++) {                                                                   \
          for (int64_t k = k0; k < k1; k++) out[i * so0 + k * so1] = in[i * si0 + k * si1];                   \
        }                                                                                                     \
      }                                                                                                       \
    }                                                                                                         \
  }

COPY_LOOPS(ck_copy2_1, uint8_t)
COPY_LOOPS(ck_copy2_2, uint16_t)
COPY_LOOPS(ck_copy2_4, uint32_t)
COPY_LOOPS(ck_copy2_8, uint64_t)

static void copy_plane(const job *j, const char *in, char *out, int64_t n0, int64_t n1) {
  const int r = j->rank;
  const int64_t *si = j->strides[0], *so = j->strides[1];
  const int64_t si0 = r > 1 ? si[r - 2] : 0, so0 = r > 1 ? so[r - 2] : 0;
  switch (j->size) {
    case 1: ck_copy2_1((const void *)in, si0, si[r - 1], (void *)out, so0, so[r - 1], n0, n1); return;
    case 2: ck_copy2_2((const void *)in, si0, si[r - 1], (void *)out, so0, so[r - 1], n0, n1); return;
    case 4: ck_copy2_4((const void *)in, si0, si[r - 1], (void *)out, so0, so[r - 1], n0, n1); return;
    default: ck_copy2_8((const void *)in, si0, si[r - 1], (void *)out, so0, so[r - 1], n0, n1); return;
  }
}

// Everything outside the last two dimensions, odometer-wise; `skip` leading dimensions are fixed by the caller.
static void copy_from(const job *j, int skip, const char *in, char *out) {
  const int r = j->rank, planes = r - 2;
  const int64_t n1 = j->shape[r - 1], n0 = r > 1 ? j->shape[r - 2] : 1;
  const int64_t size = (int64_t)j->size;
  int64_t index[CK_MAX_RANK] = {0};
  for (;;) {
    copy_plane(j, in, out, n0, n1);
    int d = planes - 1;
    for (; d >= skip; d--) {
      in += j->strides[0][d] * size;
      out += j->strides[1][d] * size;
      if (++index[d] < j->shape[d]) break;
      in -= j->strides[0][d] * j->shape[d] * size;
      out -= j->strides[1][d] * j->shape[d] * size;
      index[d] = 0;
    }
    if (d < skip) return;
  }
}

// Slices first ..< last of the leading dimension.
static void copy_slices(void *context, int64_t first, int64_t last) {
  const job *j = context;
  const int64_t size = (int64_t)j->size;
  const char *in = j->in + first * j->strides[0][0] * size;
  char *out = j->out + first * j->strides[1][0] * size;
  job part = *j;
  part.shape[0] = last - first;
  copy_from(&part, 0, in, out);
}

void ck_copy_strided(size_t element_size, const void *in, const int64_t *in_strides, void *out,
                     const int64_t *out_strides, const int64_t *shape, int rank, int threads) {
  job j = {element_size, in, out, rank, {0}, {{0}, {0}}};
  int64_t count = 1;
  for (int d = 0; d < rank; d++) {
    j.shape[d] = shape[d];
    j.strides[0][d] = in_strides[d];
    j.strides[1][d] = out_strides[d];
    count *= shape[d];
  }
  if (count <= 0) return;
  j.rank = ck_collapse(rank, j.shape, 2, j.strides);
  if (j.rank == 1 && j.strides[0][0] == 1 && j.strides[1][0] == 1 && count < 131072) {
    memcpy(out, in, (size_t)count * element_size);
    return;
  }
  ck_parallel_for(j.shape[0], 1 + 65536 / (count / j.shape[0]), threads, copy_slices, &j);
}
