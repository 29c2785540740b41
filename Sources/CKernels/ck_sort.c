// Stable sorting of rows: each number becomes an unsigned key whose order is the wanted one (NaN last), short rows
// are sorted by insertion, long ones by radix.
#include "ck_internal.h"

typedef struct {
  uint64_t key;
  int64_t index;
} item;

typedef struct {
  ck_dtype dtype;
  const char *in;
  char *values;
  int64_t *indices;
  int64_t n;
  int descending;
} job;

#define LAST UINT64_MAX

// The sign bit of an IEEE number orders backwards, and so do negative magnitudes. -0 and +0 are equal, so they get one key.
static uint64_t key_of_float(uint64_t bits, uint64_t sign) {
  if (bits == sign) bits = 0;
  return bits & sign ? ~bits & (sign | (sign - 1)) : bits | sign;
}

static uint64_t key_at(const job *j, const char *row, int64_t i) {
  uint64_t key = 0, top = UINT64_MAX;
  switch (j->dtype) {
    case CK_F32: {
      float x = ((const float *)row)[i];
      if (x != x) return LAST;
      key = key_of_float(ck_bits32(x), 0x80000000u);
      top = UINT32_MAX;
      break;
    }
    case CK_F64: {
      double x = ((const double *)row)[i];
      if (x != x) return LAST;
      uint64_t bits;
      memcpy(&bits, &x, 8);
      key = key_of_float(bits, (uint64_t)1 << 63);
      break;
    }
    case CK_I32:
      key = (uint32_t)((const int32_t *)row)[i] ^ 0x80000000u;
      top = UINT32_MAX;
      break;
    case CK_I64: key = (uint64_t)((const int64_t *)row)[i] ^ ((uint64_t)1 << 63); break;
    default:
      key = ((const uint8_t *)row)[i];
      top = 255;
      break;
  }
  return j->descending ? top - key : key;
}

static void insertion(item *items, int64_t n) {
  for (int64_t i = 1; i < n; i++) {
    const item x = items[i];
    int64_t k = i;
    for (; k > 0 && items[k - 1].key > x.key; k--) items[k] = items[k - 1];
    items[k] = x;
  }
}

#define RADIX 11
#define BINS (1 << RADIX)

// Least significant digit first, so that each pass keeps the order of the one before. Returns where the result lies.
static item *radix(item *from, item *to, int64_t n) {
  uint64_t any = 0, all = UINT64_MAX;
  for (int64_t i = 0; i < n; i++) {
    any |= from[i].key;
    all &= from[i].key;
  }
  for (int shift = 0; shift < 64; shift += RADIX) {
    if (!((any ^ all) >> shift & (BINS - 1))) continue;  // all equal in this digit
    int64_t start[BINS] = {0}, sum = 0;
    for (int64_t i = 0; i < n; i++) start[from[i].key >> shift & (BINS - 1)]++;
    for (int b = 0; b < BINS; b++) {
      const int64_t c = start[b];
      start[b] = sum;
      sum += c;
    }
    for (int64_t i = 0; i < n; i++) to[start[from[i].key >> shift & (BINS - 1)]++] = from[i];
    item *swap = from;
    from = to;
    to = swap;
  }
  return from;
}

static void sort_rows(void *context, int64_t begin, int64_t end) {
  const job *j = context;
  const size_t size = ck_size(j->dtype);
  item *items = malloc(sizeof(item) * (size_t)j->n * 2);
  if (!items) abort();
  for (int64_t r = begin; r < end; r++) {
    const char *row = j->in + (size_t)(r * j->n) * size;
    for (int64_t i = 0; i < j->n; i++) items[i] = (item){key_at(j, row, i), i};
    item *sorted = items;
    if (j->n <= 64) {
      insertion(items, j->n);
    } else {
      sorted = radix(items, items + j->n, j->n);
    }
    for (int64_t i = 0; i < j->n && j->indices; i++) j->indices[r * j->n + i] = sorted[i].index;
    char *values = j->values ? j->values + (size_t)(r * j->n) * size : NULL;
    for (int64_t i = 0; i < j->n && values; i++) {
      memcpy(values + (size_t)i * size, row + (size_t)sorted[i].index * size, size);
    }
  }
  free(items);
}

void ck_sort(ck_dtype dtype, const void *in, void *values, int64_t *indices, int64_t rows, int64_t n, int descending,
             int threads) {
  if (rows <= 0 || n <= 0) return;
  job j = {dtype, in, values, indices, n, descending};
  ck_parallel_for(rows, 1 + 2048 / n, threads, sort_rows, &j);
}
