extension Optimizer {
  /// The defaults of PyTorch's AdamW, without weight decay.
  static let standard = Optimizer(kind: .adamw, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0)

  static func read(_ optimizer: MappingReader) -> Optimizer {
    Optimizer(
      kind: optimizer.choice("kind", default: standard.kind),
      betas: optimizer.optional("betas").flatMap { readBetas($0) } ?? standard.betas,
      eps: optimizer.number("eps", .above(0), default: standard.eps),
      weightDecay: optimizer.number("weight_decay", .atLeast(0), default: standard.weightDecay))
  }

  private static func readBetas(_ reader: NodeReader) -> [Double]? {
    guard let items = reader.items("two numbers, like [0.9, 0.999]") else { return nil }
    guard items.count == 2 else {
      reader.report(.wrongType(expected: "two numbers, like [0.9, 0.999]", found: "a list of \(items.count)"))
      return nil
    }
    let betas = items.compactMap { $0.number(.belowOne) }
    return betas.count == 2 ? betas : nil
  }
}
