// The only file that names a `dnnl_` symbol. sgemm has the same C interface in oneDNN 2.x and 3.x.
#include "ck_gemm.h"

#include <dnnl.h>

#if defined(__linux__)
int omp_get_max_threads(void);
void omp_set_num_threads(int);
#endif

#if DNNL_VERSION_MAJOR != 2 && DNNL_VERSION_MAJOR != 3
#error "Apus knows oneDNN 2.x and 3.x"
#endif

int ck_onednn_sgemm(const ck_product *p) {
#if defined(__linux__)
  // The rows are shared out by ck_gemm.c. The setting belongs to the calling thread, so callers do not disturb each
  // other; inside a parallel region oneDNN stays on its thread anyway.
  const int before = omp_get_max_threads();
  if (before != 1) omp_set_num_threads(1);
#endif
  const dnnl_status_t status =
      dnnl_sgemm(p->trans_a ? 'T' : 'N', p->trans_b ? 'T' : 'N', p->m, p->n, p->k, p->alpha, p->a, p->lda, p->b,
                 p->ldb, p->beta, p->c, p->ldc);
#if defined(__linux__)
  if (before != 1) omp_set_num_threads(before);
#endif
  return status == dnnl_success ? 0 : 1;
}
