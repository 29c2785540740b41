// Whole trees of several classes or targets. What a side is worth needs the weight of every class, so places hold a sum a class; of targets a
// sum of each and that of weights.
//
// Only bins that hold rows are looked at, so a small leaf costs its rows and not 256 bins a column. The columns of a large leaf are searched at
// the same time; everything that is drawn is drawn before.
#include "ck_trees_gain.h"

#define FEW 48       /* so many bins are sorted; of more all 256 are walked */
#define LARGE 20000  /* rows times columns from which threads pay */

// What one search of a column needs: sums of bins, sums of the left side.
typedef struct {
  int64_t *sums; // [257][classes], zero between calls
  int64_t rows[257];
  int64_t *left;
  double *side;
  int bin[257], count;
} scan;

typedef struct {
  double gain;
  int column, bin, missing_left, categorical;
  uint64_t set[4];
  double drawn; // where a random cut lies, as a share of the range
} cut;

typedef struct {
  const ck_class_forest *f;
  const uint8_t *times;
  uint32_t *index, *scratch;
  scan *scans; // one a column of a group
  cut *cuts;
  int *columns;
  uint64_t random;
  int threads;
} grower;

typedef struct {
  int32_t node, depth;
  int64_t begin, end;
  cut best;
} waiting;

static uint64_t draw(grower *w) {
  uint64_t z = w->random += 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

// A side's sums as numbers: those of `all` without those that were `taken` (NULL for none). Returns their weight.
static double measure(const ck_class_forest *f, const int64_t *all, const int64_t *taken, double *side) {
  const int last = f->classes - 1;
  double total = 0;
  for (int k = 0; k <= last; k++) {
    const double unit = f->numbers && k < last ? f->number_unit : f->weight_unit;
    side[k] = (double)(taken ? all[k] - taken[k] : all[k]) * unit;
    total += side[k];
  }
  return f->numbers ? side[last] : total;
}

// What a side is worth, larger is better; gains are differences. Weights below zero count as none. Of targets: by how much their means lower
// the squares.
static double class_worth(const ck_class_forest *f, const double *sums, double total) {
  const ck_cut_rule rule = f->rule;
  const int classes = f->classes;
  if (f->numbers) {
    double all = 0;
    for (int k = 0; k < classes - 1; k++) all += sums[k] * sums[k];
    return all / total;
  }
  double squares = 0, logs = 0, most = 0;
  for (int k = 0; k < classes; k++) {
    const double s = sums[k] < 0 ? 0 : sums[k] > total ? total : sums[k];
    squares += s * s;
    if (rule == CK_CUT_ENTROPY) logs += entropy_part(s, total);
    most = s > most ? s : most;
  }
  switch (rule) {
    case CK_CUT_ENTROPY: return logs;
    case CK_CUT_ERROR: return most - total;
    case CK_CUT_SIGNIFICANCE: return total > 0 ? most / sqrt(total) : 0;
    default: return squares / total - total;
  }
}

static int64_t factor(const grower *w, int64_t row) { return w->times ? w->times[row] : 1; }

// Adds a row to sums; returns its weight.
static int64_t add_row(const grower *w, int64_t *sums, int64_t row) {
  const ck_class_forest *f = w->f;
  const int64_t times = factor(w, row), weight = f->weights[row] * times;
  if (!f->numbers) {
    sums[f->labels[row]] += weight;
    return weight;
  }
  const int32_t *own = f->numbers + row * f->classes;
  for (int k = 0; k < f->classes; k++) sums[k] += own[k] * times;
  return weight;
}

// The sums of targets by bins: `width` is known to the compiler.
CK_INLINE int hold_numbers(const grower *w, scan *s, const uint8_t *bins, int64_t begin, int64_t end, int width) {
  const int32_t *numbers = w->f->numbers;
  int touched = 0;
  for (int64_t k = begin; k < end; k++) {
    const int64_t row = w->index[k];
    const int b = bins[row];
    if (s->rows[b]++ == 0) s->bin[touched++] = b;
    const int32_t *own = numbers + row * width;
    const int64_t times = factor(w, row);
    int64_t *sums = s->sums + b * width;
    for (int m = 0; m < width; m++) sums[m] += own[m] * times;
  }
  return touched;
}

// Sums the rows of a leaf by the bins of a column.
static void hold(const grower *w, scan *s, int c, int64_t begin, int64_t end) {
  const ck_class_forest *f = w->f;
  const uint8_t *bins = f->bins + (int64_t)c * f->rows;
  const int classes = f->classes;
  int touched = 0;
  if (f->numbers) {
    touched = classes == 3   ? hold_numbers(w, s, bins, begin, end, 3)
              : classes == 4 ? hold_numbers(w, s, bins, begin, end, 4)
                             : hold_numbers(w, s, bins, begin, end, classes);
  } else {
    for (int64_t k = begin; k < end; k++) {
      const int64_t row = w->index[k];
      const int b = bins[row];
      if (s->rows[b]++ == 0) s->bin[touched++] = b;
      s->sums[b * classes + f->labels[row]] += f->weights[row] * factor(w, row);
    }
  }
  s->count = touched;
  if (touched > FEW) {
    s->count = 0;
    for (int b = 0; b <= f->counts[c]; b++) {
      if (s->rows[b]) s->bin[s->count++] = b;
    }
    return;
  }
  for (int i = 1; i < touched; i++) {
    const int b = s->bin[i];
    int k = i;
    for (; k > 0 && s->bin[k - 1] > b; k--) s->bin[k] = s->bin[k - 1];
    s->bin[k] = b;
  }
}

static void forget(const grower *w, scan *s) {
  for (int k = 0; k < s->count; k++) {
    s->rows[s->bin[k]] = 0;
    memset(s->sums + s->bin[k] * w->f->classes, 0, sizeof(int64_t) * (size_t)w->f->classes);
  }
}

// The gain of a cut with these sums on the left, or 0 where it may not be made.
static double gain_of(const grower *w, scan *s, const int64_t *left, const int64_t *all, int64_t left_rows, int64_t rows,
                      double parent) {
  const ck_class_forest *f = w->f;
  if (left_rows < f->min_rows || rows - left_rows < f->min_rows) return 0;
  double worths[2];
  for (int side = 0; side < 2; side++) {
    const double total = side ? measure(f, all, left, s->side) : measure(f, left, NULL, s->side);
    if (!(total > 0)) return 0;
    worths[side] = class_worth(f, s->side, total);
  }
  const double sum = f->rule == CK_CUT_SIGNIFICANCE ? (worths[0] > worths[1] ? worths[0] : worths[1]) : worths[0] + worths[1];
  const double gain = sum - parent;
  return gain > RESOLUTION * (fabs(worths[0]) + fabs(worths[1])) ? gain : 0;
}

static void take_left(const grower *w, scan *s, int b, int64_t *rows) {
  const int64_t *own = s->sums + b * w->f->classes;
  for (int k = 0; k < w->f->classes; k++) s->left[k] += own[k];
  *rows += s->rows[b];
}

// The entry behind which a cut lies that is drawn evenly in value between the outermost bins, and the bin below its border.
static int drawn_entry(const grower *w, const scan *s, int c, int n, double u, int *bin) {
  const float *edges = w->f->edges + 256 * (int64_t)c;
  const int low = s->bin[0], high = s->bin[n - 1];
  const double value = edges[low] + u * ((double)edges[high - 1] - edges[low]);
  int k = 0;
  while (k + 2 < n && edges[s->bin[k + 1]] <= value) k++;
  *bin = s->bin[k];
  while (*bin + 1 < s->bin[k + 1] && edges[*bin + 1] <= value) *bin += 1;
  return k;
}

static void search_numbers(const grower *w, scan *s, int c, const int64_t *all, int64_t rows, double parent, cut *best) {
  const ck_class_forest *f = w->f;
  const int none = f->counts[c];
  const int has_missing = s->rows[none] > 0;
  const int n = s->count - has_missing; // the bin of missing values is the last
  int first = 0, drawn = -1, found = -1;
  if (n < 1) return;
  if (f->is_random && n > 1) first = drawn_entry(w, s, c, n, best->drawn, &drawn);
  int64_t best_rows = 0;
  for (int missing_left = 0; missing_left <= has_missing; missing_left++) {
    int64_t left_rows = 0;
    memset(s->left, 0, sizeof(int64_t) * (size_t)f->classes);
    if (missing_left) take_left(w, s, none, &left_rows);
    const int last = missing_left || !has_missing ? n - 1 : n;
    for (int k = 0; k < last; k++) {
      take_left(w, s, s->bin[k], &left_rows);
      if (drawn >= 0 ? k != first : 0) continue;
      const double gain = gain_of(w, s, s->left, all, left_rows, rows, parent);
      if (gain <= best->gain * (1 + TIE)) continue;
      best->gain = gain;
      best->missing_left = missing_left;
      best_rows = left_rows;
      found = k;
    }
  }
  if (found < 0) return;
  best->bin = drawn >= 0 ? drawn : s->bin[found];
  // Bins without rows above the cut give the same sides: the middle of them is the fairest border.
  const int last = found + 1 < n ? s->bin[found + 1] - 1 : none - 2;
  if (drawn < 0 && last > best->bin) best->bin += (last - best->bin) / 2;
  // Where no value was missing, later ones go with the larger side.
  if (!has_missing) best->missing_left = 2 * best_rows >= rows;
}

// Categories in the order of their share of one class (their mean of one target) after the other: for two classes the best division is among these cuts.
static void search_categories(const grower *w, scan *s, int c, const int64_t *all, int64_t rows, double parent, cut *best) {
  const ck_class_forest *f = w->f;
  ck_ranked order[257];
  const int n = s->count;
  if (n < 2) return;
  const int only = f->is_random ? (int)(best->drawn * (n - 1)) : -1;
  int64_t best_rows = 0;
  for (int k = 0; k < f->classes - (f->numbers != NULL); k++) {
    for (int i = 0; i < n; i++) {
      const double total = f->category_smoothing + measure(f, s->sums + s->bin[i] * f->classes, NULL, s->side);
      order[i] = (ck_ranked){total > 0 ? s->side[k] / total : 0, s->bin[i]};
    }
    qsort(order, (size_t)n, sizeof(ck_ranked), ck_by_key);
    int64_t left_rows = 0;
    memset(s->left, 0, sizeof(int64_t) * (size_t)f->classes);
    for (int i = 0; i < n - 1; i++) {
      take_left(w, s, order[i].bin, &left_rows);
      if (only >= 0 && i != only) continue;
      const double gain = gain_of(w, s, s->left, all, left_rows, rows, parent);
      if (gain <= best->gain * (1 + TIE)) continue;
      best->gain = gain;
      best->categorical = 1;
      best->bin = i;
      best_rows = left_rows;
      memset(best->set, 0, sizeof(best->set));
      for (int j = 0; j <= i; j++) best->set[order[j].bin >> 6] |= (uint64_t)1 << (order[j].bin & 63);
    }
  }
  if (!best->categorical) return;
  const int none = f->counts[c];
  best->missing_left = s->rows[none] > 0 ? (int)(best->set[none >> 6] >> (none & 63) & 1) : 2 * best_rows >= rows;
}

typedef struct {
  grower *w;
  const int64_t *all;
  int64_t begin, end;
  double parent;
} job;

static void search_columns(void *context, int64_t from, int64_t to) {
  const job *j = context;
  const grower *w = j->w;
  for (int64_t place = from; place < to; place++) {
    scan *s = w->scans + place;
    cut *own = w->cuts + place;
    hold(w, s, own->column, j->begin, j->end);
    if (s->count > 1) {
      if (w->f->categorical[own->column]) {
        search_categories(w, s, own->column, j->all, j->end - j->begin, j->parent, own);
      } else {
        search_numbers(w, s, own->column, j->all, j->end - j->begin, j->parent, own);
      }
    }
    forget(w, s);
  }
}

// The best cut among columns drawn in groups: as many as wanted, and one more at a time as long as none allows a cut.
static cut best_cut(grower *w, const int64_t *all, int64_t begin, int64_t end) {
  const ck_class_forest *f = w->f;
  cut best = {.gain = 0};
  double *sides = w->scans[0].side;
  const double total = measure(f, all, NULL, sides);
  int present = 0;
  for (int k = 0; k < f->classes; k++) present += all[k] != 0;
  // Pure leaves can't get better.
  const int is_pure = present < 2 && !f->numbers && f->rule != CK_CUT_SIGNIFICANCE;
  if (!(total > 0) || is_pure) return best;
  job j = {w, all, begin, end, class_worth(f, sides, total)};
  const int is_whole = f->columns_per_leaf >= f->columns;
  int tried = 0;
  while (tried < f->columns && (tried < f->columns_per_leaf || best.gain <= 0)) {
    const int wanted = tried == 0 ? f->columns_per_leaf : 1;
    for (int g = 0; g < wanted; g++) {
      if (!is_whole) {
        const int left = f->columns - tried - g;
        const int place = tried + g + (int)(((draw(w) >> 32) * (uint64_t)left) >> 32);
        const int c = w->columns[place];
        w->columns[place] = w->columns[tried + g];
        w->columns[tried + g] = c;
      }
      w->cuts[g] = (cut){.gain = 0, .column = w->columns[tried + g]};
      if (f->is_random) w->cuts[g].drawn = (double)(draw(w) >> 11) * 0x1p-53;
    }
    const int threads = (end - begin) * wanted >= LARGE ? w->threads : 1;
    ck_parallel_for(wanted, 1, threads, search_columns, &j);
    for (int g = 0; g < wanted; g++) {
      if (w->cuts[g].gain > best.gain * (1 + TIE)) best = w->cuts[g];
    }
    tried += wanted;
  }
  return best;
}

// Puts the rows that go left first, in order on both sides; returns how many end there.
static int64_t divide(grower *w, const cut *cut, int64_t begin, int64_t end) {
  const ck_class_forest *f = w->f;
  const uint8_t *bins = f->bins + (int64_t)cut->column * f->rows;
  uint8_t left[256];
  for (int b = 0; b < 256; b++) left[b] = cut->categorical ? cut->set[b >> 6] >> (b & 63) & 1 : b <= cut->bin;
  left[f->counts[cut->column]] = (uint8_t)(cut->missing_left != 0);
  const int64_t lefts = ck_divide_run(bins, left, w->index + begin, w->scratch, end - begin);
  memcpy(w->index + begin + lefts, w->scratch, sizeof(uint32_t) * (size_t)(end - begin - lefts));
  return begin + lefts;
}

static int grow_room(ck_class_tree *t, int64_t wanted, int classes) {
  if (wanted <= t->capacity) return 1;
  const int64_t capacity = ck_max64(wanted, t->capacity * 2);
  ck_class_node *nodes = realloc(t->nodes, sizeof(ck_class_node) * (size_t)capacity);
  if (nodes) t->nodes = nodes;
  int64_t *sums = realloc(t->sums, sizeof(int64_t) * (size_t)(capacity * classes));
  if (sums) t->sums = sums;
  int64_t *covers = realloc(t->covers, sizeof(int64_t) * (size_t)capacity);
  if (covers) t->covers = covers;
  if (!nodes || !sums || !covers) return 0;
  t->capacity = capacity;
  return 1;
}

// Makes a node of rows, and looks for its cut.
static waiting enter(grower *w, ck_class_tree *t, int32_t node, int32_t depth, int64_t begin, int64_t end) {
  const ck_class_forest *f = w->f;
  int64_t *sums = t->sums + (int64_t)node * f->classes, cover = 0;
  memset(sums, 0, sizeof(int64_t) * (size_t)f->classes);
  for (int64_t k = begin; k < end; k++) {
    const int64_t weight = add_row(w, sums, w->index[k]);
    cover += weight < 0 ? -weight : weight;
  }
  t->nodes[node] = (ck_class_node){.gain = 0};
  t->covers[node] = cover;
  waiting entry = {node, depth, begin, end, {.gain = 0}};
  if (depth < f->depth && end - begin >= 2 * ck_max64(f->min_rows, 1)) entry.best = best_cut(w, sums, begin, end);
  return entry;
}

// Takes the leaf that is cut next off the list: the last one, or where leaves are limited the one that gains most.
static waiting take_next(const ck_class_forest *f, waiting *open, int64_t *count) {
  int64_t place = *count - 1;
  if (f->leaves < INT64_MAX) {
    place = 0;
    for (int64_t k = 1; k < *count; k++) {
      if (open[k].best.gain > open[place].best.gain * (1 + TIE)) place = k;
    }
  }
  const waiting next = open[place];
  memmove(open + place, open + place + 1, sizeof(waiting) * (size_t)(*count - place - 1));
  *count -= 1;
  return next;
}

static int run(grower *w, int64_t rows, ck_class_tree *t) {
  const ck_class_forest *f = w->f;
  waiting *open = NULL;
  int64_t count = 0, room = 0, leaves = 1;
  if (!grow_room(t, 64, f->classes)) return 0;
  t->count = 1;
  waiting made[2] = {enter(w, t, 0, 0, 0, rows)};
  for (int fresh = 1;;) {
    for (int k = fresh - 1; k >= 0; k--) {
      if (made[k].best.gain <= 0) continue;
      if (count == room) {
        room = ck_max64(64, 2 * room);
        waiting *more = realloc(open, sizeof(waiting) * (size_t)room);
        if (!more) {
          free(open);
          return 0;
        }
        open = more;
      }
      open[count++] = made[k];
    }
    if (count == 0 || leaves >= f->leaves) break;
    const waiting now = take_next(f, open, &count);
    const int64_t middle = divide(w, &now.best, now.begin, now.end);
    if (!grow_room(t, t->count + 2, f->classes)) {
      free(open);
      return 0;
    }
    ck_class_node *node = t->nodes + now.node;
    *node = (ck_class_node){.gain = now.best.gain, .column = now.best.column, .bin = now.best.bin, .child = (int32_t)t->count,
                            .missing_left = now.best.missing_left, .categorical = now.best.categorical};
    memcpy(node->left, now.best.set, sizeof(node->left));
    const int32_t child = (int32_t)t->count;
    t->count += 2;
    made[0] = enter(w, t, child, now.depth + 1, now.begin, middle);
    made[1] = enter(w, t, child + 1, now.depth + 1, middle, now.end);
    fresh = 2;
    leaves++;
  }
  free(open);
  return 1;
}

int ck_class_grow(const ck_class_forest *forest, const uint8_t *times, uint64_t key, int threads, ck_class_tree *tree) {
  const int64_t n = forest->rows;
  const size_t group = (size_t)ck_min64(forest->columns_per_leaf, forest->columns), classes = (size_t)forest->classes;
  *tree = (ck_class_tree){NULL, NULL, NULL, 0, 0};
  uint32_t *index = malloc(sizeof(uint32_t) * (size_t)(n + 1)), *scratch = malloc(sizeof(uint32_t) * (size_t)(n + 1));
  scan *scans = calloc(group, sizeof(scan));
  cut *cuts = malloc(sizeof(cut) * group);
  int *columns = malloc(sizeof(int) * (size_t)forest->columns);
  int64_t *sums = calloc(group * classes * 258, sizeof(int64_t));
  double *sides = malloc(sizeof(double) * group * classes);
  int done = 0;
  if (index && scratch && scans && cuts && columns && sums && sides) {
    int64_t rows = 0;
    for (int64_t r = 0; r < n; r++) {
      index[rows] = (uint32_t)r;
      rows += forest->weights[r] != 0 && (!times || times[r] > 0);
    }
    for (int c = 0; c < forest->columns; c++) columns[c] = c;
    for (size_t g = 0; g < group; g++) {
      scans[g].sums = sums + g * classes * 258;
      scans[g].left = scans[g].sums + classes * 257;
      scans[g].side = sides + g * classes;
    }
    grower w = {.f = forest, .times = times, .index = index, .scratch = scratch, .scans = scans, .cuts = cuts, .columns = columns,
                .random = key, .threads = threads};
    (void)draw(&w);
    done = run(&w, rows, tree);
  }
  free(index);
  free(scratch);
  free(scans);
  free(cuts);
  free(columns);
  free(sums);
  free(sides);
  if (!done) ck_class_free(tree);
  return done ? 0 : -1;
}

void ck_class_free(ck_class_tree *tree) {
  free(tree->nodes);
  free(tree->sums);
  free(tree->covers);
  *tree = (ck_class_tree){NULL, NULL, NULL, 0, 0};
}
