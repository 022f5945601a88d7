import Foundation
import Text

/// A sample up to its first answer: what a model is asked, and what it should say.
public struct Question: Sendable, Equatable {
  public let id: String
  /// Paths of the pictures, in the order of their marks.
  public let pictures: [String]
  /// The user's words, without the marks of pictures.
  public let text: String
  /// The answer that the data set has.
  public let truth: String
  /// A prompt: it ends where the answer is to begin.
  public let tokens: [Int32]
  /// One [3, H, W] per picture.
  public let images: [[Float]]
}

extension SampleLoader {
  /// The sample's first question; later turns are left out. nil for a sample that cannot be used.
  /// - Throws: where the system does not let a file be read.
  public func usableQuestion(_ reference: SampleReference) throws -> Question? {
    do { return try patience { try question(reference) } } catch let error where !isSystemFault(error) { return nil }
  }

  /// The sample's first question; the error says what cannot be used.
  public func question(_ reference: SampleReference) throws -> Question {
    let sample = try sources[reference.source].sample(reference.index)
    let end = sample.messages.firstIndex { $0.role == .assistant } ?? sample.messages.count
    let asked = Array(sample.messages[..<end])
    let text = Self.words(asked)
    let marks = asked.reduce(0) { $0 + $1.imageCount }
    // A picture whose mark stands behind the first answer is not part of the question.
    let pictures = Array(sample.images.prefix(marks))
    let chat = try encoder.encodePrompt(asked, imageCounts: pictures.map { _ in imageTokens })
    return Question(
      id: sample.id, pictures: pictures, text: text,
      truth: end < sample.messages.count ? sample.messages[end].text : "",
      tokens: chat.tokens, images: try pictures.map { try pixels(path: $0, source: reference.source) })
  }

  /// What the user of a sample asks first; nil for a sample that cannot be read.
  /// - Throws: where the system does not let the file be read.
  public func questionText(_ reference: SampleReference) throws -> String? {
    do {
      let sample = try patience { try sources[reference.source].sample(reference.index) }
      return Self.words(Array(sample.messages.prefix { $0.role != .assistant }))
    } catch let error where !isSystemFault(error) { return nil }
  }

  private static func words(_ messages: [ChatMessage]) -> String {
    messages.filter { $0.role == .user }.map {
      $0.text.replacingOccurrences(of: ChatMessage.imageMark, with: "")
        .trimmingCharacters(in: .whitespacesAndNewlines)
    }.filter { !$0.isEmpty }.joined(separator: "\n")
  }
}
