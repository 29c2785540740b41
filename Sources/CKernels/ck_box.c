// Events inside a box of cuts.
#include "ck_points.h"

CK_CLONES void ck_box_sums(const float *columns, int64_t n, const float *signal, const float *background,
                           const int32_t *which, int64_t used, const float *low, const float *high, double out[2]) {
  double s = 0, b = 0;
  for (int64_t start = 0; start < n; start += CK_LANES) {
    int32_t inside[CK_LANES];
    for (int i = 0; i < CK_LANES; i++) inside[i] = -1;
    for (int64_t u = 0; u < used; u++) {
      const float *x = columns + which[u] * n + start;
      const float from = low[u], to = high[u];
      int32_t any = 0;
      for (int i = 0; i < CK_LANES; i++) {
        inside[i] &= -(int32_t)((x[i] > from) & (x[i] <= to));
        any |= inside[i];
      }
      if (!any) break;
    }
    float part[CK_LANES];
    for (int i = 0; i < CK_LANES; i++) part[i] = inside[i] ? signal[start + i] : 0.0f;
    s += ck_lane_sum(part);
    for (int i = 0; i < CK_LANES; i++) part[i] = inside[i] ? background[start + i] : 0.0f;
    b += ck_lane_sum(part);
  }
  out[0] = s;
  out[1] = b;
}
