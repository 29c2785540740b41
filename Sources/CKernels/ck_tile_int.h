// Shared by the two integer instantiations; T and U (its unsigned twin) are defined.
#define OP_NEG(x) ((T)(0 - (U)(x)))
#define OP_ABS(x) ((x) < 0 ? OP_NEG(x) : (x))
#define OP_ADD(x, y) ((T)((U)(x) + (U)(y)))
#define OP_SUB(x, y) ((T)((U)(x) - (U)(y)))
#define OP_MUL(x, y) ((T)((U)(x) * (U)(y)))
#define OP_DIV(x, y) ((T)ck_floor_div(x, y))
#define OP_MULADD(x, y, z) ((T)((U)(x) * (U)(y) + (U)(z)))
#define OP_NAN_OR_ZERO(x) 0
#define OP_FINITE(x) ((x) == (x))
#define OP_MOD(x, y) ck_floor_mod(x, y)
#define OP_ATAN2(x, y) FROM_IMM(atan2((double)(x), (double)(y)))
#define SPECIAL_OPS                                                                     \
  case CK_FLOOR: case CK_CEIL: case CK_ROUND: {                                         \
    if (d != a) memmove(d, a, (size_t)n * sizeof(T));                                   \
    break;                                                                              \
  }                                                                                     \
  BINARY_S(CK_POW, ck_integer_power(x, y))                                              \
  UNARY_S(CK_EXP, REAL(x)) UNARY_S(CK_EXPM1, REAL(x)) UNARY_S(CK_LOG, REAL(x))          \
  UNARY_S(CK_LOG1P, REAL(x)) UNARY_S(CK_SQRT, REAL(x)) UNARY_S(CK_RSQRT, REAL(x))       \
  UNARY_S(CK_SIN, REAL(x)) UNARY_S(CK_COS, REAL(x)) UNARY_S(CK_TAN, REAL(x))            \
  UNARY_S(CK_ASIN, REAL(x)) UNARY_S(CK_ACOS, REAL(x)) UNARY_S(CK_ATAN, REAL(x))         \
  UNARY_S(CK_SINH, REAL(x)) UNARY_S(CK_COSH, REAL(x)) UNARY_S(CK_TANH, REAL(x))         \
  UNARY_S(CK_SIGMOID, REAL(x)) UNARY_S(CK_ERF, REAL(x)) UNARY_S(CK_LOGGAMMA, REAL(x))
#define REAL(x) FROM_IMM(ck_real_op(in->op, (double)(x), 0))
