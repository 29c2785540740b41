import ApusEvents
import TestSupport

extension JSONValue {
  /// The numbers of a flat array in which "nan", "inf" and "-inf" stand for themselves.
  var numbers: [Double] {
    (items ?? []).map { entry in
      switch entry.text {
      case "inf"?: .infinity
      case "-inf"?: -.infinity
      case "nan"?: .nan
      default: entry.double ?? (entry.flag == true ? 1 : 0)
      }
    }
  }
}
