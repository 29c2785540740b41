// Runs tile programs: binds slots to memory tile by tile, and shares the tiles among threads.
#include "ck_internal.h"

// How an operand's elements get to the instructions.
typedef enum {
  OPERAND_SCRATCH,    // temporary
  OPERAND_DIRECT,     // the memory itself, input or output
  OPERAND_CONVERTED,  // input, contiguous, of another type
  OPERAND_SPLAT,      // input, one value for all elements: filled once a thread
  OPERAND_PATTERN,    // input, a short row repeated (a bias): laid out once a thread, tiles point into it
  OPERAND_GATHERED,   // input, any other strides: walked for each tile
  OPERAND_STORED,     // output of another type: converted after each tile
} operand_kind;

typedef struct {
  operand_kind kind;
  int rank;
  size_t offset;  // in the scratch of a thread
  int64_t shape[CK_MAX_RANK], strides[CK_MAX_RANK];
} operand;

typedef struct {
  const ck_tile_program *program;
  operand *operands;
  int64_t count;
  size_t scratch_bytes;
} job;

#define STACK_SCRATCH 65536
#define STACK_SLOTS 48

static void classify_input(operand *o, const ck_slot *slot, ck_dtype compute) {
  if (slot->contiguous) {
    o->kind = slot->dtype == compute ? OPERAND_DIRECT : OPERAND_CONVERTED;
    return;
  }
  int64_t strides[1][CK_MAX_RANK];
  int rank = slot->rank;
  for (int d = 0; d < rank; d++) {
    o->shape[d] = slot->shape[d];
    strides[0][d] = slot->strides[d];
  }
  o->rank = rank = ck_collapse(rank, o->shape, 1, strides);
  memcpy(o->strides, strides[0], sizeof(strides[0][0]) * (size_t)rank);
  if (rank == 1 && o->strides[0] == 0) {
    o->kind = OPERAND_SPLAT;
  } else if (rank == 1 && o->strides[0] == 1) {
    o->kind = slot->dtype == compute ? OPERAND_DIRECT : OPERAND_CONVERTED;
  } else if (rank == 2 && o->strides[0] == 0 && o->shape[1] <= CK_TILE) {
    o->kind = OPERAND_PATTERN;
  } else {
    o->kind = OPERAND_GATHERED;
  }
}

// Decides how each slot is bound and where its scratch lies. The extra line between registers keeps them from
// competing for the same sets of the first-level cache.
static size_t prepare(const ck_tile_program *program, operand *operands, int64_t count) {
  const size_t size = ck_size(program->compute);
  const size_t tile = (size_t)ck_min64(CK_TILE, (count + 15) / 16 * 16) * size + 64;
  size_t used = 0;
  for (int s = 0; s < program->n_slots; s++) {
    const ck_slot *slot = &program->slots[s];
    operand *o = &operands[s];
    size_t bytes = tile;
    if (slot->kind == CK_SLOT_TEMP) {
      o->kind = OPERAND_SCRATCH;
    } else if (slot->kind == CK_SLOT_OUTPUT) {
      o->kind = slot->dtype == program->compute ? OPERAND_DIRECT : OPERAND_STORED;
    } else {
      classify_input(o, slot, program->compute);
      if (o->kind == OPERAND_PATTERN) bytes += ((size_t)o->shape[1] * size + 63) / 64 * 64;
    }
    o->offset = used;
    if (o->kind != OPERAND_DIRECT) used += bytes;
  }
  return used;
}

// Elements begin ..< begin + n of a strided input, in runs along its last dimension.
static void gather_tile(const operand *o, const ck_slot *slot, ck_dtype compute, char *to, int64_t begin, int64_t n) {
  const size_t size = ck_size(compute);
  const int64_t in_size = (int64_t)ck_size(slot->dtype);
  const int last = o->rank - 1;
  int64_t index[CK_MAX_RANK], offset = 0, rest = begin;
  for (int d = last; d >= 0; d--) {
    index[d] = rest % o->shape[d];
    rest /= o->shape[d];
    offset += index[d] * o->strides[d];
  }
  while (n > 0) {
    int64_t run = ck_min64(n, o->shape[last] - index[last]);
    ck_convert(slot->dtype, (const char *)slot->data + offset * in_size, o->strides[last], compute, to, run);
    to += (size_t)run * size;
    n -= run;
    index[last] += run;
    offset += run * o->strides[last];
    for (int d = last; d > 0 && index[d] == o->shape[d]; d--) {
      index[d] = 0;
      index[d - 1]++;
      offset += o->strides[d - 1] - o->shape[d] * o->strides[d];
    }
  }
}

// Repeats the first `period` elements up to `total`.
static void repeat(char *p, size_t period, size_t total) {
  for (size_t done = period; done < total; done *= 2) {
    memcpy(p + done, p, done * 2 <= total ? done : total - done);
  }
}

typedef void (*tile_function)(const ck_tile_instr *, int, void *const *, int64_t);

static tile_function function_for(ck_dtype compute) {
  switch (compute) {
    case CK_F32: return ck_tile_f32;
    case CK_F64: return ck_tile_f64;
    case CK_I32: return ck_tile_i32;
    default: return ck_tile_i64;
  }
}

// What stays the same for all tiles of a thread.
static void bind_once(const job *j, char *scratch, void **at, int64_t longest) {
  const ck_tile_program *p = j->program;
  const int64_t size = (int64_t)ck_size(p->compute);
  for (int s = 0; s < p->n_slots; s++) {
    const operand *o = &j->operands[s];
    const ck_slot *slot = &p->slots[s];
    at[s] = scratch + o->offset;
    if (o->kind == OPERAND_SPLAT) {
      ck_convert(slot->dtype, slot->data, 0, p->compute, at[s], longest);
    } else if (o->kind == OPERAND_PATTERN) {
      ck_convert(slot->dtype, slot->data, o->strides[1], p->compute, at[s], o->shape[1]);
      repeat(at[s], (size_t)(o->shape[1] * size), (size_t)((o->shape[1] + longest) * size));
    }
  }
}

static void bind_tile(const job *j, char *scratch, void **at, int64_t begin, int64_t n) {
  const ck_tile_program *p = j->program;
  const int64_t size = (int64_t)ck_size(p->compute);
  for (int s = 0; s < p->n_slots; s++) {
    const operand *o = &j->operands[s];
    const ck_slot *slot = &p->slots[s];
    switch (o->kind) {
      case OPERAND_DIRECT:
        at[s] = (char *)slot->data + begin * size;
        break;
      case OPERAND_CONVERTED:
        ck_convert(slot->dtype, (const char *)slot->data + begin * (int64_t)ck_size(slot->dtype), 1, p->compute, at[s],
                   n);
        break;
      case OPERAND_PATTERN:
        at[s] = scratch + o->offset + begin % o->shape[1] * size;
        break;
      case OPERAND_GATHERED:
        gather_tile(o, slot, p->compute, at[s], begin, n);
        break;
      default: break;
    }
  }
}

static void store_tile(const job *j, void *const *at, int64_t begin, int64_t n) {
  const ck_tile_program *p = j->program;
  for (int s = 0; s < p->n_slots; s++) {
    if (j->operands[s].kind != OPERAND_STORED) continue;
    const ck_slot *slot = &p->slots[s];
    ck_convert(p->compute, at[s], 1, slot->dtype, (char *)slot->data + begin * (int64_t)ck_size(slot->dtype), n);
  }
}

static void run_with(const job *j, char *scratch, void **at, int64_t first, int64_t last) {
  const ck_tile_program *p = j->program;
  const tile_function function = function_for(p->compute);
  bind_once(j, scratch, at, ck_min64(CK_TILE, last - first));
  for (int64_t begin = first; begin < last; begin += CK_TILE) {
    const int64_t n = ck_min64(CK_TILE, last - begin);
    bind_tile(j, scratch, at, begin, n);
    function(p->instrs, p->n_instrs, at, n);
    store_tile(j, at, begin, n);
  }
}

static void run_on_stack(const job *j, int64_t first, int64_t last) {
  _Alignas(64) char scratch[STACK_SCRATCH];
  void *at[STACK_SLOTS];
  run_with(j, scratch, at, first, last);
}

// Tiles first ..< last of the whole, on the calling thread.
static void run_tiles(void *context, int64_t first, int64_t last) {
  const job *j = context;
  const int64_t begin = first * CK_TILE, end = ck_min64(last * CK_TILE, j->count);
  if (j->scratch_bytes <= STACK_SCRATCH && j->program->n_slots <= STACK_SLOTS) {
    run_on_stack(j, begin, end);
    return;
  }
  size_t pointers = ((size_t)j->program->n_slots * sizeof(void *) + 63) / 64 * 64;
  char *memory = ck_allocate(pointers + j->scratch_bytes);
  if (!memory) abort();  // a few hundred kilobytes; nothing sensible is left to do without them
  run_with(j, memory + pointers, (void **)memory, begin, end);
  ck_free(memory);
}

// Picoseconds an element, roughly, of one instruction on one thread; decides only whether threads pay.
static int64_t instruction_cost(ck_dtype compute, const ck_tile_instr *in) {
  int64_t cost = 50;
  switch (in->op) {
    case CK_SQRT: case CK_RSQRT: case CK_DIV: case CK_RDIV: case CK_RECIP: cost = 300; break;
    case CK_EXP: case CK_EXPM1: case CK_LOG: case CK_LOG1P: case CK_TANH: case CK_SIGMOID: case CK_ERF:
    case CK_SIN: case CK_COS: cost = compute == CK_F32 ? 600 : 6000; break;
    case CK_POW: cost = in->b == CK_IMM && in->imm == 2 ? 50 : 10000; break;
    case CK_TAN: case CK_ASIN: case CK_ACOS: case CK_ATAN: case CK_SINH: case CK_COSH: case CK_LOGGAMMA:
    case CK_ATAN2: case CK_MOD: cost = 10000; break;
    default: break;
  }
  return compute == CK_F32 || compute == CK_I32 ? cost : 2 * cost;
}

// The least number of tiles that is worth waking a thread for: about two microseconds of work.
static int64_t grain_in_tiles(const ck_tile_program *p, const operand *operands) {
  int64_t cost = 0;
  for (int k = 0; k < p->n_instrs; k++) cost += instruction_cost(p->compute, &p->instrs[k]);
  for (int s = 0; s < p->n_slots; s++) {
    if (operands[s].kind == OPERAND_DIRECT) cost += 40;
    if (operands[s].kind == OPERAND_CONVERTED || operands[s].kind == OPERAND_STORED) cost += 100;
    if (operands[s].kind == OPERAND_GATHERED) cost += 500;
  }
  return 1 + 2000000 / (CK_TILE * (cost + 1));
}

void ck_tile_run(const ck_tile_program *program, int64_t count, int threads) {
  if (count <= 0) return;
  operand few[STACK_SLOTS], *operands = few;
  if (program->n_slots > STACK_SLOTS) {
    operands = malloc(sizeof(operand) * (size_t)program->n_slots);
    if (!operands) abort();
  }
  job j = {program, operands, count, 0};
  j.scratch_bytes = prepare(program, operands, count);
  const int64_t tiles = (count + CK_TILE - 1) / CK_TILE;
  if (threads <= 1 || tiles == 1) {
    run_tiles(&j, 0, tiles);
  } else {
    ck_parallel_for(tiles, grain_in_tiles(program, operands), threads, run_tiles, &j);
  }
  if (operands != few) free(operands);
}
