#if defined(__linux__)
#define _GNU_SOURCE
#endif
// Threads, memory and the machine.
#include "ck_internal.h"

#include <time.h>
#include <unistd.h>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#if defined(__linux__)
#include <sched.h>
#include <sys/mman.h>
#else
#include <dispatch/dispatch.h>
#include <sys/sysctl.h>

typedef struct {
  ck_range_fn body;
  void *context;
  int64_t count, pieces;
} split;

// Piece i of n: sizes differ by one at most.
static void run_piece(void *data, size_t i) {
  const split *s = data;
  int64_t begin = s->count * (int64_t)i / s->pieces, end = s->count * ((int64_t)i + 1) / s->pieces;
  if (begin < end) s->body(s->context, begin, end);
}

void ck_run_pieces(int64_t count, int64_t pieces, ck_range_fn body, void *context) {
  split s = {body, context, count, pieces};
  dispatch_apply_f((size_t)pieces, DISPATCH_APPLY_AUTO, &s, run_piece);
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
  ck_run_pieces(count, pieces < 0xFFFF ? pieces : 0xFFFF, body, context);
}

int ck_hardware_threads(void) {
  // The affinity mask, not the number of cores: batch systems give a job fewer than the machine has.
#if defined(__linux__)
  cpu_set_t mask;
  int n = sched_getaffinity(0, sizeof(mask), &mask) == 0 ? CPU_COUNT(&mask) : (int)sysconf(_SC_NPROCESSORS_ONLN);
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

void ck_return_memory(void) {
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
}
