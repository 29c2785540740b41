public import ApusEngine

/// Anything that holds parameters: a layer, a model, a pair of models.
///
/// One hand-written walk visits every parameter with its path; reading, counting, saving, loading, casting, freezing
/// and optimizing are all derived from it. Parameters are values: changing them changes only this copy.
public protocol Module: Sendable {
  /// Visits every learned tensor, always in the same order, with its path below `path`.
  mutating func forEachParameter(
    _ path: String, _ body: (String, inout Tensor) throws -> Void) rethrows

  /// Visits every stored tensor that is not learned by gradients (running statistics).
  mutating func forEachBuffer(
    _ path: String, _ body: (String, inout Tensor) throws -> Void) rethrows

  /// Draws new starting values for all parameters.
  mutating func initialise(_ key: RandomKey)
}

extension Module {
  /// No parameters.
  public mutating func forEachParameter(
    _ path: String, _ body: (String, inout Tensor) throws -> Void
  ) rethrows {}

  /// No buffers.
  public mutating func forEachBuffer(
    _ path: String, _ body: (String, inout Tensor) throws -> Void
  ) rethrows {}

  /// Nothing to draw.
  public mutating func initialise(_ key: RandomKey) {}

  /// All parameters with their paths, in the order of the walk.
  public var parameters: [(path: String, tensor: Tensor)] {
    var (copy, all) = (self, [(path: String, tensor: Tensor)]())
    copy.forEachParameter("") { all.append(($0, $1)) }
    return all
  }

  /// All buffers with their paths, in the order of the walk.
  public var buffers: [(path: String, tensor: Tensor)] {
    var (copy, all) = (self, [(path: String, tensor: Tensor)]())
    copy.forEachBuffer("") { all.append(($0, $1)) }
    return all
  }

  /// The number of learned numbers.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.tensor.count } }

  /// The same module with all floating-point parameters and buffers in another element type.
  public func cast(to dtype: DType) -> Self {
    var copy = self
    copy.forEachParameter("") { $1 = $1.cast(to: dtype) }
    copy.forEachBuffer("") { $1 = $1.cast(to: dtype) }
    return copy
  }

  /// The same module with starting values drawn from a key.
  public func initialised(_ key: RandomKey) -> Self {
    var copy = self
    copy.initialise(key)
    return copy
  }

  /// Replaces all parameters and buffers by tensors of these paths.
  /// - Throws: ``ModuleError`` naming every path that is missing, extra, or has another shape.
  public mutating func load(_ tensors: [(path: String, tensor: Tensor)]) throws {
    var left = Dictionary(tensors.map { ($0.path, $0.tensor) }) { first, _ in first }
    var problems: [String] = []
    func take(_ path: String, _ old: inout Tensor) {
      guard let new = left.removeValue(forKey: path) else {
        problems.append("'\(path)' is missing")
        return
      }
      if new.shape == old.shape {
        old = new.cast(to: old.dtype)
      } else {
        problems.append("'\(path)' must have the shape \(old.shape), found \(new.shape)")
      }
    }
    forEachParameter("", take)
    forEachBuffer("", take)
    problems += left.keys.sorted().map { "'\($0)' is not part of the model" }
    if !problems.isEmpty { throw ModuleError(problems: problems) }
  }
}

/// Joins two parts of a path with a dot.
func joined(_ path: String, _ name: String) -> String { path.isEmpty ? name : path + "." + name }
