// Sequential minimal optimisation.
//
// With β_i = y_i α_i the signs of the classes vanish: a step moves t from β_j to β_i, and the slope F = Kβ + q
// changes by t (K_i - K_j). Points that are surely at a bound are put behind the active ones and left out
// (shrinking); before the end their slopes are made again and everything is looked at once more.
#include "ck_vectors.h"

typedef struct {
  const ck_kernel_spec *kernel;
  const float *points;
  int64_t n, d, active;
  int threads;
  int32_t *place;        // position -> point
  float *blocks;         // points by position
  double *beta, *slope, *low, *high, *q;  // by position
  float *up, *down;      // 0 where β may grow (fall), else -infinity
  float *diagonal;
  // The cache: a row a position, in a ring by age.
  float **rows;
  int32_t *younger, *older;
  int32_t youngest, oldest;
  int64_t cached, most_cached, cache_bytes;
  // What the last pass over the slopes found.
  int64_t best_up;
  double highest_up, lowest_down;
} solver;

// --- the cache ---

static void unlink_row(solver *s, int32_t i) {
  if (s->younger[i] >= 0) s->older[s->younger[i]] = s->older[i]; else s->youngest = s->older[i];
  if (s->older[i] >= 0) s->younger[s->older[i]] = s->younger[i]; else s->oldest = s->younger[i];
}

static void link_youngest(solver *s, int32_t i) {
  s->younger[i] = -1;
  s->older[i] = s->youngest;
  if (s->youngest >= 0) s->younger[s->youngest] = i; else s->oldest = i;
  s->youngest = i;
}

typedef struct {
  const solver *s;
  const float *x;
  float *row;
} row_job;

CK_CLONES static void row_range(void *context, int64_t begin, int64_t end) {
  const row_job *job = context;
  const solver *s = job->s;
  for (int64_t b = begin; b < end; b++) {
    ck_kernel_block(s->kernel, s->blocks + b * s->d * CK_LANES, job->x, s->d, job->row + b * CK_LANES);
  }
}

static void fill_row(const solver *s, int64_t position, float *row) {
  row_job job = {s, s->points + s->place[position] * s->d, row};
  const int64_t blocks = ck_block_count(s->active);
  ck_parallel_for(blocks, 1 + 6000 / (s->d + 16), s->threads, row_range, &job);
}

static int64_t smallest(int64_t a, int64_t b) { return a < b ? a : b; }

// How many rows of the active positions fit; two are in use at once.
static void measure_cache(solver *s) {
  const int64_t bytes = (int64_t)sizeof(float) * ck_block_count(s->active) * CK_LANES;
  s->most_cached = smallest(s->n, s->cache_bytes / bytes);
  if (s->most_cached < 2) s->most_cached = 2;
}

// The row of a position; the two last asked rows stay.
static const float *kernel_row(solver *s, int32_t i) {
  if (s->rows[i]) {
    unlink_row(s, i);
    link_youngest(s, i);
    return s->rows[i];
  }
  float *row = NULL;
  if (s->cached >= s->most_cached) {
    const int32_t old = s->oldest;
    unlink_row(s, old);
    row = s->rows[old];
    s->rows[old] = NULL;
    s->cached--;
  } else {
    row = ck_allocate(sizeof(float) * (size_t)(ck_block_count(s->active) * CK_LANES));
    if (!row) return NULL;
  }
  s->cached++;
  s->rows[i] = row;
  link_youngest(s, i);
  fill_row(s, i, row);
  return row;
}

static void drop_rows(solver *s) {
  for (int64_t i = 0; i < s->n; i++) {
    ck_free(s->rows[i]);
    s->rows[i] = NULL;
  }
  s->youngest = s->oldest = -1;
  s->cached = 0;
}

// --- passes over the slopes ---

CK_INLINE void mark_bounds(solver *s, int64_t i) {
  s->up[i] = s->beta[i] < s->high[i] ? 0 : -INFINITY;
  s->down[i] = s->beta[i] > s->low[i] ? 0 : -INFINITY;
}

#define WIDE 16

// slope += t (a - b), and the most violating positions of what results.
CK_CLONES static void move_slopes(solver *s, double t, const float *a, const float *b) {
  double best[WIDE], worst[WIDE];
  int64_t at[WIDE];
  for (int l = 0; l < WIDE; l++) {
    best[l] = worst[l] = -INFINITY;
    at[l] = -1;
  }
  double *slope = s->slope;
  const float *up = s->up, *down = s->down;
  int64_t i = 0;
  for (; i + WIDE <= s->active; i += WIDE) {
    for (int l = 0; l < WIDE; l++) {
      const double f = slope[i + l] + t * (double)(a[i + l] - b[i + l]);
      slope[i + l] = f;
      const double rise = up[i + l] - f, fall = down[i + l] + f;
      at[l] = rise > best[l] ? i + l : at[l];
      best[l] = rise > best[l] ? rise : best[l];
      worst[l] = fall > worst[l] ? fall : worst[l];
    }
  }
  for (; i < s->active; i++) {
    const double f = slope[i] + t * (double)(a[i] - b[i]);
    slope[i] = f;
    const double rise = up[i] - f, fall = down[i] + f;
    if (rise > best[0]) {
      best[0] = rise;
      at[0] = i;
    }
    if (fall > worst[0]) worst[0] = fall;
  }
  s->highest_up = s->lowest_down = -INFINITY;
  s->best_up = -1;
  for (int l = 0; l < WIDE; l++) {
    if (best[l] > s->highest_up || (best[l] == s->highest_up && at[l] >= 0 && at[l] < s->best_up)) {
      s->highest_up = best[l];
      s->best_up = at[l];
    }
    if (worst[l] > s->lowest_down) s->lowest_down = worst[l];
  }
  s->lowest_down = -s->lowest_down;
}

// The partner that lowers the value most to second order.
CK_CLONES static int64_t best_partner(const solver *s, const float *row) {
  const double top = s->highest_up;
  const float own = s->diagonal[s->best_up];
  double best[WIDE];
  int64_t at[WIDE];
  for (int l = 0; l < WIDE; l++) {
    best[l] = 0;
    at[l] = -1;
  }
  const double *slope = s->slope;
  const float *down = s->down, *diagonal = s->diagonal;
  int64_t i = 0;
  for (; i + WIDE <= s->active; i += WIDE) {
    for (int l = 0; l < WIDE; l++) {
      const float gap = (float)(top + slope[i + l]) + down[i + l];
      float curve = own + diagonal[i + l] - 2 * row[i + l];
      curve = curve > 1e-12f ? curve : 1e-12f;
      const double gain = gap > 0 ? gap * gap / curve : 0;
      at[l] = gain > best[l] ? i + l : at[l];
      best[l] = gain > best[l] ? gain : best[l];
    }
  }
  for (; i < s->active; i++) {
    const float gap = (float)(top + slope[i]) + down[i];
    float curve = own + diagonal[i] - 2 * row[i];
    curve = curve > 1e-12f ? curve : 1e-12f;
    const double gain = gap > 0 ? gap * gap / curve : 0;
    if (gain > best[0]) {
      best[0] = gain;
      at[0] = i;
    }
  }
  double most = 0;
  int64_t chosen = -1;
  for (int l = 0; l < WIDE; l++) {
    if (best[l] > most || (best[l] == most && at[l] >= 0 && at[l] < chosen)) {
      most = best[l];
      chosen = at[l];
    }
  }
  return chosen;
}

// --- shrinking ---

// At its bound and far from leaving it.
static int is_settled(const solver *s, int64_t i) {
  if (s->beta[i] >= s->high[i]) return -s->slope[i] > s->highest_up;
  if (s->beta[i] <= s->low[i]) return -s->slope[i] < s->lowest_down;
  return 0;
}

static void permute_doubles(double *x, const int32_t *from, int64_t n, double *spare) {
  for (int64_t i = 0; i < n; i++) spare[i] = x[from[i]];
  memcpy(x, spare, sizeof(double) * (size_t)n);
}

static void permute_floats(float *x, const int32_t *from, int64_t n, float *spare) {
  for (int64_t i = 0; i < n; i++) spare[i] = x[from[i]];
  memcpy(x, spare, sizeof(float) * (size_t)n);
}

// Rows keep what stays active; those of positions that left are dropped.
static void permute_rows(solver *s, const int32_t *from, int64_t kept, float *spare, float **rows) {
  for (int64_t i = kept; i < s->active; i++) {
    const int32_t old = from[i];
    if (!s->rows[old]) continue;
    unlink_row(s, old);
    ck_free(s->rows[old]);
    s->rows[old] = NULL;
    s->cached--;
  }
  // The order of age, in new positions.
  int32_t *now = (int32_t *)spare;
  for (int64_t i = 0; i < s->n; i++) now[from[i]] = (int32_t)i;
  int32_t *ages = malloc(sizeof(int32_t) * (size_t)(s->cached + 1));
  int64_t count = 0;
  for (int32_t i = s->oldest; ages && i >= 0; i = s->younger[i]) ages[count++] = now[i];
  for (int64_t i = 0; i < s->n; i++) rows[i] = s->rows[from[i]];
  memcpy(s->rows, rows, sizeof(float *) * (size_t)s->n);
  s->youngest = s->oldest = -1;
  for (int64_t k = 0; k < count; k++) link_youngest(s, ages[k]);
  if (!ages) drop_rows(s);
  free(ages);
  for (int64_t k = 0; k < s->n; k++) {
    float *row = s->rows[k];
    if (!row) continue;
    // A row of its own size, so that more of them fit.
    float *shorter = ck_allocate(sizeof(float) * (size_t)(ck_block_count(kept) * CK_LANES));
    float *to = shorter ? shorter : spare;
    for (int64_t i = 0; i < kept; i++) to[i] = row[from[i]];
    if (shorter) {
      ck_free(row);
      s->rows[k] = shorter;
    } else {
      memcpy(row, spare, sizeof(float) * (size_t)kept);
    }
  }
}

static int shrink(solver *s) {
  int64_t leaving = 0;
  for (int64_t i = 0; i < s->active; i++) leaving += is_settled(s, i);
  // Moving everything costs as much as some hundred steps.
  if (leaving * 8 < s->active || s->active - leaving < 2) return 1;
  int32_t *from = malloc(sizeof(int32_t) * (size_t)s->n);
  void *spare = malloc(sizeof(double) * (size_t)(s->n + CK_LANES));
  float **rows = malloc(sizeof(float *) * (size_t)s->n);
  if (!from || !spare || !rows) {
    free(from);
    free(spare);
    free(rows);
    return 0;
  }
  int64_t kept = 0, gone = s->active - leaving;
  for (int64_t i = 0; i < s->active; i++) from[is_settled(s, i) ? gone++ : kept++] = (int32_t)i;
  for (int64_t i = s->active; i < s->n; i++) from[i] = (int32_t)i;
  permute_rows(s, from, kept, spare, rows);
  double *doubles[] = {s->beta, s->slope, s->low, s->high, s->q};
  for (int k = 0; k < 5; k++) permute_doubles(doubles[k], from, s->n, spare);
  permute_floats(s->up, from, s->n, spare);
  permute_floats(s->down, from, s->n, spare);
  permute_floats(s->diagonal, from, s->n, spare);
  int32_t *places = spare;
  for (int64_t i = 0; i < s->n; i++) places[i] = s->place[from[i]];
  memcpy(s->place, places, sizeof(int32_t) * (size_t)s->n);
  ck_pack_points(s->points, s->place, s->n, s->d, s->blocks);
  s->active = kept;
  measure_cache(s);
  free(from);
  free(spare);
  free(rows);
  return 1;
}

typedef struct {
  solver *s;
  const double *beta;
  const float *blocks;
  int64_t count;
} slopes_job;

CK_CLONES static void slopes_range(void *context, int64_t begin, int64_t end) {
  const slopes_job *job = context;
  solver *s = job->s;
  for (int64_t i = begin; i < end; i++) {
    const int64_t at = s->active + i;
    double sum = s->q[at];
    for (int64_t b = 0; b < ck_block_count(job->count); b++) {
      float values[CK_LANES];
      ck_kernel_block(s->kernel, job->blocks + b * s->d * CK_LANES, s->points + s->place[at] * s->d, s->d, values);
      const int64_t count = ck_min64(CK_LANES, job->count - b * CK_LANES);
      for (int64_t l = 0; l < count; l++) sum += job->beta[b * CK_LANES + l] * values[l];
    }
    s->slope[at] = sum;
  }
}

// Makes the slopes of what was left out and takes everything in again.
static int unshrink(solver *s) {
  if (s->active == s->n) return 1;
  int32_t *support = malloc(sizeof(int32_t) * (size_t)s->n);
  double *beta = malloc(sizeof(double) * (size_t)s->n);
  float *blocks = ck_allocate(sizeof(float) * (size_t)(ck_block_count(s->n) * s->d * CK_LANES));
  const int ready = support && beta && blocks;
  if (ready) {
    int64_t count = 0;
    for (int64_t i = 0; i < s->n; i++) {
      if (s->beta[i] == 0) continue;
      support[count] = s->place[i];
      beta[count++] = s->beta[i];
    }
    ck_pack_points(s->points, support, count, s->d, blocks);
    slopes_job job = {s, beta, blocks, count};
    ck_parallel_for(s->n - s->active, 8, s->threads, slopes_range, &job);
    drop_rows(s);
    s->active = s->n;
    measure_cache(s);
  }
  free(support);
  free(beta);
  ck_free(blocks);
  return ready;
}

// --- the solver ---

static int prepare(solver *s, const double *q, const double *low, const double *high, int64_t cache_bytes) {
  const size_t n = (size_t)s->n;
  s->place = malloc(sizeof(int32_t) * n);
  s->blocks = ck_allocate(sizeof(float) * (size_t)(ck_block_count(s->n) * s->d * CK_LANES));
  s->slope = malloc(sizeof(double) * n);
  s->beta = calloc(n, sizeof(double));
  s->low = malloc(sizeof(double) * n);
  s->high = malloc(sizeof(double) * n);
  s->q = malloc(sizeof(double) * n);
  s->up = malloc(sizeof(float) * n);
  s->down = malloc(sizeof(float) * n);
  s->diagonal = malloc(sizeof(float) * n);
  s->rows = calloc(n, sizeof(float *));
  s->younger = malloc(sizeof(int32_t) * n);
  s->older = malloc(sizeof(int32_t) * n);
  if (!s->place || !s->blocks || !s->slope || !s->beta || !s->low || !s->high || !s->q || !s->up || !s->down ||
      !s->diagonal || !s->rows || !s->younger || !s->older) {
    return 0;
  }
  s->youngest = s->oldest = -1;
  s->cache_bytes = cache_bytes;
  measure_cache(s);
  for (int64_t i = 0; i < s->n; i++) {
    s->place[i] = (int32_t)i;
    s->slope[i] = s->q[i] = q[i];
    s->low[i] = low[i];
    s->high[i] = high[i];
    mark_bounds(s, i);
  }
  ck_pack_points(s->points, NULL, s->n, s->d, s->blocks);
  for (int64_t b = 0; b < ck_block_count(s->n); b++) {
    for (int64_t i = 0; i < CK_LANES && b * CK_LANES + i < s->n; i++) {
      float values[CK_LANES];
      ck_kernel_block(s->kernel, s->blocks + b * s->d * CK_LANES, s->points + (b * CK_LANES + i) * s->d, s->d, values);
      s->diagonal[b * CK_LANES + i] = values[i];
    }
  }
  return 1;
}

static void release(solver *s) {
  if (s->rows) drop_rows(s);
  free(s->place);
  ck_free(s->blocks);
  free(s->slope);
  free(s->beta);
  free(s->low);
  free(s->high);
  free(s->q);
  free(s->up);
  free(s->down);
  free(s->diagonal);
  free(s->rows);
  free(s->younger);
  free(s->older);
}

// One step; 0 where the slopes meet within the tolerance, -1 without memory.
static int step(solver *s, double tolerance) {
  const int64_t i = s->best_up;
  if (i < 0 || s->highest_up - s->lowest_down < tolerance) return 0;
  const float *row = kernel_row(s, (int32_t)i);
  if (!row) return -1;
  const int64_t j = best_partner(s, row);
  if (j < 0) return 0;
  const float *other = kernel_row(s, (int32_t)j);
  if (!other) return -1;
  double curve = (double)s->diagonal[i] + s->diagonal[j] - 2.0 * row[j];
  if (!(curve > 1e-12)) curve = 1e-12;
  double t = (s->slope[j] - s->slope[i]) / curve;
  const double room_up = s->high[i] - s->beta[i], room_down = s->beta[j] - s->low[j];
  t = t < room_up ? t : room_up;
  t = t < room_down ? t : room_down;
  s->beta[i] = t == room_up ? s->high[i] : s->beta[i] + t;
  s->beta[j] = t == room_down ? s->low[j] : s->beta[j] - t;
  mark_bounds(s, i);
  mark_bounds(s, j);
  move_slopes(s, t, row, other);
  return 1;
}

static double middle(const solver *s) {
  double sum = 0;
  int64_t free_ones = 0;
  for (int64_t i = 0; i < s->n; i++) {
    if (s->beta[i] > s->low[i] && s->beta[i] < s->high[i]) {
      sum -= s->slope[i];
      free_ones++;
    }
  }
  if (free_ones > 0) return sum / (double)free_ones;
  if (s->highest_up == -INFINITY) return s->lowest_down;
  return s->lowest_down == INFINITY ? s->highest_up : (s->highest_up + s->lowest_down) / 2;
}

static int64_t run(solver *s, double tolerance, int64_t most_steps, int shrinking, int (*should_stop)(void *), void *context) {
  const int64_t period = smallest(s->n, 1000);
  // Slopes do not change: this only finds the first pair.
  move_slopes(s, 0, s->diagonal, s->diagonal);
  int64_t steps = 0;
  while (steps < most_steps) {
    if (steps % period == period - 1) {
      if (should_stop && should_stop(context)) return -2;
      if (shrinking && !shrink(s)) return -1;
      move_slopes(s, 0, s->diagonal, s->diagonal);
    }
    const int moved = step(s, tolerance);
    if (moved < 0) return -1;
    if (moved == 0) {
      if (s->active == s->n) break;
      if (!unshrink(s)) return -1;
      move_slopes(s, 0, s->diagonal, s->diagonal);
      if (s->highest_up - s->lowest_down < tolerance) break;
      continue;
    }
    steps++;
  }
  if (!unshrink(s)) return -1;
  move_slopes(s, 0, s->diagonal, s->diagonal);
  return steps;
}

int64_t ck_smo(const ck_kernel_spec *kernel, const float *points, int64_t n, int64_t d, const double *q, const double *low,
               const double *high, double tolerance, int64_t most_steps, int shrinking, int64_t cache_bytes,
               double *beta, double *offset, int (*should_stop)(void *), void *context, int threads) {
  solver s = {.kernel = kernel, .points = points, .n = n, .d = d, .active = n, .threads = threads};
  int64_t steps = -1;
  if (prepare(&s, q, low, high, cache_bytes)) {
    steps = run(&s, tolerance, most_steps, shrinking, should_stop, context);
    for (int64_t i = 0; i < n; i++) beta[s.place[i]] = s.beta[i];
    *offset = middle(&s);
  }
  release(&s);
  return steps;
}
