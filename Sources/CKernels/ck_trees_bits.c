// Scores of small trees by bits: see ck_bit_trees.
#include "ck_trees_internal.h"

#define LANES 16

// How many of n ascending thresholds are below x.
CK_INLINE int below(const float *t, int n, float x) {
  int low = 0;
  while (n > 0) {
    const int half = n / 2;
    if (t[low + half] < x) {
      low += half + 1;
      n -= half + 1;
    } else {
      n = half;
    }
  }
  return low;
}

// Clears bits of LANES rows for one column's cuts; `x` has no NaN.
#define DEFINE_CLEAR(NAME, WORD) \
  CK_INLINE void NAME(const ck_bit_trees *t, int begin, int end, const float *x, WORD *words) { \
    float most = x[0]; \
    for (int l = 1; l < LANES; l++) most = x[l] > most ? x[l] : most; \
    const int last = begin + below(t->thresholds + begin, end - begin, most); \
    for (int k = begin; k < last; k++) { \
      const float threshold = t->thresholds[k]; \
      const WORD mask = (WORD)t->masks[k]; \
      WORD *own = words + (int)t->trees[k] * LANES; \
      for (int l = 0; l < LANES; l++) own[l] &= x[l] > threshold ? mask : (WORD)~(WORD)0; \
    } \
  }
DEFINE_CLEAR(clear_narrow, uint32_t)
DEFINE_CLEAR(clear_wide, uint64_t)

// One group of trees for up to LANES rows.
#define DEFINE_GROUP(NAME, WORD, CLEAR, CTZ) \
  CK_INLINE void NAME(const ck_bit_trees *t, int g, const float *rows, int n, double *out) { \
    WORD words[CK_BIT_GROUP * LANES]; \
    const int first = t->group_trees[g], count = t->group_trees[g + 1] - first; \
    for (int i = 0; i < count * LANES; i++) words[i] = (WORD)~(WORD)0; \
    for (int c = 0; c < t->columns; c++) { \
      const int32_t *begins = t->begins + 2 * (g * t->columns + c); \
      if (begins[0] == begins[2]) continue; \
      float left[LANES], right[LANES]; \
      for (int l = 0; l < LANES; l++) { \
        const float x = rows[(int64_t)(l < n ? l : 0) * t->columns + c]; \
        left[l] = x == x ? x : -INFINITY; \
        right[l] = x == x ? x : INFINITY; \
      } \
      CLEAR(t, begins[0], begins[1], left, words); \
      CLEAR(t, begins[1], begins[2], right, words); \
    } \
    for (int i = 0; i < count; i++) { \
      const double *values = t->leaf_values + t->leaf_begins[first + i]; \
      double *own = out + (t->outputs == 1 ? 0 : (first + i) % t->outputs); \
      for (int l = 0; l < n; l++) own[(int64_t)l * t->outputs] += values[CTZ(words[i * LANES + l])]; \
    } \
  }
DEFINE_GROUP(score_narrow, uint32_t, clear_narrow, __builtin_ctz)
DEFINE_GROUP(score_wide, uint64_t, clear_wide, __builtin_ctzll)

// One row: stops at the first cut of a column that sends it left.
CK_INLINE void score_one(const ck_bit_trees *t, int g, const float *row, double *out) {
  uint64_t words[CK_BIT_GROUP];
  const int first = t->group_trees[g], count = t->group_trees[g + 1] - first;
  for (int i = 0; i < count; i++) words[i] = ~(uint64_t)0;
  for (int c = 0; c < t->columns; c++) {
    const int32_t *begins = t->begins + 2 * (g * t->columns + c);
    const float x = row[c], left = x == x ? x : -INFINITY, right = x == x ? x : INFINITY;
    for (int k = begins[0]; k < begins[1] && left > t->thresholds[k]; k++) words[t->trees[k]] &= t->masks[k];
    for (int k = begins[1]; k < begins[2] && right > t->thresholds[k]; k++) words[t->trees[k]] &= t->masks[k];
  }
  for (int i = 0; i < count; i++) {
    const int place = __builtin_ctzll(words[i]);
    out[t->outputs == 1 ? 0 : (first + i) % t->outputs] += t->leaf_values[t->leaf_begins[first + i] + place];
  }
}

typedef struct {
  const ck_bit_trees *trees;
  const float *inputs;
  double *out;
  int add;
} job;

CK_CLONES static void score_rows(const job *j, int64_t begin, int64_t end) {
  const ck_bit_trees *t = j->trees;
  if (!j->add) {
    for (int64_t r = begin; r < end; r++) {
      for (int k = 0; k < t->outputs; k++) j->out[r * t->outputs + k] = t->base[k];
    }
  }
  for (int64_t r = begin; r < end; r += LANES) {
    const int n = (int)ck_min64(LANES, end - r);
    const float *rows = j->inputs + r * t->columns;
    double *out = j->out + r * t->outputs;
    for (int g = 0; g < t->groups; g++) {
      if (n < 4) {
        for (int l = 0; l < n; l++) score_one(t, g, rows + (int64_t)l * t->columns, out + (int64_t)l * t->outputs);
      } else if (t->is_narrow) {
        score_narrow(t, g, rows, n, out);
      } else {
        score_wide(t, g, rows, n, out);
      }
    }
  }
}

static void score_some(void *context, int64_t begin, int64_t end) { score_rows(context, begin, end); }

void ck_bit_trees_score(const ck_bit_trees *trees, const float *inputs, int64_t rows, double *out, int add, int threads) {
  job j = {trees, inputs, out, add};
  const int64_t count = trees->group_trees[trees->groups];
  ck_parallel_for(rows, 16 + 200000 / (count * 2 + trees->columns), threads, score_some, &j);
}
