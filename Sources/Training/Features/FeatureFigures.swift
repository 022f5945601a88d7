import Communication
import Records

/// Pictures that were shown to the model, by whether their features had to be computed.
struct FeatureCounts: Codable, Sendable, Equatable {
  var hits = 0
  var misses = 0
  var heldOutHits = 0
  var heldOutMisses = 0

  mutating func add(hits: Int, misses: Int, isHeldOut: Bool) {
    if isHeldOut {
      heldOutHits += hits
      heldOutMisses += misses
    } else {
      self.hits += hits
      self.misses += misses
    }
  }
}

/// What a feature cache did on one rank, or on all of them, since the stage began or was resumed.
struct FeatureFigures: Codable, Sendable, Equatable {
  var counts: FeatureCounts
  /// Records on disk that were not as they had been written, and were computed again.
  var damaged: Int
  /// Whether the size limit has been reached on some rank.
  var isFull: Bool
  /// Why the cache grows no more on some rank.
  var fault: String?

  /// Collective: those of all ranks together.
  func together(_ communicator: any Communicator) throws -> FeatureFigures {
    let all = try communicator.allGather(value: self)
    return all.dropFirst().reduce(all[0]) { sum, other in
      var sum = sum
      sum.counts.add(hits: other.counts.hits, misses: other.counts.misses, isHeldOut: false)
      sum.counts.add(hits: other.counts.heldOutHits, misses: other.counts.heldOutMisses, isHeldOut: true)
      sum.damaged += other.damaged
      sum.isFull = sum.isFull || other.isFull
      sum.fault = sum.fault ?? other.fault
      return sum
    }
  }

  /// For the journal: of all pictures shown, how many had their features already.
  var reason: String {
    let hits = counts.hits + counts.heldOutHits
    let shown = hits + counts.misses + counts.heldOutMisses
    return "\(hits) of \(shown) pictures had their vision features already"
  }

  /// `bytes`: what the features take on disk.
  func details(bytes: Int) -> [String: JournalValue] {
    let shown = counts.hits + counts.misses
    let heldOutShown = counts.heldOutHits + counts.heldOutMisses
    var details: [String: JournalValue] = [
      "hits": .integer(counts.hits), "misses": .integer(counts.misses), "bytes": .integer(bytes),
      "full": .flag(isFull),
    ]
    if shown > 0 { details["hit_rate"] = .number(Double(counts.hits) / Double(shown)) }
    if heldOutShown > 0 {
      details["held_out_hits"] = .integer(counts.heldOutHits)
      details["held_out_misses"] = .integer(counts.heldOutMisses)
    }
    if damaged > 0 { details["damaged"] = .integer(damaged) }
    return details
  }
}
