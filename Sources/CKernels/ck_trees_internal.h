// What the files of trees share.
#ifndef APUS_CK_TREES_INTERNAL_H
#define APUS_CK_TREES_INTERNAL_H

#include "ck_internal.h"
#include "ck_trees.h"

CK_INLINE int64_t ck_places(const ck_bin_layout *l) { return (int64_t)l->columns * l->bins; }

#endif
