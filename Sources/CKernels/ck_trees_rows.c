// Rows of leaves: divided by a cut, given their leaf's value, drawn for a tree.
#include "ck_trees_internal.h"

#define GRAIN 16384

typedef struct {
  const uint8_t *column, *left;
  uint32_t *index, *scratch;
  int64_t count, pieces;
  int64_t lefts[64];
} division;

CK_INLINE int64_t piece_begin(const division *d, int64_t p) { return d->count * p / d->pieces; }

CK_CLONES int64_t ck_divide_run(const uint8_t *column, const uint8_t *left, uint32_t *index, uint32_t *scratch,
                                int64_t count) {
  int64_t l = 0, r = 0;
  for (int64_t k = 0; k < count; k++) {
    const uint32_t row = index[k];
    const int64_t goes = left[column[row]];
    index[l] = row;
    scratch[r] = row;
    l += goes;
    r += 1 - goes;
  }
  return l;
}

static void divide_pieces(void *context, int64_t begin, int64_t end) {
  division *d = context;
  for (int64_t p = begin; p < end; p++) {
    const int64_t b = piece_begin(d, p), e = piece_begin(d, p + 1);
    d->lefts[p] = ck_divide_run(d->column, d->left, d->index + b, d->scratch + b, e - b);
  }
}

static void copy_right(void *context, int64_t begin, int64_t end) {
  const division *d = context;
  int64_t place = 0;
  for (int64_t p = 0; p < d->pieces; p++) place += d->lefts[p];
  for (int64_t p = 0; p < end; p++) {
    const int64_t b = piece_begin(d, p), rights = piece_begin(d, p + 1) - b - d->lefts[p];
    if (p >= begin) memcpy(d->index + place, d->scratch + b, sizeof(uint32_t) * (size_t)rights);
    place += rights;
  }
}

int64_t ck_divide_rows(const uint8_t *column, const uint8_t left[256], uint32_t *index, int64_t count,
                       uint32_t *scratch, int threads) {
  division d = {column, left, index, scratch, count, ck_max64(1, ck_min64(ck_min64(threads, 64), count / GRAIN)), {0}};
  ck_parallel_for(d.pieces, 1, threads, divide_pieces, &d);
  int64_t lefts = d.lefts[0];
  for (int64_t p = 1; p < d.pieces; p++) {
    memmove(index + lefts, index + piece_begin(&d, p), sizeof(uint32_t) * (size_t)d.lefts[p]);
    lefts += d.lefts[p];
  }
  ck_parallel_for(d.pieces, 1, threads, copy_right, &d);
  return lefts;
}

typedef struct {
  double *scores;
  int outputs, leaves;
  const uint32_t *index;
  const int64_t *begins;
  const double *values, *weights;
  double *partial;
  int64_t chunks;
} addition;

// Chunk t of GRAIN rows of the whole index; leaves are walked within it.
static void add_chunks(void *context, int64_t begin, int64_t end) {
  const addition *a = context;
  for (int64_t t = begin; t < end; t++) {
    const int64_t first = t * GRAIN, last = ck_min64(first + GRAIN, a->begins[a->leaves]);
    for (int l = 0; l < a->leaves; l++) {
      const int64_t b = ck_max64(first, a->begins[l]), e = ck_min64(last, a->begins[l + 1]);
      double cover = 0;
      for (int64_t k = b; k < e; k++) {
        const int64_t row = a->index[k];
        a->scores[row * a->outputs] += a->values[l];
        cover += fabs(a->weights[row]);
      }
      a->partial[t * a->leaves + l] = cover;
    }
  }
}

int ck_add_leaves(double *scores, int outputs, const uint32_t *index, const int64_t *begins, const double *values,
                   int leaves, const double *weights, double *covers, int threads) {
  const int64_t chunks = (begins[leaves] + GRAIN - 1) / GRAIN;
  addition a = {scores, outputs, leaves, index, begins, values, weights, NULL, chunks};
  memset(covers, 0, sizeof(double) * (size_t)leaves);
  a.partial = calloc((size_t)(chunks * leaves + 1), sizeof(double));
  if (!a.partial) return -1;
  ck_parallel_for(chunks, 1, threads, add_chunks, &a);
  for (int64_t t = 0; t < chunks; t++) {
    for (int l = 0; l < leaves; l++) covers[l] += a.partial[t * leaves + l];
  }
  free(a.partial);
  return 0;
}

int64_t ck_sample_rows(uint64_t key, double fraction, int64_t rows, uint32_t *index, uint32_t *scratch) {
  const uint32_t k[2] = {(uint32_t)key, (uint32_t)(key >> 32)};
  const uint64_t limit = (uint64_t)(fraction * 0x1p32);
  int64_t drawn = 0, others = 0;
  for (int64_t first = 0; first < rows; first += 4) {
    const uint64_t block = (uint64_t)first / 4;
    const uint32_t counter[4] = {(uint32_t)block, (uint32_t)(block >> 32), 0, 2};
    uint32_t words[4];
    ck_philox(counter, k, words);
    for (int64_t r = first; r < ck_min64(first + 4, rows); r++) {
      if (words[r - first] < limit) {
        index[drawn++] = (uint32_t)r;
      } else {
        scratch[others++] = (uint32_t)r;
      }
    }
  }
  memcpy(index + drawn, scratch, sizeof(uint32_t) * (size_t)others);
  return drawn;
}

typedef struct {
  const int32_t *pairs;
  int count_bits;
  const uint32_t *index;
  int64_t count;
  _Atomic int64_t gradient, curvature;
} summing;

// Sums of integers: the order in which threads come does not matter.
static void sum_rows(void *context, int64_t begin, int64_t end) {
  summing *s = context;
  int64_t g = 0, h = 0;
  for (int64_t k = begin; k < end; k++) {
    g += s->pairs[2 * (int64_t)s->index[k]];
    h += s->pairs[2 * (int64_t)s->index[k] + 1];
  }
  s->gradient += g;
  s->curvature += h;
}

void ck_sum_pairs(const int32_t *pairs, int count_bits, const uint32_t *index, int64_t count, int64_t sums[2], int threads) {
  summing s = {pairs, count_bits, index, count, 0, 0};
  ck_parallel_for(count, GRAIN, threads, sum_rows, &s);
  sums[0] = s.gradient;
  sums[1] = s.curvature * ((int64_t)1 << count_bits) + count;
}
