/// How fast a run goes: running means, because single steps differ with the lengths of their samples.
struct Pace {
  private var samples = 0.0
  private var seconds = 0.0
  private var isEmpty = true

  /// A step: samples that could be used, and how long it took.
  mutating func add(samples: Int, seconds: Double) {
    // The first step may wait for what later ones find ready, but there is nothing else to go by.
    let weight = isEmpty ? 1 : 0.1
    self.samples += weight * (Double(samples) - self.samples)
    self.seconds += weight * (seconds - self.seconds)
    isEmpty = false
  }

  var samplesPerSecond: Double { seconds > 0 ? samples / seconds : 0 }

  /// How long so many more steps take. A step without a usable sample takes time, too.
  func seconds(for steps: Int) -> Double { Double(steps) * seconds }
}
