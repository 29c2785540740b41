// Threads, memory and the machine.
#include "ck_internal.h"

#include <time.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/mman.h>
// libgomp's entry points, declared here because clang without -fopenmp has no header for them. oneDNN runs on
// the same pool, so the two never compete for cores.
void GOMP_parallel(void (*fn)(void *), void *data, unsigned num_threads, unsigned flags);
int omp_get_thread_num(void);
int omp_get_num_threads(void);
#else
#include <dispatch/dispatch.h>
#include <sys/sysctl.h>
#endif

typedef struct {
  ck_range_fn body;
  void *context;
  int64_t count, pieces;
} split;

// Piece i of n: sizes differ by one at most.
static void run_piece(const split *s, int64_t i, int64_t n) {
  int64_t begin = s->count * i / n, end = s->count * (i + 1) / n;
  if (begin < end) s->body(s->context, begin, end);
}

#if defined(__linux__)
static void region(void *data) {
  // The pool may give fewer threads than asked (nested regions, limits), so ask how many there are.
  run_piece(data, omp_get_thread_num(), omp_get_num_threads());
}
#else
static void region(void *data, size_t i) {
  const split *s = data;
  run_piece(s, (int64_t)i, s->pieces);
}
#endif

void ck_parallel_for(int64_t count, int64_t grain, int threads, ck_range_fn body, void *context) {
  if (count <= 0) return;
  int64_t pieces = grain > 1 ? count / grain : count;
  if (pieces > threads) pieces = threads;
  if (pieces <= 1) {
    body(context, 0, count);
    return;
  }
  split s = {body, context, count, pieces};
#if defined(__linux__)
  GOMP_parallel(region, &s, (unsigned)pieces, 0);
#else
  dispatch_apply_f((size_t)pieces, DISPATCH_APPLY_AUTO, &s, region);
#endif
}

int ck_hardware_threads(void) {
  // The affinity mask, not the number of cores: batch systems give a job fewer than the machine has.
#if defined(__linux__)
  extern int omp_get_num_procs(void);
  int n = omp_get_num_procs();
#else
  int n = (int)sysconf(_SC_NPROCESSORS_ONLN);
#endif
  return n > 0 ? n : 1;
}

const char *ck_instruction_set(void) {
#if CK_X86
  __builtin_cpu_init();
  if (__builtin_cpu_supports("x86-64-v4")) return "x86-64-v4";
  if (__builtin_cpu_supports("x86-64-v3")) return "x86-64-v3";
  return "x86-64";
#elif defined(__aarch64__)
  return "aarch64";
#elif defined(__x86_64__)
  return "x86-64";
#else
  return "unknown";
#endif
}

double ck_seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void *ck_allocate(size_t bytes) {
  const size_t huge = (size_t)2 << 20;
  void *p = NULL;
  size_t alignment = bytes >= 2 * huge ? huge : 64;
  if (posix_memalign(&p, alignment, bytes ? bytes : 64) != 0) return NULL;
#if defined(__linux__)
  // A table of events is walked end to end; huge pages save most of its page faults.
  if (bytes >= 2 * huge) madvise(p, bytes, MADV_HUGEPAGE);
#endif
  return p;
}

void ck_free(void *p) { free(p); }
