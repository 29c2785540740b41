internal import CKernels

/// The type of a tensor's elements, chosen at run time.
public enum DType: UInt8, Sendable, Hashable, CaseIterable, CustomStringConvertible {
  /// Single precision, the default.
  case float32
  /// Double precision.
  case float64
  /// Whole numbers of 32 bits.
  case int32
  /// Whole numbers of 64 bits.
  case int64
  /// Whole numbers from 0 to 255.
  case uint8
  /// Truth values, a byte each.
  case bool

  /// Bytes an element.
  public var size: Int {
    switch self {
    case .float64, .int64: 8
    case .float32, .int32: 4
    case .uint8, .bool: 1
    }
  }

  /// Whether elements are floating-point numbers, so that gradients exist.
  public var isFloating: Bool { self == .float32 || self == .float64 }

  /// The name, as messages and plans print it.
  public var description: String {
    switch self {
    case .float32: "float32"
    case .float64: "float64"
    case .int32: "int32"
    case .int64: "int64"
    case .uint8: "uint8"
    case .bool: "bool"
    }
  }

  /// The kernels' number for this type.
  var kernel: ck_dtype {
    switch self {
    case .float32: CK_F32
    case .float64: CK_F64
    case .int32: CK_I32
    case .int64: CK_I64
    case .uint8: CK_U8
    case .bool: CK_BOOL
    }
  }
}

/// A Swift type that can be an element of a tensor.
public protocol TensorScalar: Sendable, BitwiseCopyable {
  /// The run-time type that stands for this one.
  static var dtype: DType { get }
}

extension Float: TensorScalar {
  /// float32.
  public static var dtype: DType { .float32 }
}
extension Double: TensorScalar {
  /// float64.
  public static var dtype: DType { .float64 }
}
extension Int32: TensorScalar {
  /// int32.
  public static var dtype: DType { .int32 }
}
extension Int64: TensorScalar {
  /// int64.
  public static var dtype: DType { .int64 }
}
extension UInt8: TensorScalar {
  /// uint8.
  public static var dtype: DType { .uint8 }
}
extension Bool: TensorScalar {
  /// bool, stored as a byte of 0 or 1.
  public static var dtype: DType { .bool }
}
