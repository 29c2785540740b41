internal import CKernels

extension Unary {
  /// The tile instruction that computes this function.
  var kernel: ck_tile_op {
    switch self {
    case .negate: CK_NEG
    case .abs: CK_ABS
    case .sign: CK_SIGN
    case .exp: CK_EXP
    case .expm1: CK_EXPM1
    case .log: CK_LOG
    case .log1p: CK_LOG1P
    case .sqrt: CK_SQRT
    case .rsqrt: CK_RSQRT
    case .reciprocal: CK_RECIP
    case .sin: CK_SIN
    case .cos: CK_COS
    case .tan: CK_TAN
    case .asin: CK_ASIN
    case .acos: CK_ACOS
    case .atan: CK_ATAN
    case .sinh: CK_SINH
    case .cosh: CK_COSH
    case .tanh: CK_TANH
    case .sigmoid: CK_SIGMOID
    case .erf: CK_ERF
    case .floor: CK_FLOOR
    case .ceil: CK_CEIL
    case .round: CK_ROUND
    case .relu: CK_RELU
    case .square: CK_SQUARE
    case .not: CK_NOT
    case .isNaN: CK_ISNAN
    case .isFinite: CK_ISFINITE
    case .logGamma: CK_LOGGAMMA
    }
  }
}

extension Binary {
  /// The tile instruction that computes this function.
  var kernel: ck_tile_op {
    switch self {
    case .add: CK_ADD
    case .subtract: CK_SUB
    case .multiply: CK_MUL
    case .divide: CK_DIV
    case .power: CK_POW
    case .maximum: CK_MAX
    case .minimum: CK_MIN
    case .atan2: CK_ATAN2
    case .modulo: CK_MOD
    case .less: CK_LT
    case .lessOrEqual: CK_LE
    case .equal: CK_EQ
    case .notEqual: CK_NE
    case .and: CK_AND
    case .or: CK_OR
    }
  }

  /// The instruction with its operands exchanged, for a constant on the left; nil where there is none.
  var mirrored: ck_tile_op? {
    switch self {
    case .add, .multiply, .maximum, .minimum, .equal, .notEqual, .and, .or: kernel
    case .subtract: CK_RSUB
    case .divide: CK_RDIV
    case .less: CK_GT
    case .lessOrEqual: CK_GE
    case .power, .atan2, .modulo: nil
    }
  }
}
