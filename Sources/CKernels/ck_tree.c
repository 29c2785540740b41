// A kd-tree and the nearest neighbours in it.
#include "ck_points.h"

int ck_tree_levels(int64_t n) {
  int levels = 0;
  while (((n + ((int64_t)1 << levels) - 1) >> levels) > CK_LANES) levels++;
  return levels;
}

// Whether point a stands before point b along coordinate j; equals by index, so that the tree is the same everywhere.
static inline int before(const float *points, int64_t d, int64_t j, int32_t a, int32_t b) {
  const float x = points[a * d + j], y = points[b * d + j];
  return x < y || (x == y && a < b);
}

// Puts the k smallest of order[0 ..< n] first (Hoare's selection, middle of three).
static void select_smallest(int32_t *order, int64_t n, int64_t k, const float *points, int64_t d, int64_t j) {
  int64_t low = 0, high = n - 1;
  while (low < high) {
    int32_t a = order[low], b = order[(low + high) / 2], c = order[high];
    if (before(points, d, j, b, a)) { int32_t t = a; a = b; b = t; }
    if (before(points, d, j, c, b)) b = before(points, d, j, c, a) ? a : c;
    int64_t i = low, m = high;
    while (i <= m) {
      while (before(points, d, j, order[i], b)) i++;
      while (before(points, d, j, b, order[m])) m--;
      if (i <= m) {
        const int32_t t = order[i];
        order[i++] = order[m];
        order[m--] = t;
      }
    }
    if (k - 1 <= m) {
      high = m;
    } else if (k - 1 >= i) {
      low = i;
    } else {
      return;
    }
  }
}

static void measure_box(const float *points, int64_t d, const int32_t *order, int64_t n, float *box) {
  for (int64_t j = 0; j < d; j++) {
    box[j] = INFINITY;
    box[d + j] = -INFINITY;
  }
  for (int64_t i = 0; i < n; i++) {
    const float *x = points + order[i] * d;
    for (int64_t j = 0; j < d; j++) {
      box[j] = x[j] < box[j] ? x[j] : box[j];
      box[d + j] = x[j] > box[d + j] ? x[j] : box[d + j];
    }
  }
}

void ck_tree_build(const float *points, int64_t n, int64_t d, int32_t *order, float *blocks, float *boxes) {
  const int levels = ck_tree_levels(n);
  for (int64_t i = 0; i < n; i++) order[i] = (int32_t)i;
  for (int64_t i = 0; i < 2 * d; i++) boxes[i] = 0;
  for (int level = 0; level <= levels; level++) {
    for (int64_t k = 0; k < (int64_t)1 << level; k++) {
      const int64_t begin = ck_leaf_begin(n, level, k), end = ck_leaf_begin(n, level, k + 1);
      float *box = boxes + (((int64_t)1 << level) + k) * 2 * d;
      measure_box(points, d, order + begin, end - begin, box);
      if (level == levels) continue;
      int64_t widest = 0;
      for (int64_t j = 1; j < d; j++) {
        if (box[d + j] - box[j] > box[d + widest] - box[widest]) widest = j;
      }
      const int64_t middle = ck_leaf_begin(n, level + 1, 2 * k + 1);
      select_smallest(order + begin, end - begin, middle - begin, points, d, widest);
    }
  }
  for (int64_t leaf = 0; leaf < (int64_t)1 << levels; leaf++) {
    const int64_t begin = ck_leaf_begin(n, levels, leaf), end = ck_leaf_begin(n, levels, leaf + 1);
    float *block = blocks + leaf * d * CK_LANES;
    for (int64_t j = 0; j < d; j++) {
      for (int64_t i = 0; i < CK_LANES; i++) {
        block[j * CK_LANES + i] = begin + i < end ? points[order[begin + i] * d + j] : INFINITY;
      }
    }
  }
}

// --- nearest neighbours ---

typedef struct {
  float distance;
  int32_t index;
} near;

CK_INLINE int nearer(near a, near b) {
  return a.distance < b.distance || (a.distance == b.distance && a.index < b.index);
}

// Puts x at the root of a heap, farthest first, and lets it sink.
CK_INLINE void replace_root(near *heap, int64_t k, near x) {
  int64_t at = 0;
  for (;;) {
    int64_t child = 2 * at + 1;
    if (child >= k) break;
    if (child + 1 < k && nearer(heap[child], heap[child + 1])) child++;
    if (!nearer(x, heap[child])) break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = x;
}

// Whether a point of this distance can still enter: equals may, by their index.
CK_INLINE void offer_leaf(const ck_tree *t, int levels, int64_t leaf, const float *x, near *heap, int64_t k) {
  float distances[CK_LANES];
  ck_block_distances(t->blocks + leaf * t->d * CK_LANES, x, t->d, distances);
  const float worst = heap[0].distance;
  int any = 0;
  for (int i = 0; i < CK_LANES; i++) any |= distances[i] <= worst;
  if (!any) return;
  const int64_t begin = ck_leaf_begin(t->n, levels, leaf), end = ck_leaf_begin(t->n, levels, leaf + 1);
  for (int64_t i = 0; i < end - begin; i++) {
    if (distances[i] > heap[0].distance) continue;
    const near candidate = {distances[i], t->order[begin + i]};
    if (nearer(candidate, heap[0])) replace_root(heap, k, candidate);
  }
}

// The least squared distance to a box, summed in the order of block distances, so never above a point's.
CK_INLINE float box_distance(const float *box, const float *x, int64_t d) {
  float sum = 0;
  for (int64_t j = 0; j < d; j++) {
    const float below = box[j] - x[j], above = x[j] - box[d + j];
    float t = below > above ? below : above;
    t = t > 0 ? t : 0;
    sum += t * t;
  }
  return sum;
}

CK_INLINE void search(const ck_tree *t, int levels, const float *x, near *heap, int64_t k) {
  int64_t stack[64];
  float bound[64];
  int top = 0;
  stack[top] = 1;
  bound[top++] = 0;
  const int64_t first_leaf = (int64_t)1 << levels;
  while (top > 0) {
    const int64_t node = stack[--top];
    if (bound[top] > heap[0].distance) continue;
    if (node >= first_leaf) {
      offer_leaf(t, levels, node - first_leaf, x, heap, k);
      continue;
    }
    const float left = box_distance(t->boxes + 2 * node * 2 * t->d, x, t->d);
    const float right = box_distance(t->boxes + (2 * node + 1) * 2 * t->d, x, t->d);
    const int near_right = right < left;
    stack[top] = 2 * node + !near_right;
    bound[top++] = near_right ? left : right;
    stack[top] = 2 * node + near_right;
    bound[top++] = near_right ? right : left;
  }
}

typedef struct {
  const ck_tree *tree;
  const float *queries;
  int64_t k;
  int brute;
  float *distances;
  int32_t *indices;
} nearest_job;

// Empties a heap into rows, nearest first.
static void drain(near *heap, int64_t k, float *distances, int32_t *indices) {
  for (int64_t last = k - 1; last >= 0; last--) {
    distances[last] = heap[0].distance;
    indices[last] = heap[0].index;
    if (last > 0) replace_root(heap, last, heap[last]);
  }
}

#define QUERY_GROUP 32

CK_CLONES static void nearest_range(void *context, int64_t begin, int64_t end) {
  const nearest_job *job = context;
  const ck_tree *t = job->tree;
  const int64_t k = job->k, d = t->d;
  const int levels = ck_tree_levels(t->n);
  near *heaps = malloc(sizeof(near) * (size_t)(k * QUERY_GROUP));
  if (!heaps) return;
  for (int64_t start = begin; start < end; start += QUERY_GROUP) {
    const int64_t stop = ck_min64(start + QUERY_GROUP, end);
    for (int64_t i = 0; i < (stop - start) * k; i++) heaps[i] = (near){INFINITY, INT32_MAX};
    if (job->brute) {
      for (int64_t leaf = 0; leaf < (int64_t)1 << levels; leaf++) {
        for (int64_t q = start; q < stop; q++) offer_leaf(t, levels, leaf, job->queries + q * d, heaps + (q - start) * k, k);
      }
    } else {
      for (int64_t q = start; q < stop; q++) search(t, levels, job->queries + q * d, heaps + (q - start) * k, k);
    }
    for (int64_t q = start; q < stop; q++) {
      drain(heaps + (q - start) * k, k, job->distances + q * k, job->indices + q * k);
    }
  }
  free(heaps);
}

void ck_tree_nearest(const ck_tree *tree, const float *queries, int64_t count, int64_t k, int brute,
                     float *distances, int32_t *indices, int threads) {
  nearest_job job = {tree, queries, k, brute, distances, indices};
  ck_parallel_for(count, 64, threads, nearest_range, &job);
}
