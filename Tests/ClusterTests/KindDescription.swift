import Foundation
import Yams

/// Kinds of a Kubernetes manifest as `Golden/mpijob-v2beta1.yaml` describes them, and what a manifest has wrong.
struct KindDescription {
  private let kinds: [String: Node]

  init(yaml: String) throws {
    var kinds: [String: Node] = [:]
    for (name, kind) in try compose(yaml: yaml)?.mapping ?? [:] { kinds[name.string ?? ""] = kind }
    self.kinds = kinds
  }

  /// One sentence for each fault of `manifest`, which is to be of `kind`; empty: none.
  func faults(of manifest: String, kind: String) throws -> [String] {
    guard let node = try compose(yaml: manifest) else { return ["\(kind): empty"] }
    return faults(node, type: kind, path: kind)
  }

  private func faults(_ node: Node, type: String, path: String) -> [String] {
    let inner = String(type.dropFirst().dropLast())
    if type.hasPrefix("[") {
      guard let items = node.sequence, !items.isEmpty else { return ["\(path): a list with something in it is wanted"] }
      return items.enumerated().flatMap { faults($1, type: inner, path: "\(path)[\($0)]") }
    }
    if type.hasPrefix("{") {
      guard let fields = node.mapping else { return ["\(path): a map is wanted"] }
      return fields.flatMap { faults($1, type: inner, path: "\(path).\($0.string ?? "?")") }
    }
    switch type {
    case "string": return node.tag == .init(.str) ? [] : ["\(path): a string is wanted"]
    case "integer": return node.int != nil && node.tag == .init(.int) ? [] : ["\(path): an integer is wanted"]
    case "boolean": return node.bool != nil && node.tag == .init(.bool) ? [] : ["\(path): true or false is wanted"]
    case "quantity":
      let isQuantity = node.string?.wholeMatch(of: /[0-9]+(\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?/) != nil
      return isQuantity ? [] : ["\(path): an amount such as 500m or 16Gi is wanted"]
    default: return fieldFaults(node, kind: type, path: path)
    }
  }

  private func fieldFaults(_ node: Node, kind: String, path: String) -> [String] {
    guard let known = kinds[kind]?.mapping else { return ["\(path): the description has no kind \(kind)"] }
    guard let fields = node.mapping else { return ["\(path): a map is wanted"] }
    var faults: [String] = []
    for (name, rule) in known where rule["required"]?.bool == true && fields[name] == nil {
      faults.append("\(path).\(name.string ?? "?"): missing")
    }
    for (name, value) in fields {
      let place = "\(path).\(name.string ?? "?")"
      guard let rule = known[name] else {
        faults.append("\(place): unknown")
        continue
      }
      faults += self.faults(value, type: rule["is"]?.string ?? "", path: place)
      if let allowed = rule["values"]?.sequence?.compactMap(\.string), !allowed.contains(value.string ?? "") {
        faults.append("\(place): '\(value.string ?? "")' is none of \(allowed.joined(separator: ", "))")
      }
      if let least = rule["least"]?.int, let number = value.int, number < least {
        faults.append("\(place): \(number) is below \(least)")
      }
    }
    return faults
  }
}
