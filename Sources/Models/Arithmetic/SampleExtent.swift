/// How much there is to compute for one sample of a batch.
public struct SampleExtent: Sendable, Equatable {
  /// Tokens, those of images included.
  public var length: Int
  /// Rows whose output is compared with a label, rising, each in `0 ..< length`.
  public var supervisedRows: [Int]
  /// Images before the last supervised row.
  public var images: Int

  public init(length: Int, supervisedRows: [Int], images: Int) {
    self.length = length
    self.supervisedRows = supervisedRows
    self.images = images
  }
}

extension ModelInput {
  /// Its samples one by one. `configuration` tells how many tokens make an image.
  public func extents(_ configuration: ModelConfiguration) -> [SampleExtent] {
    let rows = supervised.rows.map { Int($0) }
    var next = rows.startIndex
    return zip(starts, starts.dropFirst()).map { start, end in
      var own: [Int] = []
      while next < rows.endIndex, rows[next] < end {
        own.append(rows[next] - start)
        next += 1
      }
      // An image that the last supervised row sees only the beginning of counts whole: the tower sees all of it.
      let seen = tokens[start..<start + (own.last.map { $0 + 1 } ?? 0)].count { $0 == configuration.imageToken }
      let block = max(1, configuration.imageTokens)
      return SampleExtent(length: end - start, supervisedRows: own, images: (seen + block - 1) / block)
    }
  }
}
