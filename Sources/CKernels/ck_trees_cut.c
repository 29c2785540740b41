// The best cut of each column of a leaf, from its histogram.
#include "ck_trees_gain.h"

CK_INLINE double shrunk(double g, double l1) {
  const double size = fabs(g) - l1;
  return size > 0 ? copysign(size, g) : 0;
}

double ck_leaf_value(double gradient, double curvature, double l1, double l2, double low, double high) {
  const double bottom = curvature + l2;
  const double value = bottom > 0 ? -shrunk(gradient, l1) / bottom : 0;
  return value < low ? low : value > high ? high : value;
}

typedef struct {
  const ck_bin_layout *layout;
  const ck_cut_settings *settings;
  const int32_t *counts;
  const float *edges;
  const uint8_t *categorical;
  const int8_t *monotone;
  ck_leaf *leaf, *sibling;
  const int64_t *scratch;
  int pieces;
} job;

// The gain of a cut, or 0 where it may not be made.
CK_INLINE double gain_of(const job *j, const ck_leaf *leaf, int c, double parent, side l, side r) {
  const ck_cut_settings *s = j->settings;
  if (!allowed(s, l) || !allowed(s, r)) return 0;
  const int direction = j->monotone ? j->monotone[c] : 0;
  if (direction) {
    const double a = ck_leaf_value(l.gradient, l.curvature, s->l1, s->l2, leaf->low, leaf->high);
    const double b = ck_leaf_value(r.gradient, r.curvature, s->l1, s->l2, leaf->low, leaf->high);
    if (direction * (b - a) < 0) return 0;
  }
  const double a = worth(s, l, leaf->low, leaf->high), b = worth(s, r, leaf->low, leaf->high);
  const double sum = s->rule == CK_CUT_SIGNIFICANCE ? (a > b ? a : b) : a + b;
  const double gain = sum - parent;
  return gain > s->min_gain && gain > RESOLUTION * (fabs(a) + fabs(b)) ? gain : 0;
}

CK_INLINE void try_cut(const job *j, const ck_leaf *leaf, int c, double parent, int64_t g, int64_t hc, int bin,
                       int missing_left, ck_cut *best) {
  const side l = side_of(j->settings, g, hc);
  const side r = side_of(j->settings, leaf->gradient - g, leaf->curvature_count - hc);
  const double gain = gain_of(j, leaf, c, parent, l, r);
  if (gain > best->gain * (1 + TIE)) {
    best->gain = gain;
    best->bin = bin;
    best->missing_left = missing_left;
    best->left_gradient = g;
    best->left_curvature_count = hc;
  }
}

// The bins that may be cut above: all, or one drawn evenly in value between the outermost that hold rows.
static void drawn_bin(const job *j, const ck_leaf *leaf, int c, const int64_t *h, int bins, int *from, int *to) {
  const int64_t mask = ((int64_t)1 << j->settings->count_bits) - 1;
  int low = 0, high = bins - 1;
  while (low < high && (h[2 * low + 1] & mask) == 0) low++;
  while (high > low && (h[2 * high + 1] & mask) == 0) high--;
  if (low == high) {
    *to = *from;
    return;
  }
  const uint32_t key[2] = {(uint32_t)j->settings->random, (uint32_t)(j->settings->random >> 32)};
  const uint32_t counter[4] = {(uint32_t)leaf->id, (uint32_t)(leaf->id >> 32), (uint32_t)c, 1};
  uint32_t words[4];
  ck_philox(counter, key, words);
  const float *edges = j->edges + (int64_t)c * 256;
  const double value = edges[low] + words[0] * 0x1p-32 * ((double)edges[high - 1] - edges[low]);
  int b = low;
  while (b + 1 < high && edges[b + 1] <= value) b++;
  *from = b;
  *to = b + 1;
}

// What is left of every cut of a column: sums over its lower bins.
typedef struct {
  int64_t g[256], hc[256];
  double gradient[256], curvature[256], rows[256];
} prefix;

// The gains of Newton cuts above bins from ..< to, 0 where a cut may not be made. Branch-free, so that it vectorises.
CK_CLONES static void newton_gains(const prefix *p, const ck_cut_settings *s, side all, double low, double high,
                                   double direction, double parent, int from, int to, double *gains) {
  const double l1 = s->l1, l2 = s->l2, least = s->min_weight > 0 ? s->min_weight : 0x1p-1000;
  const double min_rows = (double)s->min_rows, min_gain = s->min_gain, total = (double)all.rows;
  CK_VECTORIZE for (int b = from; b < to; b++) {
    const double g = p->gradient[b], h = p->curvature[b], n = p->rows[b];
    const double rg = all.gradient - g, rh = all.curvature - h, rn = total - n;
    const double a = newton_worth(g, h, l1, l2, low, high), c = newton_worth(rg, rh, l1, l2, low, high);
    const double gain = a + c - parent;
    // Monotone columns: the values of both sides must stand in order.
    double va = -g / (h + l2), vc = -rg / (rh + l2);
    va = va < low ? low : va > high ? high : va;
    vc = vc < low ? low : vc > high ? high : vc;
    const int fits = (n >= min_rows) & (rn >= min_rows) & (h >= least) & (rh >= least) & (gain > min_gain) &
                     (gain > RESOLUTION * (fabs(a) + fabs(c))) & (direction * (vc - va) >= 0);
    gains[b] = fits ? gain : 0;
  }
}

static void gains_of(const job *j, const ck_leaf *leaf, int c, const prefix *p, double parent, int from, int to,
                     double *gains) {
  const ck_cut_settings *s = j->settings;
  const side all = side_of(s, leaf->gradient, leaf->curvature_count);
  if (s->rule == CK_CUT_NEWTON && s->l1 == 0) {
    newton_gains(p, s, all, leaf->low, leaf->high, j->monotone ? j->monotone[c] : 0, parent, from, to, gains);
    return;
  }
  for (int b = from; b < to; b++) {
    const side l = {p->gradient[b], p->curvature[b], (int64_t)p->rows[b]};
    const side r = side_of(s, leaf->gradient - p->g[b], leaf->curvature_count - p->hc[b]);
    gains[b] = gain_of(j, leaf, c, parent, l, r);
  }
}

CK_CLONES static void sum_up(const int64_t *h, int64_t g, int64_t hc, int to, const ck_cut_settings *s, prefix *p) {
  for (int b = 0; b < to; b++) {
    g += h[2 * b];
    hc += h[2 * b + 1];
    p->g[b] = g;
    p->hc[b] = hc;
  }
  const int bits = s->count_bits;
  const int64_t mask = ((int64_t)1 << bits) - 1;
  const double unit = s->gradient_unit, curvature_unit = s->curvature_unit;
  CK_VECTORIZE for (int b = 0; b < to; b++) {
    p->gradient[b] = (double)p->g[b] * unit;
    p->curvature[b] = (double)(p->hc[b] >> bits) * curvature_unit;
    p->rows[b] = (double)(p->hc[b] & mask);
  }
}

static void keep_best(const prefix *p, const double *gains, int from, int to, int missing_left, ck_cut *best) {
  for (int b = from; b < to; b++) {
    if (gains[b] > best->gain * (1 + TIE)) {
      best->gain = gains[b];
      best->bin = b;
      best->missing_left = missing_left;
      best->left_gradient = p->g[b];
      best->left_curvature_count = p->hc[b];
    }
  }
}

static void search_numbers(const job *j, const ck_leaf *leaf, int c, double parent, ck_cut *best) {
  const int bins = j->counts[c];
  const int64_t *h = leaf->histogram + 2 * (int64_t)c * j->layout->bins;
  const int64_t mask = ((int64_t)1 << j->settings->count_bits) - 1;
  const int has_missing = (h[2 * bins + 1] & mask) != 0;
  int from = 0, to = has_missing ? bins : bins - 1;
  if (j->settings->random && bins > 1) drawn_bin(j, leaf, c, h, bins, &from, &to);
  prefix p;
  double gains[256];
  sum_up(h, 0, 0, to, j->settings, &p);
  gains_of(j, leaf, c, &p, parent, from, to, gains);
  keep_best(&p, gains, from, to, 0, best);
  if (has_missing) {
    if (to == bins) to--;
    sum_up(h, h[2 * bins], h[2 * bins + 1], to, j->settings, &p);
    gains_of(j, leaf, c, &p, parent, from, to, gains);
    keep_best(&p, gains, from, to, 1, best);
  }
  if (best->gain <= 0) return;
  // Bins without rows above the cut give the same sides: the middle of them is the fairest border.
  int last = best->bin;
  while (last + 1 < bins - 1 && (h[2 * last + 3] & mask) == 0) last++;
  if (!j->settings->random && best->bin < bins - 1) best->bin += (last - best->bin) / 2;
  // Where no value was missing, later ones go with the larger side.
  if (!has_missing) best->missing_left = 2 * (best->left_curvature_count & mask) >= (leaf->curvature_count & mask);
}

// Categories in the order of their mean gradient: the best division of a convex loss is a cut of that order (Fisher 1958).
static void search_categories(const job *j, const ck_leaf *leaf, int c, double parent, ck_cut *best) {
  const int bins = j->counts[c];
  const int64_t *h = leaf->histogram + 2 * (int64_t)c * j->layout->bins;
  const int64_t mask = ((int64_t)1 << j->settings->count_bits) - 1;
  ck_ranked order[256];
  int n = 0;
  for (int b = 0; b <= bins; b++) {
    const side x = side_of(j->settings, h[2 * b], h[2 * b + 1]);
    const double bottom = x.curvature + j->settings->category_smoothing;
    if (x.rows > 0) order[n++] = (ck_ranked){bottom > 0 ? x.gradient / bottom : 0, b};
  }
  qsort(order, (size_t)n, sizeof(ck_ranked), ck_by_key);
  int64_t g = 0, hc = 0;
  for (int k = 0; k < n - 1; k++) {
    g += h[2 * order[k].bin];
    hc += h[2 * order[k].bin + 1];
    try_cut(j, leaf, c, parent, g, hc, k, 0, best);
  }
  if (best->gain <= 0) return;
  best->categorical = 1;
  memset(best->left, 0, sizeof(best->left));
  for (int k = 0; k <= best->bin; k++) best->left[order[k].bin >> 6] |= (uint64_t)1 << (order[k].bin & 63);
  if ((h[2 * bins + 1] & mask) != 0) {
    best->missing_left = (int)(best->left[bins >> 6] >> (bins & 63) & 1);
  } else {
    best->missing_left = 2 * (best->left_curvature_count & mask) >= (leaf->curvature_count & mask);
  }
}

static void search(const job *j, const ck_leaf *leaf, int c) {
  ck_cut *best = leaf->cuts + c;
  *best = (ck_cut){.gain = 0, .column = c};
  if (leaf->allowed && !leaf->allowed[c]) return;
  const side all = side_of(j->settings, leaf->gradient, leaf->curvature_count);
  if (all.rows < 2 || all.rows < 2 * j->settings->min_rows) return;
  const double parent = worth(j->settings, all, leaf->low, leaf->high);
  if (j->categorical && j->categorical[c]) {
    search_categories(j, leaf, c, parent, best);
  } else {
    search_numbers(j, leaf, c, parent, best);
  }
}

CK_CLONES static void finish(int64_t *own, int64_t *sibling, const int64_t *scratch, int64_t size, int pieces, int64_t n) {
  for (int p = 1; p < pieces; p++) {
    const int64_t *more = scratch + (p - 1) * size;
    for (int64_t i = 0; i < n; i++) own[i] += more[i];
  }
  if (sibling) {
    for (int64_t i = 0; i < n; i++) sibling[i] -= own[i];
  }
}

static void columns(void *context, int64_t begin, int64_t end) {
  const job *j = context;
  const int64_t n = 2 * j->layout->bins;
  finish(j->leaf->histogram + begin * n, j->sibling ? j->sibling->histogram + begin * n : NULL,
         j->scratch + begin * n, 2 * ck_places(j->layout), j->pieces, (end - begin) * n);
  for (int64_t c = begin; c < end; c++) {
    if (j->leaf->cuts) search(j, j->leaf, (int)c);
    if (j->sibling && j->sibling->cuts) search(j, j->sibling, (int)c);
  }
}

void ck_find_cuts(const ck_bin_layout *layout, const ck_cut_settings *settings, const int32_t *counts,
                  const float *edges, const uint8_t *categorical, const int8_t *monotone, ck_leaf *leaf,
                  ck_leaf *sibling, const int64_t *scratch, int pieces, int threads) {
  job j = {layout, settings, counts, edges, categorical, monotone, leaf, sibling, scratch, pieces};
  ck_parallel_for(layout->columns, 1 + 2048 / layout->bins, threads, columns, &j);
}
