// Bins of columns: each column is sorted whole, so borders are exact weighted quantiles and every value's bin falls out.
#include <stdatomic.h>

#include "ck_trees_internal.h"

#define DIGIT 11
#define DIGITS (1 << DIGIT)

typedef struct {
  const float *inputs;
  int64_t rows, row_step, column_step;
  int columns, max_bins;
  const double *weights;
  const uint8_t *categorical;
  uint8_t *bins;
  float *edges;
  int32_t *counts;
  uint8_t *missing;
  _Atomic int failed;
} job;

// A value in the high half, ordered as integers, and its row in the low half.
typedef uint64_t item;

CK_INLINE uint32_t ordered(float x) {
  const uint32_t u = ck_bits32(x + 0.0f); // -0 is 0
  return u ^ ((u >> 31) ? 0xFFFFFFFFu : 0x80000000u);
}

CK_INLINE float value_of(item i) {
  const uint32_t u = (uint32_t)(i >> 32);
  return ck_float32(u ^ ((u >> 31) ? 0x80000000u : 0xFFFFFFFFu));
}

// Sorts by value in three passes of eleven bits; returns which of both arrays holds the answer.
static item *sort_items(item *a, item *b, int64_t n) {
  uint32_t(*counts)[DIGITS] = calloc(3, sizeof(*counts));
  if (!counts) return NULL;
  for (int64_t i = 0; i < n; i++) {
    const uint32_t v = (uint32_t)(a[i] >> 32);
    counts[0][v & (DIGITS - 1)]++;
    counts[1][v >> DIGIT & (DIGITS - 1)]++;
    counts[2][v >> 2 * DIGIT]++;
  }
  for (int pass = 0; pass < 3; pass++) {
    const int shift = 32 + pass * DIGIT;
    uint32_t *c = counts[pass];
    if (n > 0 && c[a[0] >> shift & (DIGITS - 1)] == (uint32_t)n) continue;
    for (uint32_t d = 0, sum = 0; d < DIGITS; d++) {
      const uint32_t own = c[d];
      c[d] = sum;
      sum += own;
    }
    for (int64_t i = 0; i < n; i++) b[c[a[i] >> shift & (DIGITS - 1)]++] = a[i];
    item *t = a;
    a = b;
    b = t;
  }
  free(counts);
  return a;
}

CK_INLINE int differs(const item *a, int64_t i) { return a[i] >> 32 != a[i - 1] >> 32; }

// The middle of two neighbouring values, never the upper one.
static float border(item low, item high) {
  const float a = value_of(low), b = value_of(high);
  const float m = (float)(0.5 * ((double)a + (double)b));
  return m >= a && m < b ? m : a;
}

// Puts the borders between the values of a sorted column into edges; returns the number of bins.
static int cut_values(const job *j, const item *a, int64_t n, float *edges) {
  int64_t distinct = n > 0;
  for (int64_t i = 1; i < n && distinct <= j->max_bins; i++) distinct += differs(a, i);
  int bins = 0;
  if (distinct <= j->max_bins) {
    for (int64_t i = 1; i < n; i++) {
      if (differs(a, i)) edges[bins++] = border(a[i - 1], a[i]);
    }
    return bins + (n > 0);
  }
  double rest = 0;
  for (int64_t i = 0; i < n; i++) rest += fabs(j->weights[(uint32_t)a[i]]);
  // The tolerance keeps rounding of sums (an event of weight two, or twice the event) from moving a border.
  double target = rest / j->max_bins * (1 - 1e-9), sum = 0;
  for (int64_t i = 0; i < n;) {
    double own = 0;
    int64_t end = i;
    do own += fabs(j->weights[(uint32_t)a[end++]]);
    while (end < n && !differs(a, end));
    // A heavy value does not swallow the light ones below it.
    if (i > 0 && own >= target && sum >= 0.5 * target && bins < j->max_bins - 2) {
      edges[bins++] = border(a[i - 1], a[i]);
      rest -= sum;
      sum = 0;
      target = rest / (j->max_bins - bins) * (1 - 1e-9);
    }
    sum += own;
    if (end < n && sum >= target && bins < j->max_bins - 1) {
      edges[bins++] = border(a[end - 1], a[end]);
      rest -= sum;
      sum = 0;
      target = rest / (j->max_bins - bins) * (1 - 1e-9);
    }
    i = end;
  }
  return bins + 1;
}

typedef struct {
  double weight;
  float value;
} category;

static int heavier(const void *x, const void *y) {
  const category *a = x, *b = y;
  if (a->weight != b->weight) return a->weight > b->weight ? -1 : 1;
  return a->value < b->value ? -1 : a->value > b->value;
}

static int by_value(const void *x, const void *y) {
  const float a = ((const category *)x)->value, b = ((const category *)y)->value;
  return a < b ? -1 : a > b;
}

// The values of a category column, the heaviest `max_bins` of them, ascending; returns how many, -1 without memory.
static int list_categories(const job *j, const item *a, int64_t n, float *edges) {
  int64_t distinct = n > 0;
  for (int64_t i = 1; i < n; i++) distinct += differs(a, i);
  category *all = malloc(sizeof(category) * (size_t)(distinct + 1));
  if (!all) return -1;
  int64_t k = -1;
  for (int64_t i = 0; i < n; i++) {
    if (i == 0 || differs(a, i)) all[++k] = (category){0, value_of(a[i])};
    all[k].weight += fabs(j->weights[(uint32_t)a[i]]);
  }
  const int kept = (int)ck_min64(distinct, j->max_bins);
  if (distinct > kept) qsort(all, (size_t)distinct, sizeof(category), heavier);
  qsort(all, (size_t)kept, sizeof(category), by_value);
  for (int b = 0; b < kept; b++) edges[b] = all[b].value;
  free(all);
  return kept;
}

static void assign(const job *j, int c, const item *a, int64_t n, int bins, const float *edges) {
  uint8_t *out = j->bins + (int64_t)c * j->rows;
  const int is_category = j->categorical && j->categorical[c];
  memset(out, bins, (size_t)j->rows);
  int bin = 0;
  for (int64_t i = 0; i < n; i++) {
    const float x = value_of(a[i]);
    if (is_category) {
      while (bin < bins && edges[bin] < x) bin++;
      if (bin == bins || edges[bin] != x) {
        j->missing[c] = 1;
        continue;
      }
    } else {
      while (bin < bins - 1 && x > edges[bin]) bin++;
    }
    out[(uint32_t)a[i]] = (uint8_t)bin;
  }
}

static void bin_column(job *j, int c, item *a, item *b) {
  int64_t n = 0;
  for (int64_t r = 0; r < j->rows; r++) {
    const float x = j->inputs[r * j->row_step + c * j->column_step];
    a[n] = (uint64_t)ordered(x) << 32 | (uint64_t)r;
    n += x == x;
  }
  j->missing[c] = n < j->rows;
  const item *sorted = sort_items(a, b, n);
  float *edges = j->edges + (int64_t)c * 256;
  int bins = -1;
  if (sorted) {
    bins = j->categorical && j->categorical[c] ? list_categories(j, sorted, n, edges)
                                               : cut_values(j, sorted, n, edges);
  }
  if (bins < 0) {
    atomic_store(&j->failed, 1);
    return;
  }
  j->counts[c] = bins;
  assign(j, c, sorted, n, bins, edges);
}

static void bin_some(void *context, int64_t begin, int64_t end) {
  job *j = context;
  item *a = ck_allocate(sizeof(item) * (size_t)(j->rows + 1));
  item *b = ck_allocate(sizeof(item) * (size_t)(j->rows + 1));
  if (a && b) {
    for (int64_t c = begin; c < end; c++) bin_column(j, (int)c, a, b);
  } else {
    atomic_store(&j->failed, 1);
  }
  ck_free(a);
  ck_free(b);
}

int ck_bin_columns(const float *inputs, int64_t rows, int columns, int64_t row_step, int64_t column_step,
                   const double *weights, int max_bins, const uint8_t *categorical, uint8_t *bins, float *edges,
                   int32_t *counts, uint8_t *missing, int threads) {
  job j = {inputs, rows, row_step, column_step, columns, max_bins, weights, categorical, bins, edges, counts, missing, 0};
  ck_parallel_for(columns, 1, threads, bin_some, &j);
  return atomic_load(&j.failed) ? -1 : 0;
}

ck_bin_layout ck_bin_layout_of(int64_t rows, int columns, int bins) {
  const int blocks = (columns + 31) / 32, width = (columns + blocks - 1) / blocks;
  int stride = 4;
  // A row of a block never crosses a cache line.
  while (stride < width) stride *= 2;
  return (ck_bin_layout){rows, columns, width, stride, blocks, bins};
}

typedef struct {
  const ck_bin_layout *layout;
  const uint8_t *columns;
  uint8_t *rows;
} transpose;

static void transpose_rows(void *context, int64_t begin, int64_t end) {
  const transpose *t = context;
  const ck_bin_layout *l = t->layout;
  for (int64_t tile = begin; tile < end; tile++) {
    const int64_t first = tile * 256, last = ck_min64(first + 256, l->rows);
    for (int c = 0; c < l->columns; c++) {
      const int block = c / l->width, place = c % l->width;
      uint8_t *out = t->rows + (int64_t)block * l->rows * l->stride + place;
      const uint8_t *in = t->columns + (int64_t)c * l->rows;
      for (int64_t r = first; r < last; r++) out[r * l->stride] = in[r];
    }
  }
}

void ck_bin_rows(const ck_bin_layout *layout, const uint8_t *columns, uint8_t *rows, int threads) {
  transpose t = {layout, columns, rows};
  ck_parallel_for((layout->rows + 255) / 256, 8, threads, transpose_rows, &t);
}
