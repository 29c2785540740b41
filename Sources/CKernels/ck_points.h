// Distances and products of one point with a block of points.
#ifndef APUS_CK_POINTS_H
#define APUS_CK_POINTS_H

#include "ck_internal.h"
#include "ck_learn.h"

// Squared distances; sums run over the coordinates in their order, so every loop gives the same bits.
CK_INLINE void ck_block_distances(const float *block, const float *x, int64_t d, float out[CK_LANES]) {
  float sums[CK_LANES];
  for (int i = 0; i < CK_LANES; i++) sums[i] = 0;
  for (int64_t j = 0; j < d; j++) {
    const float at = x[j];
    const float *row = block + j * CK_LANES;
    for (int i = 0; i < CK_LANES; i++) {
      const float t = row[i] - at;
      sums[i] += t * t;
    }
  }
  for (int i = 0; i < CK_LANES; i++) out[i] = sums[i];
}

CK_INLINE void ck_block_products(const float *block, const float *x, int64_t d, float out[CK_LANES]) {
  float sums[CK_LANES];
  for (int i = 0; i < CK_LANES; i++) sums[i] = 0;
  for (int64_t j = 0; j < d; j++) {
    const float at = x[j];
    const float *row = block + j * CK_LANES;
    for (int i = 0; i < CK_LANES; i++) sums[i] += row[i] * at;
  }
  for (int i = 0; i < CK_LANES; i++) out[i] = sums[i];
}

// A sum by halves.
CK_INLINE double ck_lane_sum(const float in[CK_LANES]) {
  float part[CK_LANES / 2];
  for (int i = 0; i < CK_LANES / 2; i++) part[i] = in[i] + in[i + CK_LANES / 2];
  for (int width = CK_LANES / 4; width > 0; width /= 2) {
    for (int i = 0; i < width; i++) part[i] += part[i + width];
  }
  return part[0];
}

// Where the points of a leaf begin.
CK_INLINE int64_t ck_leaf_begin(int64_t n, int levels, int64_t leaf) { return (n * leaf) >> levels; }

#endif
