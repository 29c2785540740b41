// What the files of trees share.
#ifndef APUS_CK_TREES_INTERNAL_H
#define APUS_CK_TREES_INTERNAL_H

#include "ck_internal.h"
#include "ck_trees.h"

CK_INLINE int64_t ck_places(const ck_bin_layout *l) { return (int64_t)l->columns * l->bins; }

// Divides a run of rows: those that go left stay at its start, the others go to scratch. Returns how many went left.
int64_t ck_divide_run(const uint8_t *column, const uint8_t *left, uint32_t *index, uint32_t *scratch, int64_t count);

#endif
