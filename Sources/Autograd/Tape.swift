import Tensors

/// The list of what happened in a forward pass, in order, with what is needed to walk it backwards.
///
/// A tape is made per micro-batch and travels with the data: `tape.constant(pixels)` starts a computation that records,
/// `Variable(pixels)` one that does not. Where nothing upstream trains, nothing is recorded, so a frozen tower keeps no
/// activations. Records hold tensors and slot numbers, never each other; the walk pops them, which frees activations on
/// the way.
public final class Tape {
  struct Record {
    /// The slot whose gradient this record turns into gradients of its inputs; nil for a loss, where the walk begins.
    let output: Int?
    let parameters: [Parameter]
    let backward: (Tensor?, inout Gradients) -> Void
  }

  private var records: [Record] = []
  private var slots = 0

  /// What layers keep for the walk.
  public let activations: ActivationMemory

  public init(_ activations: ActivationMemory = .keep) { self.activations = activations }

  /// A tape that is thrown away before its walk (an error on the way, a test) takes back what it announced: else its
  /// parameters would never again be final.
  deinit {
    for record in records { for parameter in record.parameters { parameter.pendingUses -= 1 } }
  }

  /// A value that needs no gradient itself, on this tape.
  public func constant(_ value: Tensor) -> Variable { Variable(value, tape: self, slot: nil) }

  /// A value whose gradient is wanted (inputs of a test, mostly); `gradients` of `backward` holds it under its slot.
  public func input(_ value: Tensor) -> Variable {
    slots += 1
    return Variable(value, tape: self, slot: slots - 1)
  }

  /// How many operations were recorded.
  public var count: Int { records.count }

  func append(_ record: (Int) -> Record) -> Int {
    slots += 1
    let record = record(slots - 1)
    for parameter in record.parameters { parameter.pendingUses += 1 }
    records.append(record)
    return slots - 1
  }

  /// Walks the tape from its end, adding every trainable parameter's gradient into its buffer, and empties it.
  ///
  /// `seeds`: gradients known beforehand, by slot (none where a loss was recorded). `ready` is called for each parameter
  /// as soon as its gradient is final, while the walk goes on. Returns the gradients of `input` values by slot.
  @discardableResult
  public func backward(
    seeds: [Int: Tensor] = [:], keeping kept: [Int] = [], ready: (Parameter) -> Void = { _ in }
  ) -> [Int: Tensor] {
    var gradients = Gradients(count: slots)
    for (slot, seed) in seeds { gradients.add(seed, to: slot) }
    while let record = records.popLast() {
      let dy = record.output.flatMap { gradients.take($0) }
      if dy != nil || record.output == nil { record.backward(dy, &gradients) }
      for parameter in record.parameters {
        parameter.pendingUses -= 1
        if parameter.pendingUses == 0 { ready(parameter) }
      }
    }
    return Dictionary(uniqueKeysWithValues: kept.compactMap { slot in gradients.take(slot).map { (slot, $0) } })
  }
}
