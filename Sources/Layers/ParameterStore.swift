import Autograd
import Kernels
import Tensors

/// All parameters of a model, in the order in which its layers asked for them.
///
/// A parameter gets its name and shape at birth: a layer asks a `Scope` for "weight", the store looks the full name up in
/// the part's checkpoint, checks the shape, or draws initial values where the part is new. Names are Hugging Face's.
public final class ParameterStore {
  public private(set) var parameters: [Parameter] = []
  private var byName: [String: Parameter] = [:]
  /// Names of a source that are another parameter under a second name.
  private var aliases: Set<String> = []
  private var sources: [(prefix: String, source: any TensorSource)]
  private let seed: UInt64

  /// `sources`: which names come from where, by prefix, the first that fits. A name no prefix of which is listed is new
  /// and is initialised from `seed`.
  public init(sources: [(prefix: String, source: any TensorSource)], seed: UInt64 = 0) {
    self.sources = sources
    self.seed = seed
  }

  /// The scope of the whole model.
  public var root: Scope { Scope(store: self, path: "") }

  public subscript(name: String) -> Parameter? { byName[name] }

  /// Computes the products with all matrices in `precision` from now on.
  public func setProducts(_ precision: ProductPrecision) {
    for parameter in parameters where parameter.shape.count > 1 { parameter.precision = precision }
  }

  func parameter(_ name: String, shape: [Int], initial: Initialization) throws(ParameterError) -> Parameter {
    precondition(byName[name] == nil, "parameter \(name) asked for twice")
    let value: Tensor
    if let source = source(of: name) {
      guard let found = source.shape(of: name) else { throw .missing(name: name, source: source.description) }
      guard found == shape else {
        throw .shape(name: name, expected: shape, found: found, source: source.description)
      }
      value = try source.tensor(name)
    } else {
      value = initial.tensor(shape: shape, name: name, seed: seed)
    }
    return add(Parameter(name: name, value: value))
  }

  /// Says that the model has `parameter` under this name too. A source may hold it twice, if to the bit the same.
  func alias(_ name: String, of parameter: Parameter) throws(ParameterError) {
    guard let source = source(of: name), let found = source.shape(of: name) else { return }
    guard found == parameter.shape else {
      throw .shape(name: name, expected: parameter.shape, found: found, source: source.description)
    }
    guard try source.tensor(name).isIdentical(to: parameter.value) else {
      throw .notTied(name: name, to: parameter.name, source: source.description)
    }
    aliases.insert(name)
  }

  /// Takes over tensors the model carries along without using them, so that an export is whole: a vision tower's pooling
  /// head, for one.
  public func keepUnused(prefix: String) throws(ParameterError) {
    for name in unusedNames() where name.hasPrefix(prefix) {
      if let source = source(of: name) { _ = add(Parameter(name: name, value: try source.tensor(name))) }
    }
  }

  /// Says that the model is complete: a source with names nobody asked for is an error, except those that `ignoring`
  /// accepts (buffers that some versions saved).
  public func finish(ignoring: (String) -> Bool = { _ in false }) throws(ParameterError) {
    for name in unusedNames() where !ignoring(name) {
      guard let source = source(of: name) else { continue }
      throw .unused(names: unusedNames().filter { !ignoring($0) }, source: source.description)
    }
    sources = []
  }

  private func unusedNames() -> [String] {
    sources.flatMap { entry in entry.source.names.filter { $0.hasPrefix(entry.prefix) } }
      .filter { byName[$0] == nil && !aliases.contains($0) }.sorted()
  }

  private func source(of name: String) -> (any TensorSource)? {
    sources.first { name.hasPrefix($0.prefix) }?.source
  }

  private func add(_ parameter: Parameter) -> Parameter {
    parameters.append(parameter)
    byName[parameter.name] = parameter
    return parameter
  }
}

/// A path into a `ParameterStore`: `scope["mlp"]["up_proj"]`.
public struct Scope {
  let store: ParameterStore
  let path: String

  public subscript(component: String) -> Scope {
    Scope(store: store, path: path.isEmpty ? component : path + "." + component)
  }

  public subscript(index: Int) -> Scope { self[String(index)] }

  /// The parameters that were asked for below this scope so far.
  public var parameters: [Parameter] { store.parameters.filter { $0.name.hasPrefix(path + ".") } }

  /// The parameter of that name in this scope.
  public func parameter(
    _ name: String, shape: [Int], initial: Initialization
  ) throws(ParameterError) -> Parameter {
    try store.parameter(self[name].path, shape: shape, initial: initial)
  }

  /// Says that the parameter of that name in this scope is another one, `parameter`.
  public func alias(_ name: String, of parameter: Parameter) throws(ParameterError) {
    try store.alias(self[name].path, of: parameter)
  }
}
