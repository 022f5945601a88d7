import Models
import Tensors
import Text

/// Text from a model, token by token, with the keys and values of earlier tokens kept.
public struct Generator {
  /// How the next token is chosen.
  public struct Settings: Sendable, Equatable {
    /// 0: the most likely token. Otherwise logits are divided by it and a token is drawn.
    public var temperature: Float
    /// Tokens are drawn from the smallest set that has this probability.
    public var topP: Float
    public var maximumTokens: Int
    public var seed: UInt64

    public init(temperature: Float = 0, topP: Float = 1, maximumTokens: Int = 256, seed: UInt64 = 0) {
      self.temperature = temperature
      self.topP = topP
      self.maximumTokens = maximumTokens
      self.seed = seed
    }
  }

  private let model: VisionLanguageModel
  private let settings: Settings
  private let ends: Set<Int32>

  /// `ends`: tokens that end an answer.
  public init(model: VisionLanguageModel, settings: Settings, ends: Set<Int32>) {
    self.model = model
    self.settings = settings
    self.ends = ends
  }

  /// The tokens of an answer, without the end token. `pixels` [B, 3, H, W]; `each` sees every token as it comes,
  /// and ends the answer if it throws.
  public func callAsFunction(
    prompt: [Int32], pixels: Tensor?, each: (Int32) throws -> Void = { _ in }
  ) throws -> [Int32] {
    let caches = model.language.makeCaches(capacity: prompt.count + settings.maximumTokens)
    var random = RandomStream(settings.seed, UInt64(prompt.count))
    var input = Self.input(prompt, pixels: pixels)
    var answer: [Int32] = []
    while answer.count < settings.maximumTokens {
      var logits = try model.logits(input, rows: [Int32(input.tokens.count - 1)], caches: caches).array
      // The mark of a picture is no word: a model that says it would be asked for a picture that nobody gave.
      let mark = Int(model.configuration.imageToken)
      if logits.indices.contains(mark) { logits[mark] = -.infinity }
      let token = choose(logits, &random)
      if ends.contains(token) { break }
      answer.append(token)
      try each(token)
      input = Self.input([token], pixels: nil)
    }
    return answer
  }

  private static func input(_ tokens: [Int32], pixels: Tensor?) -> ModelInput {
    ModelInput(
      tokens: tokens, starts: [0, tokens.count], labels: [Int32](repeating: -100, count: tokens.count), pixels: pixels)
  }

  private func choose(_ logits: [Float], _ random: inout RandomStream) -> Int32 {
    let best = logits.indices.max { logits[$0] < logits[$1] } ?? 0
    guard settings.temperature > 0 else { return Int32(best) }
    let order = logits.indices.sorted { logits[$0] > logits[$1] }
    let weights = order.map { exponential((logits[$0] - logits[best]) / settings.temperature) }
    let total = weights.reduce(0, +)
    // The set is cut behind the token with which its probability reaches top-p, so the likeliest always stays.
    var kept = 0
    var sum = 0.0
    while kept < weights.count, kept == 0 || sum < Double(settings.topP) * total {
      sum += weights[kept]
      kept += 1
    }
    var left = random.uniform() * sum
    for at in 0..<kept {
      left -= weights[at]
      if left < 0 { return Int32(order[at]) }
    }
    return Int32(order[max(0, kept - 1)])
  }
}
