// Whole trees of forests: grown down to small leaves, a random choice of columns at every cut.
//
// Most leaves of such a tree have few rows, so only the bins that hold rows are looked at: a leaf costs its rows, not 256 bins a
// column. Rows of a leaf lie together in `index`; everything else is a stack of leaves.
#include "ck_trees_gain.h"

#define FEW 48 /* so many bins are sorted; of more all 256 are walked */

typedef struct {
  int64_t gradient, curvature_count;
} sums;

// What a column of a leaf holds: bins with rows, ascending; those of missing values apart.
typedef struct {
  int count;
  uint8_t bin[256];
  int64_t g[256], hc[256];
  sums missing;
  int has_missing;
} held;

typedef struct {
  double gradient[257], curvature[257], rows[257], gains[257];
} scan;

typedef struct {
  const ck_forest *f;
  const int32_t *pairs;
  uint32_t *index, *scratch;
  sums *places; // 256, zero between calls
  held h;
  scan s;
  uint64_t random;
} grower;

typedef struct {
  int32_t node, depth;
  int64_t begin, end;
} waiting;

static uint64_t mix(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

static uint64_t draw(grower *w) { return mix(w->random += 0x9E3779B97F4A7C15u); }

CK_INLINE int64_t rows_of(const ck_forest *f, int64_t curvature_count) {
  return curvature_count & (((int64_t)1 << f->settings.count_bits) - 1);
}

// Sums the rows of a leaf by the bins of a column.
CK_CLONES static void hold(grower *w, int c, int64_t begin, int64_t end) {
  const ck_forest *f = w->f;
  const uint8_t *bins = f->bins + (int64_t)c * f->rows;
  const int bits = f->settings.count_bits, none = f->counts[c];
  uint8_t touched[256 + 1];
  int n = 0;
  for (int64_t k = begin; k < end; k++) {
    const int64_t row = w->index[k];
    const uint8_t bin = bins[row];
    sums *p = w->places + bin;
    touched[n] = bin;
    n += p->curvature_count == 0;
    p->gradient += w->pairs[2 * row];
    p->curvature_count += (int64_t)((uint64_t)(int64_t)w->pairs[2 * row + 1] << bits) + 1;
  }
  held *h = &w->h;
  h->missing = w->places[none];
  h->has_missing = rows_of(f, h->missing.curvature_count) > 0;
  w->places[none] = (sums){0, 0};
  h->count = 0;
  if (n > FEW) {
    for (int b = 0; b < none; b++) {
      const sums p = w->places[b];
      h->bin[h->count] = (uint8_t)b;
      h->g[h->count] = p.gradient;
      h->hc[h->count] = p.curvature_count;
      h->count += p.curvature_count != 0;
      w->places[b] = (sums){0, 0};
    }
    return;
  }
  for (int i = 1; i < n; i++) {
    const uint8_t b = touched[i];
    int k = i;
    for (; k > 0 && touched[k - 1] > b; k--) touched[k] = touched[k - 1];
    touched[k] = b;
  }
  for (int i = 0; i < n; i++) {
    const uint8_t b = touched[i];
    if (b == none) continue;
    h->bin[h->count] = b;
    h->g[h->count] = w->places[b].gradient;
    h->hc[h->count++] = w->places[b].curvature_count;
    w->places[b] = (sums){0, 0};
  }
}

// Gains of the cuts behind entries from ..< to by Gini's index and by Newton steps, 0 where a cut may not be made.
CK_CLONES static void simple_gains(scan *p, const ck_cut_settings *s, side all, double parent, int from, int to) {
  const double least = s->min_weight > 0 ? s->min_weight : 0x1p-1000, l1 = s->l1, l2 = s->l2;
  const double min_rows = (double)s->min_rows, min_gain = s->min_gain, total = (double)all.rows;
  const int is_newton = s->rule == CK_CUT_NEWTON;
  CK_VECTORIZE for (int k = from; k < to; k++) {
    const double g = p->gradient[k], h = p->curvature[k], n = p->rows[k];
    const double rg = all.gradient - g, rh = all.curvature - h, rn = total - n;
    const double a = is_newton ? newton_worth(g, h, l1, l2, -INFINITY, INFINITY) : gini_worth(g, h);
    const double b = is_newton ? newton_worth(rg, rh, l1, l2, -INFINITY, INFINITY) : gini_worth(rg, rh);
    const double gain = a + b - parent;
    const int fits = (n >= min_rows) & (rn >= min_rows) & (h >= least) & (rh >= least) & (gain > min_gain) &
                     (gain > RESOLUTION * (fabs(a) + fabs(b)));
    p->gains[k] = fits ? gain : 0;
  }
}

static double gain_of(const ck_cut_settings *s, double parent, side l, side r) {
  if (!allowed(s, l) || !allowed(s, r)) return 0;
  const double a = worth(s, l, -INFINITY, INFINITY), b = worth(s, r, -INFINITY, INFINITY);
  const double gain = (s->rule == CK_CUT_SIGNIFICANCE ? (a > b ? a : b) : a + b) - parent;
  return gain > s->min_gain && gain > RESOLUTION * (fabs(a) + fabs(b)) ? gain : 0;
}

// Tries the cuts behind entries from ..< to with missing values on one side; returns the place of a better one, or -1.
static int try_cuts(grower *w, const sums *all, double parent, int from, int to, int missing_left, ck_cut *best) {
  const ck_cut_settings *s = &w->f->settings;
  const held *h = &w->h;
  scan *p = &w->s;
  int64_t g = missing_left ? h->missing.gradient : 0, hc = missing_left ? h->missing.curvature_count : 0;
  for (int k = 0; k < to; k++) {
    g += h->g[k];
    hc += h->hc[k];
    const side l = side_of(s, g, hc);
    p->gradient[k] = l.gradient;
    p->curvature[k] = l.curvature;
    p->rows[k] = (double)l.rows;
  }
  const side whole = side_of(s, all->gradient, all->curvature_count);
  if (s->rule == CK_CUT_GINI || s->rule == CK_CUT_NEWTON) {
    simple_gains(p, s, whole, parent, from, to);
  } else {
    for (int k = from; k < to; k++) {
      const side l = {p->gradient[k], p->curvature[k], (int64_t)p->rows[k]};
      const side r = {whole.gradient - l.gradient, whole.curvature - l.curvature, whole.rows - l.rows};
      p->gains[k] = gain_of(s, parent, l, r);
    }
  }
  int found = -1;
  for (int k = from; k < to; k++) {
    if (p->gains[k] > best->gain * (1 + TIE)) {
      best->gain = p->gains[k];
      found = k;
    }
  }
  if (found >= 0) best->missing_left = missing_left;
  return found;
}

// The entry behind which a cut lies that is drawn evenly in value between the outermost bins, and the bin below its border.
static int drawn_entry(grower *w, int c, int *bin) {
  const held *h = &w->h;
  const float *edges = w->f->edges + 256 * (int64_t)c;
  const int low = h->bin[0], high = h->bin[h->count - 1];
  const double u = (double)(draw(w) >> 11) * 0x1p-53;
  const double value = edges[low] + u * ((double)edges[high - 1] - edges[low]);
  int k = 0;
  while (k + 2 < h->count && edges[h->bin[k + 1]] <= value) k++;
  *bin = h->bin[k];
  while (*bin + 1 < h->bin[k + 1] && edges[*bin + 1] <= value) *bin += 1;
  return k;
}

static void search_numbers(grower *w, int c, const sums *all, double parent, ck_cut *best) {
  const ck_forest *f = w->f;
  const held *h = &w->h;
  const int n = h->count, bins = f->counts[c];
  int from = 0, to = h->has_missing ? n : n - 1, drawn = -1;
  if (f->is_random && n > 1) {
    from = drawn_entry(w, c, &drawn);
    to = from + 1;
  }
  ck_cut own = {.gain = best->gain, .column = c};
  int found = try_cuts(w, all, parent, from, to, 0, &own);
  if (h->has_missing) {
    const int other = try_cuts(w, all, parent, from, to < n ? to : n - 1, 1, &own);
    if (other >= 0) found = other;
  }
  if (found < 0) return;
  int64_t g = own.missing_left ? h->missing.gradient : 0, hc = own.missing_left ? h->missing.curvature_count : 0;
  for (int k = 0; k <= found; k++) {
    g += h->g[k];
    hc += h->hc[k];
  }
  own.left_gradient = g;
  own.left_curvature_count = hc;
  own.bin = drawn >= 0 ? drawn : h->bin[found];
  // Bins without rows above the cut give the same sides: the middle of them is the fairest border.
  const int last = found + 1 < n ? h->bin[found + 1] - 1 : bins - 2;
  if (drawn < 0 && last > own.bin) own.bin += (last - own.bin) / 2;
  // Where no value was missing, later ones go with the larger side.
  if (!h->has_missing) own.missing_left = 2 * rows_of(f, hc) >= rows_of(f, all->curvature_count);
  *best = own;
}

typedef struct {
  double key;
  int bin;
  int64_t g, hc;
} ranked;

static int by_key(const void *x, const void *y) {
  const ranked *a = x, *b = y;
  if (a->key != b->key) return a->key < b->key ? -1 : 1;
  return a->bin - b->bin;
}

// Categories in the order of their mean gradient, as in ck_find_cuts; with random cuts one of that order is drawn.
static void search_categories(grower *w, int c, const sums *all, double parent, ck_cut *best) {
  const ck_forest *f = w->f;
  const ck_cut_settings *s = &f->settings;
  const held *h = &w->h;
  ranked order[257];
  int n = 0;
  for (int k = 0; k <= h->count; k++) {
    if (k == h->count && !h->has_missing) break;
    const int is_missing = k == h->count;
    const int64_t g = is_missing ? h->missing.gradient : h->g[k], hc = is_missing ? h->missing.curvature_count : h->hc[k];
    const side x = side_of(s, g, hc);
    const double bottom = x.curvature + s->category_smoothing;
    order[n++] = (ranked){bottom > 0 ? x.gradient / bottom : 0, is_missing ? f->counts[c] : h->bin[k], g, hc};
  }
  if (n < 2) return;
  qsort(order, (size_t)n, sizeof(ranked), by_key);
  const int only = f->is_random ? (int)(draw(w) % (uint64_t)(n - 1)) : -1;
  const side whole = side_of(s, all->gradient, all->curvature_count);
  int64_t g = 0, hc = 0;
  int found = -1;
  for (int k = 0; k < n - 1; k++) {
    g += order[k].g;
    hc += order[k].hc;
    if (only >= 0 && k != only) continue;
    const side l = side_of(s, g, hc);
    const side r = {whole.gradient - l.gradient, whole.curvature - l.curvature, whole.rows - l.rows};
    const double gain = gain_of(s, parent, l, r);
    if (gain <= best->gain * (1 + TIE)) continue;
    *best = (ck_cut){.gain = gain, .column = c, .bin = k, .categorical = 1, .left_gradient = g, .left_curvature_count = hc};
    found = k;
  }
  if (found < 0) return;
  for (int k = 0; k <= found; k++) best->left[order[k].bin >> 6] |= (uint64_t)1 << (order[k].bin & 63);
  best->missing_left = h->has_missing
                           ? (int)(best->left[f->counts[c] >> 6] >> (f->counts[c] & 63) & 1)
                           : 2 * rows_of(f, best->left_curvature_count) >= rows_of(f, all->curvature_count);
}

// The best cut among columns drawn one by one: as many as wanted, and more as long as none allows a cut.
static ck_cut best_cut(grower *w, const sums *all, int64_t begin, int64_t end, int16_t *columns) {
  const ck_forest *f = w->f;
  ck_cut best = {.gain = 0};
  const double parent = worth(&f->settings, side_of(&f->settings, all->gradient, all->curvature_count), -INFINITY, INFINITY);
  // Pure leaves can't get better.
  const ck_cut_rule rule = f->settings.rule;
  if (parent >= 0 && (rule == CK_CUT_GINI || rule == CK_CUT_ENTROPY || rule == CK_CUT_ERROR)) return best;
  for (int tried = 0; tried < f->columns; tried++) {
    if (tried >= f->columns_per_leaf && best.gain > 0) break;
    const int left = f->columns - tried;
    const int place = tried + (int)(((draw(w) >> 32) * (uint64_t)left) >> 32);
    const int16_t c = columns[place];
    columns[place] = columns[tried];
    columns[tried] = c;
    hold(w, c, begin, end);
    if (w->h.count + w->h.has_missing < 2) continue;
    if (f->categorical[c]) {
      search_categories(w, c, all, parent, &best);
    } else {
      search_numbers(w, c, all, parent, &best);
    }
  }
  return best;
}

// Puts the rows that go left first, in order on both sides; returns how many.
static int64_t divide(grower *w, const ck_cut *cut, int64_t begin, int64_t end) {
  const ck_forest *f = w->f;
  const uint8_t *bins = f->bins + (int64_t)cut->column * f->rows;
  uint8_t left[256];
  for (int b = 0; b < 256; b++) {
    left[b] = cut->categorical ? cut->left[b >> 6] >> (b & 63) & 1 : b <= cut->bin;
  }
  left[f->counts[cut->column]] = (uint8_t)(cut->missing_left != 0);
  const int64_t lefts = ck_divide_run(bins, left, w->index + begin, w->scratch, end - begin);
  memcpy(w->index + begin + lefts, w->scratch, sizeof(uint32_t) * (size_t)(end - begin - lefts));
  return begin + lefts;
}

static int grow_room(ck_forest_tree *t, int64_t wanted) {
  if (wanted <= t->capacity) return 1;
  const int64_t capacity = ck_max64(wanted, t->capacity * 2);
  ck_forest_node *more = realloc(t->nodes, sizeof(ck_forest_node) * (size_t)capacity);
  if (!more) return 0;
  t->nodes = more;
  t->capacity = capacity;
  return 1;
}

static int run(grower *w, int64_t rows, ck_forest_tree *t, waiting *stack, int16_t *columns) {
  const ck_forest *f = w->f;
  const int bits = f->settings.count_bits;
  sums all = {0, 0};
  for (int64_t k = 0; k < rows; k++) {
    all.gradient += w->pairs[2 * (int64_t)w->index[k]];
    all.curvature_count += (int64_t)((uint64_t)(int64_t)w->pairs[2 * (int64_t)w->index[k] + 1] << bits) + 1;
  }
  if (!grow_room(t, 64)) return 0;
  t->nodes[0] = (ck_forest_node){.gradient = all.gradient, .curvature_count = all.curvature_count};
  t->count = 1;
  int64_t top = 0;
  stack[top++] = (waiting){0, 0, 0, rows};
  while (top > 0) {
    const waiting now = stack[--top];
    ck_forest_node *node = t->nodes + now.node;
    const sums own = {node->gradient, node->curvature_count};
    node->cut.gain = 0;
    if (now.depth < f->depth && now.end - now.begin >= 2 * ck_max64(f->settings.min_rows, 1)) {
      node->cut = best_cut(w, &own, now.begin, now.end, columns);
    }
    if (node->cut.gain <= 0) {
      for (int64_t k = now.begin; k < now.end; k++) {
        const int64_t h = w->pairs[2 * (int64_t)w->index[k] + 1];
        node->cover += h < 0 ? -h : h;
      }
      continue;
    }
    const int64_t middle = divide(w, &node->cut, now.begin, now.end);
    if (!grow_room(t, t->count + 2)) return 0;
    node = t->nodes + now.node;
    node->child = (int32_t)t->count;
    const int64_t g = node->cut.left_gradient, hc = node->cut.left_curvature_count;
    t->nodes[t->count] = (ck_forest_node){.gradient = g, .curvature_count = hc};
    t->nodes[t->count + 1] = (ck_forest_node){.gradient = own.gradient - g, .curvature_count = own.curvature_count - hc};
    stack[top++] = (waiting){(int32_t)t->count + 1, now.depth + 1, middle, now.end};
    stack[top++] = (waiting){(int32_t)t->count, now.depth + 1, now.begin, middle};
    t->count += 2;
  }
  for (int64_t n = t->count - 1; n >= 0; n--) {
    const int32_t child = t->nodes[n].child;
    if (child) t->nodes[n].cover = t->nodes[child].cover + t->nodes[child + 1].cover;
  }
  return 1;
}

int ck_forest_grow(const ck_forest *forest, const uint8_t *times, uint64_t key, ck_forest_tree *tree) {
  const int64_t n = forest->rows;
  *tree = (ck_forest_tree){NULL, 0, 0};
  grower *w = calloc(1, sizeof(grower));
  int32_t *pairs = times ? malloc(sizeof(int32_t) * 2 * (size_t)(n + 1)) : NULL;
  uint32_t *index = malloc(sizeof(uint32_t) * (size_t)(n + 1)), *scratch = malloc(sizeof(uint32_t) * (size_t)(n + 1));
  // A leaf waits for each step down, and there are at most as many steps as rows.
  waiting *stack = malloc(sizeof(waiting) * (size_t)(n + 2));
  sums *places = calloc(256, sizeof(sums));
  int16_t *columns = malloc(sizeof(int16_t) * (size_t)forest->columns);
  int done = 0;
  if (w && (pairs || !times) && index && scratch && stack && places && columns) {
    int64_t rows = 0;
    for (int64_t r = 0; r < n; r++) {
      index[rows] = (uint32_t)r;
      rows += !times || times[r] > 0;
      if (times) {
        pairs[2 * r] = forest->pairs[2 * r] * times[r];
        pairs[2 * r + 1] = forest->pairs[2 * r + 1] * times[r];
      }
    }
    for (int c = 0; c < forest->columns; c++) columns[c] = (int16_t)c;
    *w = (grower){.f = forest, .pairs = times ? pairs : forest->pairs, .index = index, .scratch = scratch, .places = places,
                  .random = mix(key)};
    done = run(w, rows, tree, stack, columns);
  }
  free(w);
  free(pairs);
  free(index);
  free(scratch);
  free(stack);
  free(places);
  free(columns);
  if (!done) ck_forest_free(tree);
  return done ? 0 : -1;
}

void ck_forest_free(ck_forest_tree *tree) {
  free(tree->nodes);
  *tree = (ck_forest_tree){NULL, 0, 0};
}
