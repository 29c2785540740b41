// The instructions of a tile program in one type: a template that ck_tile_f32.c, ck_tile_f64.c and ck_tile_int.c
// include after defining T (the type), NAME (the function), FROM_IMM and the functions below as macros.
//
// Each instruction is one loop over the tile, so that a program costs a switch per instruction and tile, and
// intermediate values stay in the first-level cache.

// dst = f(x), vectorised; the S forms call libm once an element.
#define UNARY(OP, ...)                                \
  case OP: {                                          \
    CK_VECTORIZE                                      \
    for (int64_t i = 0; i < n; i++) {                 \
      const T x = a[i];                               \
      d[i] = (T)(__VA_ARGS__);                        \
    }                                                 \
    break;                                            \
  }

#define UNARY_S(OP, ...)                              \
  case OP: {                                          \
    for (int64_t i = 0; i < n; i++) {                 \
      const T x = a[i];                               \
      d[i] = (T)(__VA_ARGS__);                        \
    }                                                 \
    break;                                            \
  }

#define BINARY(OP, ...)                               \
  case OP: {                                          \
    if (in->b == CK_IMM) {                            \
      const T y = FROM_IMM(in->imm);                  \
      CK_VECTORIZE                                    \
      for (int64_t i = 0; i < n; i++) {               \
        const T x = a[i];                             \
        d[i] = (T)(__VA_ARGS__);                      \
      }                                               \
    } else {                                          \
      const T *b = (const T *)slots[in->b];           \
      CK_VECTORIZE                                    \
      for (int64_t i = 0; i < n; i++) {               \
        const T x = a[i], y = b[i];                   \
        d[i] = (T)(__VA_ARGS__);                      \
      }                                               \
    }                                                 \
    break;                                            \
  }

#define BINARY_S(OP, ...)                             \
  case OP: {                                          \
    const T imm = FROM_IMM(in->imm);                  \
    const int fixed = in->b == CK_IMM;                \
    const T *b = fixed ? NULL : (const T *)slots[in->b]; \
    for (int64_t i = 0; i < n; i++) {                 \
      const T x = a[i], y = fixed ? imm : b[i];       \
      d[i] = (T)(__VA_ARGS__);                        \
    }                                                 \
    break;                                            \
  }

CK_CLONES void NAME(const ck_tile_instr *instrs, int n_instrs, void *const *slots, int64_t n) {
  for (int k = 0; k < n_instrs; k++) {
    const ck_tile_instr *in = instrs + k;
    T *d = (T *)slots[in->dst];
    const T *a = (const T *)slots[in->a];
    switch (in->op) {
      UNARY(CK_COPY, x)
      UNARY(CK_NEG, OP_NEG(x))
      UNARY(CK_ABS, OP_ABS(x))
      UNARY(CK_SIGN, x > 0 ? 1 : x < 0 ? -1 : x)
      UNARY(CK_RECIP, OP_DIV((T)1, x))
      UNARY(CK_RELU, x > 0 ? x : OP_NAN_OR_ZERO(x))
      UNARY(CK_SQUARE, OP_MUL(x, x))
      UNARY(CK_NOT, x == 0)
      UNARY(CK_ISNAN, x != x)
      UNARY(CK_ISFINITE, OP_FINITE(x))
      BINARY(CK_ADD, OP_ADD(x, y))
      BINARY(CK_SUB, OP_SUB(x, y))
      BINARY(CK_RSUB, OP_SUB(y, x))
      BINARY(CK_MUL, OP_MUL(x, y))
      BINARY(CK_DIV, OP_DIV(x, y))
      BINARY(CK_RDIV, OP_DIV(y, x))
      BINARY(CK_MAX, ((x > y) | (x != x)) ? x : y)
      BINARY(CK_MIN, ((x < y) | (x != x)) ? x : y)
      BINARY(CK_LT, x < y)
      BINARY(CK_LE, x <= y)
      BINARY(CK_GT, x > y)
      BINARY(CK_GE, x >= y)
      BINARY(CK_EQ, x == y)
      BINARY(CK_NE, x != y)
      BINARY(CK_AND, (x != 0) & (y != 0))
      BINARY(CK_OR, (x != 0) | (y != 0))
      BINARY_S(CK_MOD, OP_MOD(x, y))
      BINARY_S(CK_ATAN2, OP_ATAN2(x, y))
      SPECIAL_OPS
      case CK_SELECT: {
        const T *c = (const T *)slots[in->c];
        if (in->b == CK_IMM) {
          const T y = FROM_IMM(in->imm);
          CK_VECTORIZE
          for (int64_t i = 0; i < n; i++) {
            const T z = c[i];
            d[i] = a[i] != 0 ? y : z;
          }
        } else {
          const T *b = (const T *)slots[in->b];
          CK_VECTORIZE
          for (int64_t i = 0; i < n; i++) {
            const T y = b[i], z = c[i];
            d[i] = a[i] != 0 ? y : z;
          }
        }
        break;
      }
      case CK_MULADD: {
        const T *c = (const T *)slots[in->c];
        if (in->b == CK_IMM) {
          const T y = FROM_IMM(in->imm);
          CK_VECTORIZE
          for (int64_t i = 0; i < n; i++) d[i] = OP_MULADD(a[i], y, c[i]);
        } else {
          const T *b = (const T *)slots[in->b];
          CK_VECTORIZE
          for (int64_t i = 0; i < n; i++) d[i] = OP_MULADD(a[i], b[i], c[i]);
        }
        break;
      }
      default: break;
    }
  }
}
