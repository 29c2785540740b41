// Losses of boosting: gradients and curvatures of every row, times its weight, as integers.
#include "ck_trees_internal.h"

#define CHUNK 8192 /* rows whose losses are summed as one */

// e^x in double for |x| <= 708, within 2 units in the last place; branch-free, so that loops vectorise.
CK_INLINE double exp64(double x) {
  const double rounder = 0x1.8p52;
  double c = x < -708 ? -708 : x;
  c = c > 708 ? 708 : c;
  const double shifted = c * 0x1.71547652b82fep0 + rounder, n = shifted - rounder;
  const double r = (c - n * 0x1.62e42fefa0000p-1) - n * 0x1.cf79abc9e3b3ap-40;
  double p = 1.0 / 479001600;
  p = p * r + 1.0 / 39916800;
  p = p * r + 1.0 / 3628800;
  p = p * r + 1.0 / 362880;
  p = p * r + 1.0 / 40320;
  p = p * r + 1.0 / 5040;
  p = p * r + 1.0 / 720;
  p = p * r + 1.0 / 120;
  p = p * r + 1.0 / 24;
  p = p * r + 1.0 / 6;
  p = p * r + 0.5;
  p = p * r + 1;
  p = p * r + 1;
  uint64_t bits;
  memcpy(&bits, &shifted, 8);
  bits = (bits + 1023) << 52;
  double power;
  memcpy(&power, &bits, 8);
  return p * power;
}

// ln(1 + e) for e in [0, 1], within 1e-13: 2 artanh(e / (2 + e)).
CK_INLINE double log1p64(double e) {
  const double s = e / (2 + e), z = s * s;
  double p = 1.0 / 25;
  p = p * z + 1.0 / 23;
  p = p * z + 1.0 / 21;
  p = p * z + 1.0 / 19;
  p = p * z + 1.0 / 17;
  p = p * z + 1.0 / 15;
  p = p * z + 1.0 / 13;
  p = p * z + 1.0 / 11;
  p = p * z + 1.0 / 9;
  p = p * z + 1.0 / 7;
  p = p * z + 1.0 / 5;
  p = p * z + 1.0 / 3;
  p = p * z + 1;
  return 2 * s * p;
}

typedef struct {
  double gradient, curvature;
} slope;

// The probability of class `output` by a softmax over the scores of a row.
CK_INLINE double softmax_at(const double *z, int n, int output) {
  double most = z[0], sum = 0;
  for (int k = 1; k < n; k++) most = z[k] > most ? z[k] : most;
  for (int k = 0; k < n; k++) sum += exp64(z[k] - most);
  return exp64(z[output] - most) / sum;
}

// For a weight of one.
CK_INLINE slope slope_at(const ck_loss *l, ck_loss_kind kind, int64_t i) {
  if (kind == CK_LOSS_GIVEN) return (slope){l->gradients[i], l->curvatures[i]};
  if (kind == CK_LOSS_SOFTMAX) {
    const double p = softmax_at(l->scores + i * l->outputs, l->outputs, l->output);
    const double is = l->classes[i] == l->output, k = l->outputs;
    // Friedman's factor K / (K - 1): one score is free.
    return (slope){p - is, (k / (k - 1)) * p * (1 - p)};
  }
  const double f = l->scores[i], a = l->parameter;
  if (kind == CK_LOSS_LOGISTIC) {
    const double p = 1 / (1 + exp64(-f));
    return (slope){p - l->classes[i], p * (1 - p)};
  }
  const double t = l->targets[i], e = f - t;
  if (kind == CK_LOSS_SQUARED) return (slope){e, 1};
  if (kind == CK_LOSS_ABSOLUTE) return (slope){e > 0 ? 1 : e < 0 ? -1 : 0, 1};
  if (kind == CK_LOSS_HUBER) return (slope){e > a ? a : e < -a ? -a : e, 1};
  if (kind == CK_LOSS_QUANTILE) return (slope){e >= 0 ? 1 - a : -a, 1};
  const double mean = exp64(f);
  return (slope){mean - t, mean};
}

CK_INLINE double loss_at(const ck_loss *l, ck_loss_kind kind, int64_t i) {
  if (kind == CK_LOSS_SOFTMAX) {
    const double p = softmax_at(l->scores + i * l->outputs, l->outputs, l->classes[i]);
    return -log(p > 1e-300 ? p : 1e-300);
  }
  const double f = l->scores[i], a = l->parameter;
  if (kind == CK_LOSS_LOGISTIC) {
    const double z = l->classes[i] ? -f : f;
    return (z > 0 ? z : 0) + log1p64(exp64(-fabs(z)));
  }
  const double t = l->targets[i], e = f - t;
  if (kind == CK_LOSS_SQUARED) return 0.5 * e * e;
  if (kind == CK_LOSS_ABSOLUTE) return fabs(e);
  if (kind == CK_LOSS_HUBER) return fabs(e) <= a ? 0.5 * e * e : a * (fabs(e) - 0.5 * a);
  if (kind == CK_LOSS_QUANTILE) return e >= 0 ? (1 - a) * e : -a * e;
  if (kind == CK_LOSS_POISSON) return exp64(f) - t * f;
  return 0;
}

// One function a kind, so that each inner loop is without branches.
#define FOR_EACH_KIND(DO) \
  switch (kind) { \
    case CK_LOSS_LOGISTIC: DO(CK_LOSS_LOGISTIC) break; \
    case CK_LOSS_SQUARED: DO(CK_LOSS_SQUARED) break; \
    case CK_LOSS_ABSOLUTE: DO(CK_LOSS_ABSOLUTE) break; \
    case CK_LOSS_HUBER: DO(CK_LOSS_HUBER) break; \
    case CK_LOSS_QUANTILE: DO(CK_LOSS_QUANTILE) break; \
    case CK_LOSS_POISSON: DO(CK_LOSS_POISSON) break; \
    case CK_LOSS_SOFTMAX: DO(CK_LOSS_SOFTMAX) break; \
    case CK_LOSS_GIVEN: DO(CK_LOSS_GIVEN) break; \
  }

CK_INLINE int32_t rounded(double x) {
  const double y = x > 2147483647.0 ? 2147483647.0 : x < -2147483647.0 ? -2147483647.0 : x;
  return (int32_t)__builtin_rint(y);
}

// Numbers are rounded to parts of 1/`fine`, and again after the weight: `fine` times `rest` is one over the unit.
typedef struct {
  double fine, rest;
} scale;

// Rounded before the weight comes in, so that an event of weight two is exactly the event twice; but to no less than 24 bits, lest
// events of the largest weights lose theirs.
static scale scale_of(double unit, double bound) {
  scale s = {1 / unit, 1};
  while (bound > 0 && s.fine * bound < 0x1p24 && s.rest > 0x1p-60) s.fine *= 2, s.rest /= 2;
  return s;
}

CK_CLONES static void pairs_of(const ck_loss *l, scale g, scale h, int32_t *pairs, int64_t begin, int64_t end) {
  const ck_loss_kind kind = l->kind;
#define PAIRS(KIND) \
  CK_VECTORIZE for (int64_t i = begin; i < end; i++) { \
    const slope s = slope_at(l, KIND, i); \
    const double w = KIND == CK_LOSS_GIVEN ? 1 : l->weights[i]; \
    pairs[2 * i] = rounded(w * g.rest * __builtin_rint(s.gradient * g.fine)); \
    pairs[2 * i + 1] = rounded(w * h.rest * __builtin_rint(s.curvature * h.fine)); \
  }
  FOR_EACH_KIND(PAIRS)
}

CK_CLONES static void limits_of(const ck_loss *l, int64_t begin, int64_t end, double limits[3]) {
  const ck_loss_kind kind = l->kind;
  double g = 0, h = 0, sum = 0;
#define LIMITS(KIND) \
  for (int64_t i = begin; i < end; i++) { \
    const slope s = slope_at(l, KIND, i); \
    const double w = KIND == CK_LOSS_GIVEN ? 1 : fabs(l->weights[i]); \
    const double a = w * fabs(s.gradient), b = w * fabs(s.curvature); \
    g = a > g ? a : g; \
    h = b > h ? b : h; \
    sum += b; \
  }
  FOR_EACH_KIND(LIMITS)
  limits[0] = g;
  limits[1] = h;
  limits[2] = sum;
}

CK_CLONES static double sum_of(const ck_loss *l, int64_t begin, int64_t end) {
  const ck_loss_kind kind = l->kind;
  // Losses of a few rows at a time, then eight running sums: a fixed order, and both loops vectorise.
  double sums[8] = {0}, some[256];
  for (int64_t b = begin; b < end; b += 256) {
    const int n = (int)ck_min64(256, end - b);
#define LOSSES(KIND) \
  CK_VECTORIZE for (int k = 0; k < n; k++) some[k] = l->weights[b + k] * loss_at(l, KIND, b + k);
    FOR_EACH_KIND(LOSSES)
    for (int k = n; k % 8; k++) some[k] = 0;
    for (int k = 0; k < n; k += 8) {
      for (int m = 0; m < 8; m++) sums[m] += some[k + m];
    }
  }
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

typedef struct {
  const ck_loss *loss;
  scale gradient, curvature;
  int32_t *pairs;
  double *partial;
} job;

static void pair_rows(void *context, int64_t begin, int64_t end) {
  const job *j = context;
  pairs_of(j->loss, j->gradient, j->curvature, j->pairs, begin, end);
}

static void limit_chunks(void *context, int64_t begin, int64_t end) {
  const job *j = context;
  for (int64_t t = begin; t < end; t++) {
    limits_of(j->loss, t * CHUNK, ck_min64((t + 1) * CHUNK, j->loss->rows), j->partial + 3 * t);
  }
}

// Bounds that need no look at the scores: gradient, curvature a unit of weight.
static int bounds_of(const ck_loss *l, double bounds[2]) {
  const double k = l->outputs;
  switch (l->kind) {
    case CK_LOSS_LOGISTIC: bounds[0] = 1, bounds[1] = 0.25; return 1;
    case CK_LOSS_SOFTMAX: bounds[0] = 1, bounds[1] = 0.25 * k / (k - 1); return 1;
    case CK_LOSS_ABSOLUTE:
    case CK_LOSS_QUANTILE: bounds[0] = bounds[1] = 1; return 1;
    case CK_LOSS_HUBER: bounds[0] = l->parameter, bounds[1] = 1; return 1;
    default: return 0;
  }
}

void ck_loss_pairs(const ck_loss *loss, double gradient_unit, double curvature_unit, int32_t *pairs, int threads) {
  double bounds[2] = {0, 0};
  bounds_of(loss, bounds);
  job j = {loss, scale_of(gradient_unit, bounds[0]), scale_of(curvature_unit, bounds[1]), pairs, NULL};
  ck_parallel_for(loss->rows, 16384, threads, pair_rows, &j);
}

void ck_loss_limits(const ck_loss *loss, double limits[3], int threads) {
  double bounds[2];
  if (loss->weight_limit > 0 && bounds_of(loss, bounds)) {
    limits[0] = bounds[0] * loss->weight_limit;
    limits[1] = bounds[1] * loss->weight_limit;
    limits[2] = bounds[1] * loss->weight_size;
    return;
  }
  const int64_t chunks = (loss->rows + CHUNK - 1) / CHUNK;
  limits[0] = limits[1] = limits[2] = 0;
  double one[3], *partial = malloc(sizeof(double) * 3 * (size_t)(chunks + 1));
  job j = {.loss = loss, .partial = partial};
  if (partial) ck_parallel_for(chunks, 4, threads, limit_chunks, &j);
  for (int64_t t = 0; t < chunks; t++) {
    // Without memory the same in one thread.
    if (!partial) limits_of(loss, t * CHUNK, ck_min64((t + 1) * CHUNK, loss->rows), one);
    const double *own = partial ? partial + 3 * t : one;
    limits[0] = own[0] > limits[0] ? own[0] : limits[0];
    limits[1] = own[1] > limits[1] ? own[1] : limits[1];
    limits[2] += own[2];
  }
  free(partial);
}

static void sum_chunks(void *context, int64_t begin, int64_t end) {
  const job *j = context;
  for (int64_t t = begin; t < end; t++) {
    j->partial[t] = sum_of(j->loss, t * CHUNK, ck_min64((t + 1) * CHUNK, j->loss->rows));
  }
}

double ck_loss_sum(const ck_loss *loss, int threads) {
  const int64_t chunks = (loss->rows + CHUNK - 1) / CHUNK;
  double sum = 0, *partial = malloc(sizeof(double) * (size_t)(chunks + 1));
  job j = {.loss = loss, .partial = partial};
  if (partial) ck_parallel_for(chunks, 4, threads, sum_chunks, &j);
  for (int64_t t = 0; t < chunks; t++) {
    sum += partial ? partial[t] : sum_of(loss, t * CHUNK, ck_min64((t + 1) * CHUNK, loss->rows));
  }
  free(partial);
  return sum;
}
