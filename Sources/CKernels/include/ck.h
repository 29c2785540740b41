// The kernels of Apus: loops over raw memory that know no graph.
//
// Every function takes raw pointers and sizes, allocates nothing that it does not free, and returns
// nothing but a status where the data themselves can be wrong. `threads` is the most threads it may use;
// results do not depend on it unless said so.
#ifndef APUS_CK_H
#define APUS_CK_H

#include <stddef.h>
#include <stdint.h>

typedef enum { CK_F32 = 0, CK_F64 = 1, CK_I32 = 2, CK_I64 = 3, CK_U8 = 4, CK_BOOL = 5 } ck_dtype;

static inline size_t ck_size(ck_dtype t) {
  return t == CK_F64 || t == CK_I64 ? 8 : t == CK_F32 || t == CK_I32 ? 4 : 1;
}

// ---------------------------------------------------------------------------------------------------
// Tile programs: fused elementwise code, run over tiles that stay in the first-level cache.
//
// A program computes in one type (f32, f64, i32 or i64). Its operands are slots. A TEMP slot is scratch
// of CK_TILE elements; an INPUT slot is bound to memory (converted to the compute type where it differs,
// broadcast by strides); an OUTPUT slot is bound to contiguous memory (converted from the compute type
// at the end of a tile). Booleans are 0 and 1 in every compute type. An INPUT and an OUTPUT may share
// memory if they cover it with the same contiguous layout and no instruction reads the input after the
// output was first written within the program (the planner sees to that).
//
// Integers wrap; CK_DIV and CK_MOD round down as Python's // and %, and division by zero gives 0. Functions of the reals
// are truncated. Conversions from a floating-point type to an integer truncate and saturate, NaN gives 0; between
// integers the low bits are kept. In f32 exp, expm1, log, log1p, tanh, sigmoid, erf, sin, cos are within 2 ulp.
#define CK_TILE 512
#define CK_MAX_RANK 8

typedef enum {
  // unary: dst = op(a)
  CK_COPY, CK_NEG, CK_ABS, CK_SIGN, CK_EXP, CK_EXPM1, CK_LOG, CK_LOG1P, CK_SQRT, CK_RSQRT, CK_RECIP,
  CK_SIN, CK_COS, CK_TAN, CK_ASIN, CK_ACOS, CK_ATAN, CK_SINH, CK_COSH, CK_TANH, CK_SIGMOID, CK_ERF, CK_FLOOR, CK_CEIL,
  CK_ROUND /* half to even */, CK_RELU, CK_SQUARE, CK_NOT /* logical: x == 0 */, CK_ISNAN, CK_ISFINITE,
  CK_LOGGAMMA,
  // binary: dst = a op b (b is `imm` where slot b is CK_IMM)
  CK_ADD = 64, CK_SUB, CK_MUL, CK_DIV, CK_POW, CK_MAX /* NaN spreads */, CK_MIN, CK_ATAN2,
  CK_MOD /* sign of the divisor, as Python */, CK_LT, CK_LE, CK_EQ, CK_NE, CK_AND, CK_OR,
  CK_RSUB /* b - a, for immediates */, CK_RDIV /* b / a */, CK_GT, CK_GE,
  // ternary: dst = a ? b : c (a != 0);  dst = a * b + c, b may be CK_IMM
  CK_SELECT = 128, CK_MULADD,
} ck_tile_op;

#define CK_IMM 0xFFFF

typedef struct {
  uint16_t op, dst, a, b, c;
  double imm;
} ck_tile_instr;

typedef enum { CK_SLOT_TEMP, CK_SLOT_INPUT, CK_SLOT_OUTPUT } ck_slot_kind;

typedef struct {
  ck_slot_kind kind;
  ck_dtype dtype;       // of the memory (INPUT, OUTPUT)
  void *data;           // first element (INPUT: after any offset)
  int contiguous;       // INPUT: element i of the output is element i of the memory
  int rank;             // INPUT, not contiguous: output shape and strides in elements (0 broadcasts)
  int64_t shape[CK_MAX_RANK], strides[CK_MAX_RANK];
} ck_slot;

typedef struct {
  ck_dtype compute;
  int n_slots, n_instrs;
  ck_slot *slots;
  const ck_tile_instr *instrs;
} ck_tile_program;

// Runs a program over `count` elements.
void ck_tile_run(const ck_tile_program *program, int64_t count, int threads);
// The same meaning, one element at a time with libm in double: the definition, for tests.
void ck_tile_run_reference(const ck_tile_program *program, int64_t count);

// ---------------------------------------------------------------------------------------------------
// Reductions over the middle axis of a contiguous [outer, axis, inner] array, into [outer, inner].
// Sums accumulate in a fixed tree that does not depend on the thread count.
typedef enum { CK_RSUM, CK_RPROD, CK_RMAX, CK_RMIN, CK_RLOGSUMEXP, CK_RARGMAX, CK_RARGMIN } ck_reduce_op;

// `out` has the type of `in`, except int64 for CK_RARGMAX and CK_RARGMIN (first of equals; NaN wins).
// An empty axis gives 0, 1, -inf, +inf, -inf, 0, 0 (integers: their least and greatest values).
void ck_reduce(ck_reduce_op op, ck_dtype dtype, const void *in, void *out, int64_t outer, int64_t axis,
               int64_t inner, int threads);

// Running sums along the middle axis; `reverse` sums from the end.
void ck_cumsum(ck_dtype dtype, const void *in, void *out, int64_t outer, int64_t axis, int64_t inner,
               int reverse, int threads);

// Stable ascending sort of each row of a contiguous [rows, n] array; NaN last. Either output may be NULL.
void ck_sort(ck_dtype dtype, const void *in, void *values, int64_t *indices, int64_t rows, int64_t n,
             int descending, int threads);

// ---------------------------------------------------------------------------------------------------
// Moving data.

// out[o, i, :] = in[o, index[i], :] for contiguous [outer, axis, inner]. `index_dtype` is CK_I32 or CK_I64.
// Returns -1, or the position of the first index outside 0..<axis (then `out` is not written).
int64_t ck_gather(size_t element_size, const void *in, const void *index, ck_dtype index_dtype, void *out,
                  int64_t outer, int64_t axis, int64_t inner, int64_t n_index, int threads);

// out[o, index[i], :] += in[o, i, :]; `out` [outer, axis, inner] must be filled by the caller.
// Sums in the order of i. Returns as ck_gather.
int64_t ck_scatter_add(ck_dtype dtype, const void *in, const void *index, ck_dtype index_dtype, void *out,
                       int64_t outer, int64_t axis, int64_t inner, int64_t n_index, int threads);

// Copies an array of `rank` dimensions between two strided layouts (strides in elements, may be negative or 0).
void ck_copy_strided(size_t element_size, const void *in, const int64_t *in_strides, void *out,
                     const int64_t *out_strides, const int64_t *shape, int rank, int threads);

void ck_fill(ck_dtype dtype, void *out, int64_t count, double value);
void ck_iota(ck_dtype dtype, void *out, int64_t outer, int64_t axis, int64_t inner);

// ---------------------------------------------------------------------------------------------------
// Random numbers: Philox4x32-10 (Salmon et al. 2011, doi:10.1145/2063384.2063405). Element i depends only on
// (seed, stream, i), not on the thread count. Philox key: the two halves of seed[0];
// counter: (i / 4 low, i / 4 high, low and high halves of mix64(stream ^ mix64(seed[1]))) with SplitMix64's mix.
// float64 takes two words an element, so there it is i / 2. A normal pair is elements 2 j and 2 j + 1.
typedef enum { CK_UNIFORM /* [0, 1) */, CK_NORMAL /* Box-Muller */, CK_BITS /* 32 random bits, i32 or i64 */ } ck_random_kind;
void ck_random(ck_random_kind kind, ck_dtype dtype, void *out, int64_t count, const int64_t seed[2],
               uint64_t stream, int threads);
// The Philox block itself, for known-answer tests.
void ck_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

// ---------------------------------------------------------------------------------------------------
// Matrices, row-major: C[m,n] = alpha * op(A)[m,k] op(B)[k,n] + beta * C. dtype CK_F32 or CK_F64.
// Results may differ in the last bits between thread counts.
void ck_gemm(ck_dtype dtype, int trans_a, int trans_b, int64_t m, int64_t n, int64_t k, double alpha,
             const void *a, int64_t lda, const void *b, int64_t ldb, double beta, void *c, int64_t ldc,
             int threads);
// `batch` products with strides in elements between matrices (0 repeats a matrix).
void ck_gemm_batched(ck_dtype dtype, int trans_a, int trans_b, int64_t batch, int64_t m, int64_t n, int64_t k,
                     const void *a, int64_t lda, int64_t stride_a, const void *b, int64_t ldb, int64_t stride_b,
                     void *c, int64_t ldc, int64_t stride_c, int threads);

// Linear algebra in double, row-major, in place; return LAPACK's info (0: done).
int ck_cholesky_solve(int64_t n, int64_t nrhs, double *a, double *b);      // A symmetric positive definite
int ck_lu_solve(int64_t n, int64_t nrhs, double *a, double *b);
int ck_eigen_symmetric(int64_t n, double *a, double *w);                   // rows of a: eigenvectors, w ascending
int ck_svd(int64_t m, int64_t n, double *a, double *s, double *u, double *vt); // thin
int ck_qr_orthonormal(int64_t m, int64_t n, double *a);                    // m >= n: a becomes Q, signs fixed by diag(R) > 0
// The lower factor of A = L Lᵀ; its upper triangle is left as it was.
int ck_cholesky(int64_t n, double *a);
int ck_lapack_threads(void);                                              // those of LAPACK: one once anything was computed
int ck_cholesky_inverse(int64_t n, double *l);                             // L becomes the whole of (L Lᵀ)⁻¹
void ck_triangular_solve(int64_t n, int64_t nrhs, const double *l, int transposed, double *b); // L x = b or Lᵀ x = b

// ---------------------------------------------------------------------------------------------------
// Bytes of files, little-endian machines only. `width` is the size of an element: 1, 2, 4 or 8.
uint64_t ck_xxh3(const void *bytes, size_t count);  // XXH3, 64 bits, no seed
// Split encoding: all first bytes of the elements, then all second bytes, and so on.
void ck_unsplit(const void *in, void *out, int64_t count, int width);
void ck_split(const void *in, void *out, int64_t count, int width);
// The other byte order; in and out may be the same memory, of any alignment.
void ck_swap_bytes(const void *in, void *out, int64_t count, int width);

// ---------------------------------------------------------------------------------------------------
// Lists of big-endian numbers. `width` is 1, 2, 4 or 8 bytes; 0 is a truth value of one byte, which becomes 0 or 1.
// Sources need no alignment; source and destination must not overlap.
void ck_from_big_endian(const void *in, void *out, int64_t count, int width);
// `count` runs of `run` numbers each, whose starts are `stride` bytes apart; one behind the other in `out`.
void ck_strided_from_big_endian(const void *in, int64_t stride, void *out, int64_t count, int64_t run, int width);
// Where lists start: out[i] = base + (position[i] - key - i * header) / unit for big-endian 32-bit positions in bytes.
// Returns 1 where they do not start at `base`, fall, or pass `last`; else 0.
int ck_offsets_from_positions(const void *positions, int64_t count, int64_t key, int64_t header, int64_t unit,
                              int64_t base, int64_t last, int64_t *out);
// The numbers of lists with `header` bytes before each, of `run` numbers an element; offsets as made above.
// Whether the same positions (without headers) give offsets that are known: 1 or 0.
int ck_positions_agree(const void *positions, int64_t count, int64_t key, int64_t unit, int64_t base,
                       const int64_t *known);
void ck_lists_from_big_endian(const void *in, const int64_t *offsets, int64_t count, int64_t last, int64_t header,
                              int64_t run, void *out, int width);
// Asks for huge pages for memory that was not touched yet.
void ck_advise_huge(void *p, size_t bytes);

// ---------------------------------------------------------------------------------------------------
// Threads and the machine.
typedef void (*ck_range_fn)(void *context, int64_t begin, int64_t end);
// Splits 0..<count in pieces of at least `grain`, at most `threads` of them, over the pool of threads. The
// pieces do not depend on how many threads come to work.
void ck_parallel_for(int64_t count, int64_t grain, int threads, ck_range_fn body, void *context);
int ck_hardware_threads(void);
const char *ck_instruction_set(void); // "x86-64-v4", "x86-64-v3", "x86-64" or the architecture's name
double ck_seconds(void);              // a monotonic clock
void ck_return_memory(void);          // gives what was freed back to the system, where the allocator can
void *ck_allocate(size_t bytes);      // 64-byte aligned, NULL when it can't; huge pages where large
void ck_free(void *p);

#endif
