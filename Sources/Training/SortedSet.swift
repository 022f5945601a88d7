/// A set that is written in order: equal states are equal bytes in a checkpoint.
struct SortedSet<Element: Hashable & Comparable & Codable & Sendable>: Codable, Sendable, Equatable {
  var members: Set<Element>

  init(_ members: Set<Element>) { self.members = members }

  init(from decoder: any Decoder) throws { members = Set(try [Element](from: decoder)) }

  func encode(to encoder: any Encoder) throws { try members.sorted().encode(to: encoder) }
}

extension SortedSet: ExpressibleByArrayLiteral {
  init(arrayLiteral elements: Element...) { members = Set(elements) }
}
