// What a tile program means, one element at a time, with libm in double. Tests compare ck_tile_run with it.
#include "ck_integer.h"

double ck_real_op(int op, double x, double y) {
  switch (op) {
    case CK_EXP: return exp(x);
    case CK_EXPM1: return expm1(x);
    case CK_LOG: return log(x);
    case CK_LOG1P: return log1p(x);
    case CK_SQRT: return sqrt(x);
    case CK_RSQRT: return 1 / sqrt(x);
    case CK_SIN: return sin(x);
    case CK_COS: return cos(x);
    case CK_TAN: return tan(x);
    case CK_ASIN: return asin(x);
    case CK_ACOS: return acos(x);
    case CK_ATAN: return atan(x);
    case CK_SINH: return sinh(x);
    case CK_COSH: return cosh(x);
    case CK_TANH: return tanh(x);
    case CK_SIGMOID: return x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x));
    case CK_ERF: return erf(x);
    case CK_LOGGAMMA: return lgamma(x);
    case CK_POW: return pow(x, y);
    case CK_ATAN2: return atan2(x, y);
    default: return 0;
  }
}

static double real_instr(int op, double x, double y, double z) {
  switch (op) {
    case CK_COPY: return x;
    case CK_NEG: return -x;
    case CK_ABS: return fabs(x);
    case CK_SIGN: return x > 0 ? 1 : x < 0 ? -1 : x;
    case CK_RECIP: return 1 / x;
    case CK_FLOOR: return floor(x);
    case CK_CEIL: return ceil(x);
    case CK_ROUND: return __builtin_elementwise_roundeven(x);
    case CK_RELU: return x > 0 || x != x ? x : 0;
    case CK_SQUARE: return x * x;
    case CK_NOT: return x == 0;
    case CK_ISNAN: return x != x;
    case CK_ISFINITE: return fabs(x) < INFINITY;
    case CK_ADD: return x + y;
    case CK_SUB: return x - y;
    case CK_RSUB: return y - x;
    case CK_MUL: return x * y;
    case CK_DIV: return x / y;
    case CK_RDIV: return y / x;
    case CK_MAX: return x > y || x != x ? x : y;
    case CK_MIN: return x < y || x != x ? x : y;
    case CK_MOD: {
      double r = fmod(x, y);
      return r != 0 ? ((r < 0) != (y < 0) ? r + y : r) : copysign(r, y);
    }
    case CK_LT: return x < y;
    case CK_LE: return x <= y;
    case CK_GT: return x > y;
    case CK_GE: return x >= y;
    case CK_EQ: return x == y;
    case CK_NE: return x != y;
    case CK_AND: return x != 0 && y != 0;
    case CK_OR: return x != 0 || y != 0;
    case CK_SELECT: return x != 0 ? y : z;
    case CK_MULADD: return x * y + z;
    default: return ck_real_op(op, x, y);
  }
}

// In 64 bits; the caller keeps the low ones.
static int64_t integer_instr(ck_dtype compute, int op, int64_t x, int64_t y, int64_t z) {
  switch (op) {
    case CK_COPY: case CK_FLOOR: case CK_CEIL: case CK_ROUND: return x;
    case CK_NEG: return (int64_t)(0 - (uint64_t)x);
    case CK_ABS: return x < 0 ? (int64_t)(0 - (uint64_t)x) : x;
    case CK_SIGN: return (x > 0) - (x < 0);
    case CK_RECIP: return ck_floor_div(1, x);
    case CK_RELU: return x > 0 ? x : 0;
    case CK_SQUARE: return (int64_t)((uint64_t)x * (uint64_t)x);
    case CK_NOT: return x == 0;
    case CK_ISNAN: return 0;
    case CK_ISFINITE: return 1;
    case CK_ADD: return (int64_t)((uint64_t)x + (uint64_t)y);
    case CK_SUB: return (int64_t)((uint64_t)x - (uint64_t)y);
    case CK_RSUB: return (int64_t)((uint64_t)y - (uint64_t)x);
    case CK_MUL: return (int64_t)((uint64_t)x * (uint64_t)y);
    case CK_DIV: return ck_floor_div(x, y);
    case CK_RDIV: return ck_floor_div(y, x);
    case CK_MAX: return x > y ? x : y;
    case CK_MIN: return x < y ? x : y;
    case CK_MOD: return ck_floor_mod(x, y);
    case CK_POW: return ck_integer_power(x, y);
    case CK_LT: return x < y;
    case CK_LE: return x <= y;
    case CK_GT: return x > y;
    case CK_GE: return x >= y;
    case CK_EQ: return x == y;
    case CK_NE: return x != y;
    case CK_AND: return x != 0 && y != 0;
    case CK_OR: return x != 0 || y != 0;
    case CK_SELECT: return x != 0 ? y : z;
    case CK_MULADD: return (int64_t)((uint64_t)x * (uint64_t)y + (uint64_t)z);
    default: {
      double r = ck_real_op(op, (double)x, (double)y);
      return compute == CK_I32 ? ck_to_i32(r) : ck_to_i64(r);
    }
  }
}

// A register of the definition: whichever half the compute type uses.
typedef struct {
  double real;
  int64_t integer;
} value;

static value round_to(ck_dtype compute, value v) {
  if (compute == CK_F32) v.real = (float)v.real;
  if (compute == CK_I32) v.integer = (int32_t)(uint32_t)v.integer;
  return v;
}

static value load(ck_dtype compute, const ck_slot *slot, int64_t i) {
  int64_t offset = i;
  if (!slot->contiguous) {
    offset = 0;
    for (int d = slot->rank - 1; d >= 0; d--) {
      offset += i % slot->shape[d] * slot->strides[d];
      i /= slot->shape[d];
    }
  }
  const char *p = (const char *)slot->data + offset * (int64_t)ck_size(slot->dtype);
  value v = {0, 0};
  ck_convert(slot->dtype, p, 1, CK_F64, &v.real, 1);
  ck_convert(slot->dtype, p, 1, compute == CK_I32 ? CK_I32 : CK_I64, &v.integer, 1);
  if (compute == CK_I32) {
    int32_t low;
    memcpy(&low, &v.integer, 4);
    v.integer = low;
  }
  return round_to(compute, v);
}

static void store(ck_dtype compute, const ck_slot *slot, int64_t i, value v) {
  char *p = (char *)slot->data + i * (int64_t)ck_size(slot->dtype);
  if (compute == CK_F32 || compute == CK_F64) {
    ck_convert(CK_F64, &v.real, 1, slot->dtype, p, 1);
  } else {
    ck_convert(CK_I64, &v.integer, 1, slot->dtype, p, 1);
  }
}

void ck_tile_run_reference(const ck_tile_program *program, int64_t count) {
  ck_dtype compute = program->compute;
  value *registers = calloc((size_t)program->n_slots + 1, sizeof(value));
  if (!registers) return;
  for (int64_t i = 0; i < count; i++) {
    for (int s = 0; s < program->n_slots; s++) {
      if (program->slots[s].kind == CK_SLOT_INPUT) registers[s] = load(compute, &program->slots[s], i);
    }
    for (int k = 0; k < program->n_instrs; k++) {
      const ck_tile_instr *in = program->instrs + k;
      value x = registers[in->a], y = {in->imm, compute == CK_I32 ? ck_to_i32(in->imm) : ck_to_i64(in->imm)};
      y = round_to(compute, y);
      if (in->b != CK_IMM && in->op >= CK_ADD) y = registers[in->b];
      value z = in->op >= CK_SELECT ? registers[in->c] : x;
      value r = {0, 0};
      if (compute == CK_F32 || compute == CK_F64) {
        r.real = real_instr(in->op, x.real, y.real, z.real);
      } else {
        r.integer = integer_instr(compute, in->op, x.integer, y.integer, z.integer);
      }
      registers[in->dst] = round_to(compute, r);
    }
    for (int s = 0; s < program->n_slots; s++) {
      if (program->slots[s].kind == CK_SLOT_OUTPUT) store(compute, &program->slots[s], i, registers[s]);
    }
  }
  free(registers);
}
