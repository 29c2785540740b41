#include "ck.h"

#include <stdlib.h>

void *ck_allocate(size_t bytes) {
  void *p = NULL;
  return posix_memalign(&p, 64, bytes ? bytes : 64) == 0 ? p : NULL;
}

void ck_free(void *p) { free(p); }
