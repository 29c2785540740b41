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

// How many thresholds are below x, without branches where they are few.
CK_INLINE int count_below(const float *t, int n, float x) {
  if (n > 512) return below(t, n, x);
  int count = 0;
  for (int k = 0; k < n; k++) count += t[k] < x;
  return count;
}

// One row: the words after each CK_BIT_STEP-th cut of a run are there already, so that only the cuts behind that are walked.
#define DEFINE_ONE(NAME, WORD, CTZ) \
  CK_INLINE void NAME(const ck_bit_trees *t, int g, const float *row, double *out) { \
    WORD words[CK_BIT_GROUP]; \
    const int first = t->group_trees[g], count = t->group_trees[g + 1] - first; \
    for (int i = 0; i < CK_BIT_GROUP; i++) words[i] = (WORD)~(WORD)0; \
    for (int run = 2 * g * t->columns; run < 2 * (g + 1) * t->columns; run++) { \
      const int begin = t->begins[run], end = t->begins[run + 1]; \
      if (begin == end) continue; \
      const float x = row[(run >> 1) % t->columns]; \
      const int below_x = x == x ? count_below(t->thresholds + begin, end - begin, x) : run & 1 ? end - begin : 0; \
      const int steps = below_x / CK_BIT_STEP; \
      if (steps > 0) { \
        const WORD *known = (const WORD *)t->known + (int64_t)(t->known_begins[run] + steps - 1) * CK_BIT_GROUP; \
        for (int i = 0; i < CK_BIT_GROUP; i++) words[i] &= known[i]; \
      } \
      for (int k = begin + steps * CK_BIT_STEP; k < begin + below_x; k++) words[t->trees[k]] &= (WORD)t->masks[k]; \
    } \
    const int32_t *leaves = t->leaf_begins + first; \
    if (t->outputs == 1) { \
      double sum = out[0]; \
      for (int i = 0; i < count; i++) sum += t->leaf_values[leaves[i] + CTZ(words[i])]; \
      out[0] = sum; \
      return; \
    } \
    for (int i = 0; i < count; i++) out[(first + i) % t->outputs] += t->leaf_values[leaves[i] + CTZ(words[i])]; \
  }
DEFINE_ONE(one_narrow, uint32_t, __builtin_ctz)
DEFINE_ONE(one_wide, uint64_t, __builtin_ctzll)

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
        for (int l = 0; l < n; l++) {
          const float *row = rows + (int64_t)l * t->columns;
          if (t->is_narrow) {
            one_narrow(t, g, row, out + (int64_t)l * t->outputs);
          } else {
            one_wide(t, g, row, out + (int64_t)l * t->outputs);
          }
        }
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
