// Loops of the classical methods: points in blocks, trees over them, kernel rows, boxes.
//
// Points lie in blocks of CK_LANES: coordinate j of the block's point i is block[j * CK_LANES + i], so that one
// vector holds the same coordinate of many points. What fills a last block up has infinite coordinates.
#ifndef APUS_CK_LEARN_H
#define APUS_CK_LEARN_H

#include <stdint.h>

#define CK_LANES 32

// ---------------------------------------------------------------------------------------------------
// A kd-tree with leaves of at most CK_LANES points. Node 1 is the root, the children of i are 2 i and 2 i + 1;
// node i of level l covers the points (i - 2^l) n / 2^l ..< (i - 2^l + 1) n / 2^l of the order.
int ck_tree_levels(int64_t n);  // leaves are the 2^levels nodes of this level
// Fills `order` (n), `blocks` (2^levels * d * CK_LANES) and `boxes` (2^(levels + 1) * 2 * d: low, then high).
void ck_tree_build(const float *points, int64_t n, int64_t d, int32_t *order, float *blocks, float *boxes);

typedef struct {
  int64_t n, d;
  const int32_t *order;
  const float *blocks, *boxes;
} ck_tree;

// The k nearest points of each query by Euclidean distance, nearest first, equals by their index: squared
// distances and indices, k a query. `brute` looks at every point. Both give the same bits.
void ck_tree_nearest(const ck_tree *tree, const float *queries, int64_t count, int64_t k, int brute,
                     float *distances, int32_t *indices, int threads);

typedef enum { CK_GAUSSIAN, CK_EPANECHNIKOV, CK_TOPHAT } ck_density_kernel;

// Amplitudes and inverse squared widths of the points in the layout of the leaves, and what nodes know of them.
// `nodes` (2^(levels + 1) * 4): sum, absolute sum, least and greatest inverse squared width.
void ck_density_prepare(const ck_tree *tree, const float *amplitudes, const float *inverse_squares,
                        float *leaf_values, double *nodes);
// ln and sign of Σ a_i K(|x - x_i|² s_i) for each query, K = exp(-u/2), max(0, 1 - u) or u <= 1; the sum of |a_i| K is met
// within a share `tolerance`. A sum of zero gives -infinity.
void ck_density_sums(const ck_tree *tree, const float *leaf_values, const double *nodes, ck_density_kernel kernel,
                     double tolerance, const float *queries, int64_t count, double *logs, int threads);

// ---------------------------------------------------------------------------------------------------
// Support vector machines.
typedef enum { CK_LINEAR, CK_POLYNOMIAL, CK_RBF, CK_SIGMOIDAL } ck_vector_kernel;

typedef struct {
  ck_vector_kernel kind;
  double gamma, coef0;
  int degree;
} ck_kernel_spec;

// Σ_j coefficients[j] K(x_j, q) + offset for each query; points are row-major.
void ck_kernel_sums(const ck_kernel_spec *kernel, const float *points, const double *coefficients, int64_t n, int64_t d,
                    double offset, const float *queries, int64_t count, double *out, int threads);

// The least value of β·Kβ / 2 + q·β with Σβ = 0 and low <= β <= high, by sequential minimal optimisation with
// second-order working sets (Fan, Chen, Lin 2005), shrinking and a cache of kernel rows.
// β starts at 0, which must be allowed. `should_stop` (may be NULL) is asked every thousand steps.
// Returns the number of steps, or -1 without memory, -2 where it was stopped; *offset is b of f(x) = Σ β K + b.
int64_t ck_smo(const ck_kernel_spec *kernel, const float *points, int64_t n, int64_t d, const double *q, const double *low,
               const double *high, double tolerance, int64_t most_steps, int shrinking, int64_t cache_bytes,
               double *beta, double *offset, int (*should_stop)(void *), void *context, int threads);

// ---------------------------------------------------------------------------------------------------
// Σ signal and Σ background of the events inside low[j] < x <= high[j] for the `used` columns listed in `which`.
// `columns` is d arrays of n numbers, n a multiple of CK_LANES.
void ck_box_sums(const float *columns, int64_t n, const float *signal, const float *background, const int32_t *which,
                 int64_t used, const float *low, const float *high, double out[2]);

// ---------------------------------------------------------------------------------------------------
// Terms of rule ensembles. Bit i & 63 of bits[i / 64] says whether event i has a rule; lanes are added in a fixed order.

// The sum of v over the events with the rule.
double ck_bits_sum(const uint64_t *bits, int64_t n, const double *v);
// target += step * times (NULL: one) for the events with the rule.
void ck_bits_add(const uint64_t *bits, int64_t n, double step, const double *times, double *target);
// The sum of x y z (y, z NULL: one).
double ck_dot3(const double *x, const double *y, const double *z, int64_t n);
// target += step * x * times (NULL: one).
void ck_add_scaled(const double *x, int64_t n, double step, const double *times, double *target);

#endif

