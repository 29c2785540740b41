// Events that trees do not learn from, kept as bins: binned by edges that are there, and scored tree by tree.
#include "ck_trees_internal.h"

#define SIDE 8 /* walks at once: each waits for memory */

typedef struct {
  const float *inputs;
  int columns;
  const uint8_t *categorical;
  const float *edges;
  const int32_t *counts;
  uint8_t *out;
} binning;

// The first of n ascending edges that is not below x, n where all are.
CK_INLINE int not_below(const float *edges, int n, float x) {
  int low = 0;
  while (n > 0) {
    const int half = n / 2;
    const int above = edges[low + half] < x;
    low += above ? half + 1 : 0;
    n = above ? n - half - 1 : half;
  }
  return low;
}

static void bin_rows(void *context, int64_t begin, int64_t end) {
  const binning *b = context;
  for (int64_t r = begin; r < end; r++) {
    for (int c = 0; c < b->columns; c++) {
      const float x = b->inputs[r * b->columns + c], *edges = b->edges + 256 * (int64_t)c;
      const int bins = b->counts[c], is_category = b->categorical[c];
      // Of n bins of numbers only the lower n - 1 have a border above them; a category must be found.
      int bin = bins;
      if (x == x && bins > 0) bin = not_below(edges, is_category ? bins : bins - 1, x);
      if (is_category && bin < bins && edges[bin] != x) bin = bins;
      b->out[r * b->columns + c] = (uint8_t)bin;
    }
  }
}

void ck_bin_with_edges(const float *inputs, int64_t rows, int columns, const uint8_t *categorical, const float *edges,
                       const int32_t *counts, uint8_t *out, int threads) {
  binning b = {inputs, columns, categorical, edges, counts, out};
  ck_parallel_for(rows, 1 + 4096 / columns, threads, bin_rows, &b);
}

typedef struct {
  const ck_bin_tree *tree;
  const uint8_t *bins;
  int columns;
  double *scores;
  int outputs;
} walk;

CK_INLINE int32_t step(const ck_bin_tree *t, int32_t at, const uint8_t *row) {
  const int32_t child = t->child[at];
  return child ? child + !t->lefts[256 * (int64_t)at + row[t->column[at]]] : at;
}

static void add_rows(void *context, int64_t begin, int64_t end) {
  const walk *w = context;
  const ck_bin_tree *t = w->tree;
  int64_t r = begin;
  for (; r + SIDE <= end; r += SIDE) {
    int32_t at[SIDE] = {0};
    for (int32_t moved = 1; moved;) {
      moved = 0;
      for (int k = 0; k < SIDE; k++) {
        const int32_t next = step(t, at[k], w->bins + (r + k) * w->columns);
        moved |= next ^ at[k];
        at[k] = next;
      }
    }
    for (int k = 0; k < SIDE; k++) w->scores[(r + k) * w->outputs] += t->values[at[k]];
  }
  for (; r < end; r++) {
    int32_t at = 0;
    for (int32_t next; (next = step(t, at, w->bins + r * w->columns)) != at; at = next) {
    }
    w->scores[r * w->outputs] += t->values[at];
  }
}

void ck_bin_tree_add(const ck_bin_tree *tree, const uint8_t *bins, int64_t rows, int columns, double *scores, int outputs,
                     int threads) {
  walk w = {tree, bins, columns, scores, outputs};
  ck_parallel_for(rows, 2048, threads, add_rows, &w);
}
