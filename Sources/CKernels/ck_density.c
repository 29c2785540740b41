// Sums of kernels over the points of a tree, to a stated accuracy.
#include "ck_math.h"
#include "ck_points.h"

void ck_density_prepare(const ck_tree *t, const float *amplitudes, const float *inverse_squares,
                        float *leaf_values, double *nodes) {
  const int levels = ck_tree_levels(t->n);
  const int64_t leaves = (int64_t)1 << levels;
  for (int64_t leaf = 0; leaf < leaves; leaf++) {
    const int64_t begin = ck_leaf_begin(t->n, levels, leaf), end = ck_leaf_begin(t->n, levels, leaf + 1);
    float *values = leaf_values + leaf * 2 * CK_LANES;
    double *node = nodes + (leaves + leaf) * 4;
    node[0] = node[1] = 0;
    node[2] = INFINITY;
    node[3] = -INFINITY;
    for (int64_t i = 0; i < CK_LANES; i++) {
      const int real = begin + i < end;
      const int64_t place = real ? t->order[begin + i] : 0;
      const float a = real ? amplitudes[place] : 0, s = real ? inverse_squares[place] : 1;
      values[i] = a;
      values[CK_LANES + i] = s;
      if (!real) continue;
      node[0] += a;
      node[1] += a < 0 ? -a : a;
      node[2] = s < node[2] ? s : node[2];
      node[3] = s > node[3] ? s : node[3];
    }
  }
  for (int64_t i = leaves - 1; i >= 1; i--) {
    const double *a = nodes + 8 * i, *b = a + 4;
    double *node = nodes + 4 * i;
    node[0] = a[0] + b[0];
    node[1] = a[1] + b[1];
    node[2] = a[2] < b[2] ? a[2] : b[2];
    node[3] = a[3] > b[3] ? a[3] : b[3];
  }
}

// The sums so far, both in units of exp(reference).
typedef struct {
  double sum, absolute, reference;
} tally;

CK_INLINE double kernel_value(ck_density_kernel kernel, double u, double reference) {
  if (kernel == CK_EPANECHNIKOV) return u < 1 ? 1 - u : 0;
  if (kernel == CK_TOPHAT) return u <= 1 ? 1 : 0;
  return exp(-0.5 * u - reference);
}

CK_INLINE void add_leaf(const float *block, const float *values, ck_density_kernel kernel, const float *x, int64_t d,
                        tally *t) {
  float u[CK_LANES], part[CK_LANES], size[CK_LANES];
  ck_block_distances(block, x, d, u);
  for (int i = 0; i < CK_LANES; i++) u[i] *= values[CK_LANES + i];
  if (kernel == CK_GAUSSIAN) {
    float least = INFINITY;
    for (int i = 0; i < CK_LANES; i++) least = u[i] < least ? u[i] : least;
    // Far tails would underflow: sums are kept relative to the nearest point so far.
    if (-0.5 * least > t->reference + 20 || t->reference == -INFINITY) {
      const double shift = t->reference == -INFINITY ? 0 : exp(t->reference + 0.5 * least);
      t->sum *= shift;
      t->absolute *= shift;
      t->reference = -0.5 * least;
    }
    const float reference = (float)t->reference;
    for (int i = 0; i < CK_LANES; i++) {
      float e = -0.5f * u[i] - reference;
      e = e > -87.0f ? e : -87.0f;
      part[i] = values[i] * ck_exp_normal(e < 80.0f ? e : 80.0f);
    }
  } else if (kernel == CK_EPANECHNIKOV) {
    for (int i = 0; i < CK_LANES; i++) part[i] = values[i] * (u[i] < 1 ? 1 - u[i] : 0);
  } else {
    for (int i = 0; i < CK_LANES; i++) part[i] = values[i] * (u[i] <= 1 ? 1.0f : 0.0f);
  }
  for (int i = 0; i < CK_LANES; i++) size[i] = __builtin_fabsf(part[i]);
  t->sum += ck_lane_sum(part);
  t->absolute += ck_lane_sum(size);
}

// Least and greatest squared distance to a box.
CK_INLINE void box_range(const float *box, const float *x, int64_t d, double *least, double *greatest) {
  float near_sum = 0, far_sum = 0;
  for (int64_t j = 0; j < d; j++) {
    const float below = box[j] - x[j], above = x[j] - box[d + j];
    float t = below > above ? below : above;
    t = t > 0 ? t : 0;
    const float f = below < above ? below : above;
    near_sum += t * t;
    far_sum += f * f;
  }
  *least = near_sum;
  *greatest = far_sum;
}

typedef struct {
  const ck_tree *tree;
  const float *leaf_values;
  const double *nodes;
  ck_density_kernel kernel;
  double tolerance;
  const float *queries;
  double *logs;
} density_job;

// A node whose kernel values hardly differ is taken as a whole. Each unit of amplitude may be wrong by a share of the
// sum so far, so that all together stay below that share of the whole.
CK_INLINE int take_whole(const density_job *job, const double *node, double least, double greatest, double total,
                         tally *t) {
  if (job->kernel == CK_GAUSSIAN && t->reference == -INFINITY) return 0;
  const double high = kernel_value(job->kernel, least * node[2], t->reference);
  const double low = kernel_value(job->kernel, greatest * node[3], t->reference);
  if (high > 0 && !((high - low) * total <= 2 * job->tolerance * t->absolute)) return 0;
  t->sum += node[0] * 0.5 * (high + low);
  t->absolute += node[1] * low;
  return 1;
}

CK_INLINE double one_sum(const density_job *job, int levels, const float *x) {
  const ck_tree *tree = job->tree;
  const int64_t d = tree->d, first_leaf = (int64_t)1 << levels;
  tally t = {0, 0, job->kernel == CK_GAUSSIAN ? -INFINITY : 0};
  int64_t stack[64];
  double ranges[64][2];
  int top = 1;
  stack[0] = 1;
  box_range(tree->boxes + 2 * d, x, d, &ranges[0][0], &ranges[0][1]);
  while (top > 0) {
    const int64_t node = stack[--top];
    if (take_whole(job, job->nodes + 4 * node, ranges[top][0], ranges[top][1], job->nodes[5], &t)) continue;
    if (node >= first_leaf) {
      const int64_t leaf = node - first_leaf;
      add_leaf(tree->blocks + leaf * d * CK_LANES, job->leaf_values + leaf * 2 * CK_LANES, job->kernel, x, d, &t);
      continue;
    }
    double range[2][2];
    for (int side = 0; side < 2; side++) {
      box_range(tree->boxes + (2 * node + side) * 2 * d, x, d, &range[side][0], &range[side][1]);
    }
    const int nearer = range[1][0] < range[0][0];
    for (int turn = 0; turn < 2; turn++) {
      const int side = turn == 0 ? !nearer : nearer;
      stack[top] = 2 * node + side;
      ranges[top][0] = range[side][0];
      ranges[top++][1] = range[side][1];
    }
  }
  return t.sum > 0 ? log(t.sum) + t.reference : -INFINITY;
}

CK_CLONES static void density_range(void *context, int64_t begin, int64_t end) {
  const density_job *job = context;
  const int levels = ck_tree_levels(job->tree->n);
  for (int64_t q = begin; q < end; q++) job->logs[q] = one_sum(job, levels, job->queries + q * job->tree->d);
}

void ck_density_sums(const ck_tree *tree, const float *leaf_values, const double *nodes, ck_density_kernel kernel,
                     double tolerance, const float *queries, int64_t count, double *logs, int threads) {
  density_job job = {tree, leaf_values, nodes, kernel, tolerance, queries, logs};
  ck_parallel_for(count, 16, threads, density_range, &job);
}
