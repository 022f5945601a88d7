import Autograd
import Tensors

/// What came of running an operation forward and backward.
struct OperationRun {
  /// The output, or the losses of a head.
  let output: [Float]
  /// Gradients by input; nil where none came back.
  let inputGradients: [[Float]?]
  /// Gradients by parameter; nil where it was frozen.
  let parameterGradients: [[Float]?]
  /// Records on the tape before the walk.
  let recorded: Int
  /// Names of the parameters announced as final, in order.
  let ready: [String]
}

extension OperationCase {
  /// Runs it. `inputs` and `parameters`: other values than its own. `constant` and `frozen`: numbers of the inputs and
  /// parameters that want no gradient. `passes`: how often the same is done, into the same gradients.
  func run(
    inputs: [[Float]]? = nil, parameters: [[Float]]? = nil, constant: Set<Int> = [], frozen: Set<Int> = [],
    passes: Int = 1
  ) -> OperationRun {
    let made = zip(self.parameters, parameters ?? parameterValues()).enumerated().map { index, pair in
      Parameter(name: "p\(index)", value: Tensor(pair.1, shape: pair.0.shape))
    }
    let flat = FlatGradients(made.enumerated().filter { !frozen.contains($0.offset) }.map(\.element))
    let values = zip(self.inputs, inputs ?? inputValues()).map { Tensor($1, shape: $0.shape) }
    var ready: [String] = []
    var recorded = 0
    var output: [Float] = []
    var inputGradients: [[Float]?] = []
    for _ in 0..<passes {
      let tape = Tape()
      let variables = values.enumerated().map { index, value in
        constant.contains(index) || self.inputs[index].isData ? tape.constant(value) : tape.input(value)
      }
      var seeds: [Int: Tensor] = [:]
      switch compute(variables, made, tape) {
      case .losses(let losses): output = losses
      case .variable(let y):
        output = y.value.array
        if let slot = y.slot { seeds[slot] = Tensor(outputWeights(count: output.count), shape: y.shape) }
      }
      recorded = tape.count
      let gradients = tape.backward(seeds: seeds, keeping: variables.compactMap(\.slot)) { ready.append($0.name) }
      inputGradients = variables.map { $0.slot.flatMap { gradients[$0]?.array } }
    }
    return OperationRun(
      output: output, inputGradients: inputGradients, parameterGradients: made.map(flat.gradient(of:)),
      recorded: recorded, ready: ready)
  }

  /// The number that is differentiated, in double precision: the weighted sum of the output, the sum of the losses.
  func objective(inputs: [[Float]], parameters: [[Float]]) -> Double {
    let made = zip(self.parameters, parameters).map { Parameter(name: "p", value: Tensor($1, shape: $0.shape)) }
    let variables = zip(self.inputs, inputs).map { Variable(Tensor($1, shape: $0.shape)) }
    switch compute(variables, made, nil) {
    case .losses(let losses): return losses.reduce(0) { $0 + Double($1) }
    case .variable(let y):
      let output = y.value.array
      return zip(output, outputWeights(count: output.count)).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
  }
}

/// The gradients of some parameters in one buffer, with a guard between them that no kernel may touch.
final class FlatGradients {
  private let floats: UnsafeMutableBufferPointer<Float>
  private let buffer = GradientBuffer()
  private static let guardFloats = 3
  private static let guardValue: Float = 1_234_567

  init(_ parameters: [Parameter]) {
    let total = parameters.reduce(Self.guardFloats) { $0 + $1.count + Self.guardFloats }
    floats = .allocate(capacity: total)
    floats.initialize(repeating: Self.guardValue)
    buffer.base = floats.baseAddress
    var offset = Self.guardFloats
    for parameter in parameters {
      parameter.train(into: buffer, offset: offset)
      for i in 0..<parameter.count { floats[offset + i] = 0 }
      offset += parameter.count + Self.guardFloats
    }
  }

  deinit { floats.deallocate() }

  /// nil if the parameter is frozen, or if a kernel wrote beyond its place.
  func gradient(of parameter: Parameter) -> [Float]? {
    guard parameter.isTrainable else { return nil }
    let (start, end) = (parameter.gradientOffset, parameter.gradientOffset + parameter.count)
    let fences = [start - Self.guardFloats..<start, end..<end + Self.guardFloats]
    guard fences.allSatisfy({ $0.allSatisfy { floats[$0] == Self.guardValue } }) else { return nil }
    return (start..<end).map { floats[$0] }
  }
}
