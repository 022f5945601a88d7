import Communication
import Profiling

extension Communicator {
  /// Collective. Begins together and runs `body` as step `number` under the profiler.
  /// - Returns: seconds of the slowest rank, and what this one recorded.
  func profiledSeconds(
    step number: Int, _ body: () throws -> Void
  ) throws -> (seconds: Double, profile: ProfileResult) {
    try barrier()
    Profile.start()
    let result = Result { try seconds { try Profile.step(number, body) } }
    let profile = Profile.stop()
    return (try slowest(try result.get()), profile)
  }

  /// Collective. The most `seconds` of any rank.
  func slowest(_ seconds: Double) throws -> Double {
    Double(try allAgree(max: Int(seconds * 1e9))) / 1e9
  }
}

extension ProfileResult {
  /// Seconds that the main thread spent in operation `name`.
  func seconds(of name: String) -> Double {
    let sums = threads.first?.sums.filter { $0.operation == name } ?? []
    return Double(sums.reduce(0) { $0 + $1.time }) / 1e9
  }
}
