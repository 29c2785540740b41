// The pool: threads that wait for pieces of loops.
//
// A loop is cut into pieces that do not depend on who runs them. The caller works on them itself and never
// waits for a thread that has not begun: on a machine that is busy with other work (a login node, a test
// suite) a helper that the system keeps from running costs nothing, where OpenMP's team would wait for it,
// a time slice of milliseconds at each loop. Callers beside the first run their pieces alone.
#include "ck_internal.h"

#if defined(__linux__)

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SPINS_HOT 2000     // some 30 microseconds of looking before giving way
#define SPINS_YIELDING 20000 // then for some milliseconds while letting others run, then sleep

static struct {
  _Atomic uint64_t ticket;  // loop number << 32 | pieces << 16 | next piece
  _Atomic int done;         // pieces that are finished
  _Atomic uint32_t signal;  // what sleepers wait on
  _Atomic int sleepers;
  atomic_flag busy;         // one loop at a time
  int helpers;
  ck_range_fn body;
  void *context;
  int64_t count;
} pool = {.busy = ATOMIC_FLAG_INIT};

static inline void relax(void) {
#if CK_X86
  __builtin_ia32_pause();
#endif
}

static void run_piece(int64_t piece, int64_t pieces) {
  const int64_t begin = pool.count * piece / pieces, end = pool.count * (piece + 1) / pieces;
  if (begin < end) pool.body(pool.context, begin, end);
}

// Takes one piece of the current loop, if there is one left. A piece that was taken keeps the loop's
// description valid until it is counted as done.
static int take_piece(void) {
  uint64_t ticket = atomic_load_explicit(&pool.ticket, memory_order_acquire);
  for (;;) {
    const uint64_t pieces = ticket >> 16 & 0xFFFF, next = ticket & 0xFFFF;
    if (next >= pieces) return 0;
    if (atomic_compare_exchange_weak_explicit(&pool.ticket, &ticket, ticket + 1, memory_order_acq_rel,
                                              memory_order_acquire)) {
      run_piece((int64_t)next, (int64_t)pieces);
      atomic_fetch_add_explicit(&pool.done, 1, memory_order_release);
      return 1;
    }
  }
}

static int work_is_there(void) {
  const uint64_t ticket = atomic_load_explicit(&pool.ticket, memory_order_seq_cst);
  return (ticket & 0xFFFF) < (ticket >> 16 & 0xFFFF);
}

static void sleep_until_signal(void) {
  atomic_fetch_add(&pool.sleepers, 1);
  const uint32_t seen = atomic_load(&pool.signal);
  if (!work_is_there()) syscall(SYS_futex, &pool.signal, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
  atomic_fetch_sub(&pool.sleepers, 1);
}

static void *helper(void *unused) {
  (void)unused;
  for (int idle = 0;;) {
    if (take_piece()) {
      idle = 0;
    } else if (++idle < SPINS_HOT) {
      relax();
    } else if (idle < SPINS_HOT + SPINS_YIELDING) {
      sched_yield();
    } else {
      sleep_until_signal();
      idle = 0;
    }
  }
  return NULL;
}

static void start_helpers(void) {
  const int wanted = ck_hardware_threads() - 1;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  // A handler must not run within oneDNN's products: from 128 terms on their stack lies in the heap (note 032).
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  for (int i = 0; i < wanted; i++) {
    pthread_t thread;
    if (pthread_create(&thread, &attributes, helper, NULL) == 0) pool.helpers++;
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
}

static void run_shared(int64_t count, int64_t pieces, ck_range_fn body, void *context) {
  pool.body = body;
  pool.context = context;
  pool.count = count;
  atomic_store_explicit(&pool.done, 0, memory_order_relaxed);
  const uint64_t loop = (atomic_load_explicit(&pool.ticket, memory_order_relaxed) >> 32) + 1;
  atomic_store(&pool.ticket, loop << 32 | (uint64_t)pieces << 16);
  atomic_fetch_add(&pool.signal, 1);
  if (atomic_load(&pool.sleepers) > 0) {
    syscall(SYS_futex, &pool.signal, FUTEX_WAKE_PRIVATE, (int)pieces - 1, NULL, NULL, 0);
  }
  while (take_piece()) {
  }
  for (int spins = 0; atomic_load_explicit(&pool.done, memory_order_acquire) < pieces; spins++) {
    if (spins < SPINS_HOT) {
      relax();
    } else {
      sched_yield();
    }
  }
}

void ck_run_pieces(int64_t count, int64_t pieces, ck_range_fn body, void *context) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, start_helpers);
  if (pool.helpers > 0 && !atomic_flag_test_and_set_explicit(&pool.busy, memory_order_acquire)) {
    run_shared(count, pieces, body, context);
    atomic_flag_clear_explicit(&pool.busy, memory_order_release);
    return;
  }
  // The same pieces one after the other, so that the bits do not depend on who else is at work.
  for (int64_t i = 0; i < pieces; i++) {
    const int64_t begin = count * i / pieces, end = count * (i + 1) / pieces;
    if (begin < end) body(context, begin, end);
  }
}

#endif
