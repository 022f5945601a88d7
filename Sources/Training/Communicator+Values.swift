import Communication
import Foundation

extension Communicator {
  /// Collective. The value of every rank, by rank.
  func allGather<Value: Codable>(value: Value) throws -> [Value] {
    try allGather([UInt8](JSONEncoder().encode(value)))
      .map { try JSONDecoder().decode(Value.self, from: Data($0)) }
  }
}
