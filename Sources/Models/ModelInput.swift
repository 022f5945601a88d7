import Tensors

// Letters: N tokens of all samples of a micro-batch, laid one behind the other without padding; B images, R rows of
// vision features per image, F vision width.

/// What the model is fed: one micro-batch.
public struct ModelInput {
  /// Token ids [N]; image placeholders repeated once per image token.
  public var tokens: [Int32]
  /// Positions [N], beginning with 0 in each sample.
  public var positions: [Int32]
  /// Cumulative lengths of the samples, beginning with 0.
  public var starts: [Int]
  /// Token to be predicted *at* each place [N], -100 where nothing is supervised (not yet shifted).
  public var labels: [Int32]
  /// Pixels [B, 3, H, W] in the order of the placeholders; nil without images.
  public var pixels: Tensor?
  /// What the vision tower made of the images earlier, in place of pixels: [B·R, F], as `towerFeatures` gives it.
  public var features: Tensor?

  public init(tokens: [Int32], starts: [Int], labels: [Int32], pixels: Tensor?, features: Tensor? = nil) {
    self.tokens = tokens
    self.starts = starts
    self.labels = labels
    self.pixels = pixels
    self.features = features
    positions = zip(starts, starts.dropFirst()).flatMap { pair in (0..<Int32(pair.1 - pair.0)) }
  }

  /// Rows whose output is compared with the next token's label, and those labels: row t predicts token t + 1 of the
  /// same sample.
  public var supervised: (rows: [Int32], labels: [Int32]) {
    var rows: [Int32] = []
    var targets: [Int32] = []
    for (start, end) in zip(starts, starts.dropFirst()) where end > start {
      for t in start..<end - 1 where labels[t + 1] >= 0 {
        rows.append(Int32(t))
        targets.append(labels[t + 1])
      }
    }
    return (rows, targets)
  }
}
