#ifndef APUS_CK_FOLD_H
#define APUS_CK_FOLD_H

#include "ck_internal.h"

// Every reduction but the sums of floating-point numbers, on the calling thread.
CK_HIDDEN void ck_fold(ck_reduce_op op, ck_dtype dtype, const void *in, void *out, int64_t outer, int64_t axis,
                       int64_t inner);

// The sum of one contiguous row, in a fixed tree.
double ck_sum_row_f32(const float *p, int64_t n);

#endif
