// Scores of trees. A step down a tree waits for memory, so several trees (or rows) go down side by side.
#include "ck_trees_internal.h"

#define SIDE 8   /* walks at once */
#define BLOCK 64    /* rows whose inputs stay in the first-level cache */
#define WIDE 1024   /* rows that large trees, which don't, are fetched for */

static int holds(const ck_trees *t, int set, float x) {
  int32_t low = t->set_begins[set], high = t->set_begins[set + 1];
  while (low < high) {
    const int32_t middle = (low + high) / 2;
    if (t->set_values[middle] < x) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < t->set_begins[set + 1] && t->set_values[low] == x;
}

// The place after `place` for a row.
CK_INLINE int32_t step(const ck_trees *t, const ck_node *nodes, int32_t place, const float *row, int has_sets) {
  const ck_node n = nodes[place];
  const float x = row[n.feature & 0xFFFFFFu];
  if (has_sets && (n.feature & CK_NODE_CATEGORY)) {
    // Missing values and names that were never seen are in no set.
    const int missing_right = (n.feature & CK_NODE_MISSING_RIGHT) != 0;
    return n.child + (holds(t, n.set, x) ? !missing_right : missing_right);
  }
  // NaN is not above any threshold.
  const int32_t right = (x > n.threshold) | ((x != x) & (int)(n.feature >> 31));
  return n.child + right;
}

CK_INLINE void add_values(const ck_trees *t, int tree, int32_t place, double *out) {
  if (t->values_per_node == 1) {
    out[t->outputs == 1 ? 0 : tree % t->outputs] += t->values[place];
    return;
  }
  for (int k = 0; k < t->outputs; k++) out[k] += t->values[(int64_t)place * t->outputs + k];
}

// One row, SIDE trees at once.
CK_INLINE void score_row(const ck_trees *t, int first, int last, const float *row, double *out, int has_sets) {
  const ck_node *nodes = t->nodes;
  int tree = first;
  for (; tree + SIDE <= last; tree += SIDE) {
    int32_t at[SIDE];
    for (int k = 0; k < SIDE; k++) at[k] = t->roots[tree + k];
    for (int32_t moved = 1; moved;) {
      moved = 0;
      for (int k = 0; k < SIDE; k++) {
        const int32_t next = step(t, nodes, at[k], row, has_sets);
        moved |= next ^ at[k];
        at[k] = next;
      }
    }
    for (int k = 0; k < SIDE; k++) add_values(t, tree + k, at[k], out);
  }
  for (; tree < last; tree++) {
    int32_t at = t->roots[tree];
    for (int32_t next; (next = step(t, nodes, at, row, has_sets)) != at; at = next) {
    }
    add_values(t, tree, at, out);
  }
}

// One tree, SIDE rows at once: a tree's nodes stay near while a block of rows goes through.
CK_INLINE void score_block(const ck_trees *t, int tree, const float *rows, int64_t n, double *out, int has_sets) {
  const ck_node *nodes = t->nodes;
  const int32_t root = t->roots[tree];
  int64_t r = 0;
  for (; r + SIDE <= n; r += SIDE) {
    int32_t at[SIDE];
    for (int k = 0; k < SIDE; k++) at[k] = root;
    for (int32_t moved = 1; moved;) {
      moved = 0;
      for (int k = 0; k < SIDE; k++) {
        const int32_t next = step(t, nodes, at[k], rows + (r + k) * t->columns, has_sets);
        moved |= next ^ at[k];
        at[k] = next;
      }
    }
    for (int k = 0; k < SIDE; k++) add_values(t, tree, at[k], out + (r + k) * t->outputs);
  }
  for (; r < n; r++) {
    int32_t at = root;
    for (int32_t next; (next = step(t, nodes, at, rows + r * t->columns, has_sets)) != at; at = next) {
    }
    add_values(t, tree, at, out + r * t->outputs);
  }
}

typedef struct {
  const ck_trees *trees;
  int first, last;
  const float *inputs;
  int64_t rows;
  double *out;
  int32_t *leaves;
  int add;
} job;

CK_CLONES static void score_rows(const job *j, int64_t begin, int64_t end) {
  const ck_trees *t = j->trees;
  if (!j->add) {
    for (int64_t r = begin; r < end; r++) memcpy(j->out + r * t->outputs, t->base, sizeof(double) * (size_t)t->outputs);
  }
  const int64_t block = t->count / (t->trees + 1) > 2000 ? WIDE : BLOCK;
  for (int64_t b = begin; b < end; b += block) {
    const int64_t n = ck_min64(block, end - b);
    const float *rows = j->inputs + b * t->columns;
    double *out = j->out + b * t->outputs;
    if (n >= SIDE) {
      for (int tree = j->first; tree < j->last; tree++) {
        if (t->has_sets) {
          score_block(t, tree, rows, n, out, 1);
        } else {
          score_block(t, tree, rows, n, out, 0);
        }
      }
    } else {
      for (int64_t r = 0; r < n; r++) {
        score_row(t, j->first, j->last, rows + r * t->columns, out + r * t->outputs, t->has_sets);
      }
    }
  }
}

static void score_some(void *context, int64_t begin, int64_t end) { score_rows(context, begin, end); }

void ck_trees_score(const ck_trees *trees, int first, int last, const float *inputs, int64_t rows, double *out, int add,
                    int threads) {
  job j = {trees, first, last, inputs, rows, out, NULL, add};
  const int64_t steps = (int64_t)(last - first) * 6 + 1;
  ck_parallel_for(rows, 1 + 20000 / steps, threads, score_some, &j);
}

static void find_leaves(void *context, int64_t begin, int64_t end) {
  const job *j = context;
  const ck_trees *t = j->trees;
  for (int64_t r = begin; r < end; r++) {
    int32_t at = t->roots[j->first];
    const float *row = j->inputs + r * t->columns;
    for (int32_t next; (next = step(t, t->nodes, at, row, t->has_sets)) != at; at = next) {
    }
    j->leaves[r] = at;
  }
}

void ck_trees_leaves(const ck_trees *trees, int tree, const float *inputs, int64_t rows, int32_t *out, int threads) {
  job j = {trees, tree, tree + 1, inputs, rows, NULL, out, 0};
  ck_parallel_for(rows, 4096, threads, find_leaves, &j);
}
