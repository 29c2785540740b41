// Loops of decision trees on binned columns: binning, histograms of gradients, cuts, routing, scoring.
//
// Sums of gradients are sums of integers, so they are exact and the same on any number of threads.
#ifndef APUS_CK_TREES_H
#define APUS_CK_TREES_H

#include "ck.h"

// ---------------------------------------------------------------------------------------------------
// Bins. The value of row r and column c is inputs[r * row_step + c * column_step]; NaN is a missing value. A column of at most `max_bins` (2...255) distinct
// values gets a bin for each; another is cut so that the bins hold about the same sum of |weight|, a heavy value alone.
//
// bins[c * rows + r] is the bin of row r: 0 ..< counts[c], and counts[c] where the value is missing. edges[c * 256 + b]
// is the border above bin b: the middle between the values on both sides (x <= border is in b or below). Where
// categorical[c] is set, edges hold the values themselves, ascending; values beyond the `max_bins` heaviest count as
// missing. missing[c] says whether any row is missing. Returns 0, or -1 where there is no memory.
int ck_bin_columns(const float *inputs, int64_t rows, int columns, int64_t row_step, int64_t column_step,
                   const double *weights, int max_bins, const uint8_t *categorical, uint8_t *bins, float *edges,
                   int32_t *counts, uint8_t *missing, int threads);
// The bins of other rows, row-major in and out, by the edges that were found: out[r * columns + c].
void ck_bin_with_edges(const float *inputs, int64_t rows, int columns, const uint8_t *categorical, const float *edges,
                       const int32_t *counts, uint8_t *out, int threads);

// How the bins of all columns lie row by row: blocks of columns, in each block `stride` bytes a row.
typedef struct {
  int64_t rows;
  int columns, width /* columns of a block */, stride, blocks;
  int bins; // places of a histogram for each column
} ck_bin_layout;

ck_bin_layout ck_bin_layout_of(int64_t rows, int columns, int bins);
// Copies columns into row blocks of blocks * rows * stride bytes.
void ck_bin_rows(const ck_bin_layout *layout, const uint8_t *columns, uint8_t *rows, int threads);

// ---------------------------------------------------------------------------------------------------
// Histograms. A pair is a gradient and a curvature as int32; a place of a histogram is two int64: the sum of gradients,
// and (sum of curvatures << count_bits) + number of rows. Layout [columns][bins][2].

// Sums the pairs of the rows in `index` (NULL: rows 0 ..< count) into `pieces` histograms, all overwritten: the first at
// `out`, piece p > 0 at scratch + (p - 1) * 2 * columns * bins. Their sum is the answer; ck_histogram_pieces says how many pay.
int ck_histogram_pieces(const ck_bin_layout *layout, int64_t count, int threads);
void ck_histogram(const ck_bin_layout *layout, const uint8_t *rows, const int32_t *pairs, int count_bits,
                  const uint32_t *index, int64_t count, int64_t *out, int64_t *scratch, int pieces, int threads);
// The same for the columns c with allowed[c] only, from bins column by column; others are not written. For leaves that look at few columns.
void ck_histogram_columns(const ck_bin_layout *layout, const uint8_t *columns, const int32_t *pairs, int count_bits,
                          const uint32_t *index, int64_t count, const uint8_t *allowed, int64_t *out, int threads);
// The same, one row and one column after the other: the definition, for tests.
void ck_histogram_reference(const ck_bin_layout *layout, const uint8_t *columns, const int32_t *pairs, int count_bits,
                            const uint32_t *index, int64_t count, int64_t *out);

// ---------------------------------------------------------------------------------------------------
// Cuts.
typedef enum {
  CK_CUT_NEWTON,            // loss reduction of Newton steps: T(G)^2 / 2 (H + l2)
  CK_CUT_GINI,              // G is signal weight, H all weight from here on
  CK_CUT_ENTROPY,
  CK_CUT_ERROR,
  CK_CUT_SIGNIFICANCE,      // s / sqrt(s + b) of both sides, added in quadrature
} ck_cut_rule;

typedef struct {
  ck_cut_rule rule;
  int count_bits;
  double gradient_unit, curvature_unit; // what an integer step is worth
  double l1, l2, min_weight, min_gain, category_smoothing;
  int64_t min_rows;
  uint64_t random;          // not 0: one cut a column drawn evenly in value (extra trees)
} ck_cut_settings;

typedef struct {
  double gain;              // 0 where there is no cut
  int column, bin;          // rows of bins 0...bin go left; a category cut: those of `left`
  int missing_left, categorical;
  int64_t left_gradient, left_curvature_count; // sums of the left side, as in histograms
  uint64_t left[4];         // category cuts: the bins that go left
} ck_cut;

// What is known of a leaf when its cuts are looked for.
typedef struct {
  int64_t *histogram;       // [columns][bins][2]
  int64_t gradient, curvature_count;
  double low, high;         // where its value must lie
  const uint8_t *allowed;   // columns that may be cut, NULL for all
  uint64_t id;              // which leaf, for random cuts
  ck_cut *cuts;             // answer: the best cut of each column
} ck_leaf;

// Finishes the histogram of a leaf from its pieces (the first is its place), makes its sibling's by
// subtraction from that of their parent, and finds the best cut of each column of both.
//   pieces: how many histograms ck_histogram made of the leaf, those after the first at `scratch`.
//   sibling: its histogram holds the parent's; NULL where there is none.
// A leaf whose `cuts` is NULL is not searched. counts and edges as in ck_bin_columns; monotone: -1, 0, 1 a column or NULL.
void ck_find_cuts(const ck_bin_layout *layout, const ck_cut_settings *settings, const int32_t *counts,
                  const float *edges, const uint8_t *categorical, const int8_t *monotone, ck_leaf *leaf,
                  ck_leaf *sibling, const int64_t *scratch, int pieces, int threads);
// The value of a leaf: -T(G) / (H + l2) between low and high.
double ck_leaf_value(double gradient, double curvature, double l1, double l2, double low, double high);

// ---------------------------------------------------------------------------------------------------
// Whole trees of forests: grown depth first without a limit of leaves, each leaf looking at columns drawn for it.
typedef struct {
  const uint8_t *bins;      // column by column
  int64_t rows;
  int columns;
  const int32_t *counts;
  const float *edges;
  const uint8_t *categorical;
  const int32_t *pairs;     // of a weight of one time
  ck_cut_settings settings; // `random` is not looked at
  int columns_per_leaf;     // so many, and more as long as none of them allows a cut
  int depth;
  int is_random;            // one cut a column, drawn evenly in value (extra trees)
} ck_forest;

typedef struct {
  ck_cut cut;               // gain 0: a leaf
  int64_t gradient, curvature_count, cover; // sums; cover: of |curvature|
  int32_t child;            // the left child, the right one follows; 0 for a leaf
} ck_forest_node;

typedef struct {
  ck_forest_node *nodes;
  int64_t count, capacity;
} ck_forest_tree;

// Grows a tree on the rows, row r counted times[r] times (NULL: once each). Everything that is drawn depends on `key` only. Returns 0,
// or -1 where there is no memory. The caller frees the tree.
int ck_forest_grow(const ck_forest *forest, const uint8_t *times, uint64_t key, ck_forest_tree *tree);
void ck_forest_free(ck_forest_tree *tree);

// ---------------------------------------------------------------------------------------------------
// Trees of several classes or targets: one tree for all, as scikit-learn grows them. Sums are of integers, as everywhere here.
typedef struct {
  const uint8_t *bins;      // column by column
  int64_t rows;
  int columns, classes;     // of targets: one more, as the last sum is that of weights
  const int32_t *counts;
  const float *edges;
  const uint8_t *categorical;
  const int32_t *labels;    // 0 ..< classes; NULL for targets
  const int32_t *numbers;   // rows of weight times target, in units of number_unit, and last the weight; NULL for classes
  double number_unit;
  const int32_t *weights;   // in units of weight_unit; their |sum|, times `times`, is below 2^62
  double weight_unit;
  ck_cut_rule rule;         // not CK_CUT_NEWTON; CK_CUT_SIGNIFICANCE: of the class for which it is largest
  double category_smoothing;
  int64_t min_rows;
  int64_t leaves;           // the most; the leaf whose cut gains most is cut next
  int depth;
  int columns_per_leaf;     // so many drawn columns, and more as long as none of them allows a cut
  int is_random;            // one cut a column, drawn evenly in value
} ck_class_forest;

typedef struct {
  double gain;              // 0: a leaf
  int32_t column, bin, child, missing_left, categorical;
  uint64_t left[4];         // category cuts: the bins that go left
} ck_class_node;

typedef struct {
  ck_class_node *nodes;
  int64_t *sums;            // `classes` sums a node
  int64_t *covers;          // the sum of |weight| of a node
  int64_t count, capacity;
} ck_class_tree;

// Grows a tree on the rows, row r counted times[r] times (NULL: once each). The tree depends on `key`, and not on `threads`. Returns 0, or -1
// where there is no memory. The caller frees the tree.
int ck_class_grow(const ck_class_forest *forest, const uint8_t *times, uint64_t key, int threads, ck_class_tree *tree);
void ck_class_free(ck_class_tree *tree);

// ---------------------------------------------------------------------------------------------------
// Rows of a leaf: divides index[0 ..< count] by a table of bins, keeping the order on both sides; rows with left[bin] come first.
// `scratch` has room for `count`. Returns how many went left.
int64_t ck_divide_rows(const uint8_t *column, const uint8_t left[256], uint32_t *index, int64_t count,
                       uint32_t *scratch, int threads);

// scores[row * outputs] += values[l] for the rows index[begins[l] ..< begins[l + 1]] of each leaf l; covers[l] becomes
// their sum of |weight| (in a fixed order). Returns 0, or -1 where there is no memory.
int ck_add_leaves(double *scores, int outputs, const uint32_t *index, const int64_t *begins, const double *values,
                   int leaves, const double *weights, double *covers, int threads);

// ---------------------------------------------------------------------------------------------------
// Losses. Gradients and curvatures with respect to the score, times the weight.
typedef enum {
  CK_LOSS_LOGISTIC,  // ln(1 + e^-z) for z = +-score, target 0 or 1
  CK_LOSS_SQUARED,   // (score - target)^2 / 2
  CK_LOSS_ABSOLUTE,  // |score - target|
  CK_LOSS_HUBER,     // Huber's, quadratic within `parameter`
  CK_LOSS_QUANTILE,  // (target - score) (parameter - [target < score])
  CK_LOSS_POISSON,   // e^score - target score
  CK_LOSS_SOFTMAX,   // -ln p(target), for class `output` of `outputs`; one gradient an output
  CK_LOSS_GIVEN,     // gradients and curvatures come from outside
} ck_loss_kind;

typedef struct {
  ck_loss_kind kind;
  double parameter;
  int outputs, output;
  int64_t rows;
  const double *scores;    // [rows, outputs]
  const double *targets;   // not looked at by CK_LOSS_LOGISTIC and CK_LOSS_SOFTMAX, which have `classes`
  const uint16_t *classes;
  const double *weights;
  const double *gradients, *curvatures; // CK_LOSS_GIVEN: already weighted
  double weight_limit, weight_size;     // the largest |weight| and the sum of |weight|, or 0 where not known
} ck_loss;

// The largest |gradient| and |curvature| and the sum of |curvature|, into limits[3] (bounds, not exact, where they are known).
void ck_loss_limits(const ck_loss *loss, double limits[3], int threads);
// Gradients in units of gradient_unit and curvatures in units of curvature_unit, rounded, as pairs.
void ck_loss_pairs(const ck_loss *loss, double gradient_unit, double curvature_unit, int32_t *pairs, int threads);
// The weighted sum of losses (to 1e-12 relative), in a fixed order.
double ck_loss_sum(const ck_loss *loss, int threads);

// ---------------------------------------------------------------------------------------------------
// Scoring.
#define CK_NODE_MISSING_RIGHT 0x80000000u
#define CK_NODE_CATEGORY 0x40000000u

typedef struct {
  float threshold;  // x <= threshold goes to `child`, else to child + 1; a leaf has +infinity and itself as child
  uint32_t feature; // with flags: missing values go right; the node is a category cut
  int32_t child;
  int32_t set;      // a category cut: which set of values goes the other way than missing values
} ck_node;

typedef struct {
  const ck_node *nodes;
  const int32_t *roots;
  int trees;
  int columns, outputs;
  int values_per_node;      // 1: tree t adds to output t % outputs; outputs: a vector a leaf
  const double *values;
  const double *base;       // what every output starts from
  const float *set_values;  // the values of set s, ascending: set_values[set_begins[s] ..< set_begins[s + 1]]
  const int32_t *set_begins;
  int has_sets;
  int64_t count;            // of nodes
} ck_trees;

// out [rows, outputs] = base + the trees first ..< last, for row-major inputs [rows, columns]; with `add` the answer is added to out.
void ck_trees_score(const ck_trees *trees, int first, int last, const float *inputs, int64_t rows, double *out, int add,
                    int threads);
// Scoring trees of at most 64 leaves by bits: each tree has a word with a bit for each leaf, left to right, and a cut that sends a
// row right clears the bits of its left leaves; the lowest bit that stays is the row's leaf (QuickScorer, Lucchese et al. 2015,
// doi:10.1145/2766462.2767733). Cuts lie by column in ascending order, so those that send a row right are a run that is walked without
// branches for several rows at once.
typedef struct {
  int columns, outputs, groups;
  const int32_t *group_trees;  // group g holds trees group_trees[g] ..< group_trees[g + 1]
  // Cuts of group g and column c: begins[k] ..< begins[k + 1], k = 2 (g * columns + c), and for k + 1 those
  // where missing values go right.
  const int32_t *begins;
  const float *thresholds;
  const uint16_t *trees;       // within the group
  const uint64_t *masks;       // leaves that stay where the row goes right
  const int32_t *leaf_begins;  // leaves of tree t in `leaf_values`
  const double *leaf_values, *base;
  int is_narrow;               // no tree has more than 32 leaves
  // For single rows: after every CK_BIT_STEP cuts of run k the words of the group's trees (uint32_t where narrow, else uint64_t),
  // CK_BIT_GROUP of them from place known_begins[k] * CK_BIT_GROUP on.
  const void *known;
  const int32_t *known_begins;
} ck_bit_trees;

#define CK_BIT_STEP 8
#define CK_BIT_GROUP 128 /* the most trees of a group, so that the words of 16 rows stay in the first-level cache */

// As ck_trees_score for all trees; adds where `add`, and the same bits.
void ck_bit_trees_score(const ck_bit_trees *trees, const float *inputs, int64_t rows, double *out, int add, int threads);

// The leaf that each row ends in: out[row] = node number, for one tree.
void ck_trees_leaves(const ck_trees *trees, int tree, const float *inputs, int64_t rows, int32_t *out, int threads);

// A tree on bins: lefts[node * 256 + bin] says whether a bin goes to child[node] or to child[node] + 1; a leaf has child 0.
// scores[row * outputs] += values[leaf of the row] for row-major bins [rows, columns].
typedef struct {
  const int32_t *column, *child;
  const uint8_t *lefts;
  const double *values;
} ck_bin_tree;

void ck_bin_tree_add(const ck_bin_tree *tree, const uint8_t *bins, int64_t rows, int columns, double *scores, int outputs,
                     int threads);

// Puts all rows into index: first those that are drawn, row i where word i of Philox(key) / 2^32 < fraction, then the others, both in
// order. `scratch` has room for all. Returns how many are drawn.
int64_t ck_sample_rows(uint64_t key, double fraction, int64_t rows, uint32_t *index, uint32_t *scratch);
// sums[0] and sums[1]: what a place of a histogram would hold for all rows index[0 ..< count].
void ck_sum_pairs(const int32_t *pairs, int count_bits, const uint32_t *index, int64_t count, int64_t sums[2], int threads);

#endif
