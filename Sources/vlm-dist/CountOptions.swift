import ArgumentParser

/// Refuses options that count something and are below 1, or so large that what is made of them overflows.
func check(counts: KeyValuePairs<String, Int>, most: Int = 1 << 20) throws {
  for (name, count) in counts where !(1...most).contains(count) {
    throw ValidationError("\(name) must be from 1 to \(most)")
  }
}
