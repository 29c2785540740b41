// What cuts are judged by: sums of one side, and what a side is worth.
#ifndef APUS_CK_TREES_GAIN_H
#define APUS_CK_TREES_GAIN_H

#include "ck_trees_internal.h"

// A gain below this part of what the sides are worth is rounding.
#define RESOLUTION 1e-9
// Of gains that differ by less than this part the first one counts, so that rounding decides no tie.
#define TIE 1e-7

typedef struct {
  double gradient, curvature;
  int64_t rows;
} side;

CK_INLINE side side_of(const ck_cut_settings *s, int64_t gradient, int64_t curvature_count) {
  const int64_t mask = ((int64_t)1 << s->count_bits) - 1;
  return (side){(double)gradient * s->gradient_unit, (double)(curvature_count >> s->count_bits) * s->curvature_unit,
                curvature_count & mask};
}

CK_INLINE double entropy_part(double part, double all) { return part > 0 && part < all ? part * log(part / all) : 0; }

// How much a leaf of these sums reduces the loss by its best value between low and high.
CK_INLINE double newton_worth(double g, double h, double l1, double l2, double low, double high) {
  const double size = fabs(g) - l1, bottom = h + l2;
  double v = size > 0 ? -copysign(size, g) / bottom : 0;
  v = v < low ? low : v;
  v = v > high ? high : v;
  return -(g * v + 0.5 * bottom * v * v + l1 * fabs(v));
}

CK_INLINE double gini_worth(double signal, double w) {
  signal = signal < 0 ? 0 : signal > w ? w : signal;
  return -2 * signal * (w - signal) / w;
}

// What a side is worth, larger is better; gains are differences.
CK_INLINE double worth(const ck_cut_settings *s, side x, double low, double high) {
  if (s->rule == CK_CUT_NEWTON) return newton_worth(x.gradient, x.curvature, s->l1, s->l2, low, high);
  const double w = x.curvature, signal = x.gradient < 0 ? 0 : x.gradient > w ? w : x.gradient;
  switch (s->rule) {
    case CK_CUT_GINI: return gini_worth(signal, w);
    case CK_CUT_ENTROPY: return entropy_part(signal, w) + entropy_part(w - signal, w);
    case CK_CUT_ERROR: return -(signal < w - signal ? signal : w - signal);
    default: return w > 0 ? signal / sqrt(w) : 0;
  }
}

CK_INLINE int allowed(const ck_cut_settings *s, side x) {
  return x.rows >= s->min_rows && x.curvature >= s->min_weight && x.curvature > 0;
}

// A category's bin and what its place in the order follows; of equal keys the lower bin is first.
typedef struct {
  double key;
  int bin;
} ck_ranked;

CK_INLINE int ck_by_key(const void *x, const void *y) {
  const ck_ranked *a = x, *b = y;
  if (a->key != b->key) return a->key < b->key ? -1 : 1;
  return a->bin - b->bin;
}

#endif
