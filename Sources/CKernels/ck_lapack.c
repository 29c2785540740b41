// Linear algebra in double through LAPACK, row-major and in place.
#include "ck_internal.h"

#include <lapacke.h>

int ck_cholesky_solve(int64_t n, int64_t nrhs, double *a, double *b) {
  if (n <= 0) return 0;
  ck_calm_openblas();
  const int info = LAPACKE_dpotrf(LAPACK_ROW_MAJOR, 'L', (int)n, a, (int)n);
  if (info != 0 || nrhs <= 0) return info;
  return LAPACKE_dpotrs(LAPACK_ROW_MAJOR, 'L', (int)n, (int)nrhs, a, (int)n, b, (int)nrhs);
}

int ck_lu_solve(int64_t n, int64_t nrhs, double *a, double *b) {
  if (n <= 0) return 0;
  ck_calm_openblas();
  int *pivots = malloc(sizeof(int) * (size_t)n);
  if (!pivots) return LAPACK_WORK_MEMORY_ERROR;
  int info = LAPACKE_dgetrf(LAPACK_ROW_MAJOR, (int)n, (int)n, a, (int)n, pivots);
  if (info == 0 && nrhs > 0) {
    info = LAPACKE_dgetrs(LAPACK_ROW_MAJOR, 'N', (int)n, (int)nrhs, a, (int)n, pivots, b, (int)nrhs);
  }
  free(pivots);
  return info;
}

int ck_eigen_symmetric(int64_t n, double *a, double *w) {
  if (n <= 0) return 0;
  ck_calm_openblas();
  // Asking for column-major saves LAPACKE two transposes: a symmetric matrix is its own transpose, and the
  // columns that come back are our rows.
  return LAPACKE_dsyevd(LAPACK_COL_MAJOR, 'V', 'L', (int)n, a, (int)n, w);
}

int ck_svd(int64_t m, int64_t n, double *a, double *s, double *u, double *vt) {
  if (m <= 0 || n <= 0) return 0;
  ck_calm_openblas();
  const int least = (int)ck_min64(m, n);
  return LAPACKE_dgesdd(LAPACK_ROW_MAJOR, 'S', (int)m, (int)n, a, (int)n, s, u, least, vt, (int)n);
}

int ck_qr_orthonormal(int64_t m, int64_t n, double *a) {
  if (m <= 0 || n <= 0) return 0;
  ck_calm_openblas();
  double *tau = malloc(sizeof(double) * (size_t)n * 2);
  if (!tau) return LAPACK_WORK_MEMORY_ERROR;
  double *sign = tau + n;
  int info = LAPACKE_dgeqrf(LAPACK_ROW_MAJOR, (int)m, (int)n, a, (int)n, tau);
  for (int64_t j = 0; j < n; j++) sign[j] = a[j * n + j] < 0 ? -1 : 1;
  if (info == 0) info = LAPACKE_dorgqr(LAPACK_ROW_MAJOR, (int)m, (int)n, (int)n, a, (int)n, tau);
  for (int64_t i = 0; i < m; i++) {
    for (int64_t j = 0; j < n; j++) a[i * n + j] *= sign[j];
  }
  free(tau);
  return info;
}

// Lower and row-major is upper and column-major, which saves LAPACKE its transposes.
int ck_cholesky(int64_t n, double *a) {
  ck_calm_openblas();
  return n <= 0 ? 0 : LAPACKE_dpotrf(LAPACK_COL_MAJOR, 'U', (int)n, a, (int)n);
}

int ck_cholesky_inverse(int64_t n, double *l) {
  if (n <= 0) return 0;
  ck_calm_openblas();
  const int info = LAPACKE_dpotri(LAPACK_COL_MAJOR, 'U', (int)n, l, (int)n);
  for (int64_t i = 0; i < n; i++) {
    for (int64_t j = 0; j < i; j++) l[j * n + i] = l[i * n + j];
  }
  return info;
}

void ck_triangular_solve(int64_t n, int64_t nrhs, const double *l, int transposed, double *b) {
  if (n <= 0 || nrhs <= 0) return;
  ck_calm_openblas();
  LAPACKE_dtrtrs(LAPACK_ROW_MAJOR, 'L', transposed ? 'T' : 'N', 'N', (int)n, (int)nrhs, l, (int)n, b, (int)nrhs);
}
