import Media
import Tensors

/// A picture of the demo world: one or two objects on a plain ground.
struct Scene: Hashable, Sendable {
  enum Shape: String, CaseIterable, Sendable {
    case circle, square, triangle, cross
  }

  struct Colour: Hashable, Sendable {
    let name: String
    let red: UInt8, green: UInt8, blue: UInt8

    static let all = [
      Colour(name: "red", red: 220, green: 40, blue: 40), Colour(name: "green", red: 40, green: 170, blue: 60),
      Colour(name: "blue", red: 50, green: 80, blue: 220), Colour(name: "yellow", red: 240, green: 210, blue: 40),
      Colour(name: "purple", red: 150, green: 60, blue: 190), Colour(name: "orange", red: 245, green: 140, blue: 30),
    ]
  }

  struct Object: Hashable, Sendable {
    let shape: Shape
    let colour: Colour

    var phrase: String { "\(colour.name) \(shape.rawValue)" }
  }

  /// From left to right.
  let objects: [Object]
  /// Where each object lies and how large it is, in pixels: what makes two pictures of one caption differ.
  let places: [Place]

  struct Place: Hashable, Sendable {
    let x: Int, y: Int, radius: Int
  }

  static let side = 48

  init(_ random: inout RandomStream) {
    var objects: [Object] = []
    let count = random.below(2) + 1
    while objects.count < count {
      let object = Object(
        shape: Shape.allCases[random.below(Shape.allCases.count)], colour: Colour.all[random.below(Colour.all.count)])
      // Questions name an object by its shape or by its colour, so both differ.
      if !objects.contains(where: { $0.shape == object.shape || $0.colour == object.colour }) { objects.append(object) }
    }
    self.objects = objects
    places = objects.indices.map { index in
      let x = count == 1 ? 14 + random.below(20) : (index == 0 ? 11 + random.below(4) : 33 + random.below(4))
      return Place(x: x, y: 14 + random.below(20), radius: 7 + random.below(3))
    }
  }

  var caption: String {
    objects.count == 1
      ? "a \(objects[0].phrase)" : "a \(objects[0].phrase) to the left of a \(objects[1].phrase)"
  }

  /// Which combination of objects this is: held-out pictures have combinations that training never shows.
  var composition: String { objects.map(\.phrase).joined(separator: " + ") }

  /// The picture, with edges smoothed by nine samples a pixel.
  func image() -> RGBImage {
    var pixels = [UInt8](repeating: 245, count: Self.side * Self.side * 3)
    for y in 0..<Self.side {
      for x in 0..<Self.side {
        for (object, place) in zip(objects, places) {
          var hits = 0
          for sub in 0..<9 {
            let dx = Float(x - place.x) + Float(sub % 3 - 1) / 3
            let dy = Float(y - place.y) + Float(sub / 3 - 1) / 3
            if Self.covers(object.shape, dx, dy, Float(place.radius)) { hits += 1 }
          }
          guard hits > 0 else { continue }
          for (channel, value) in [object.colour.red, object.colour.green, object.colour.blue].enumerated() {
            let at = (y * Self.side + x) * 3 + channel
            pixels[at] = UInt8((Int(pixels[at]) * (9 - hits) + Int(value) * hits) / 9)
          }
        }
      }
    }
    return RGBImage(width: Self.side, height: Self.side, pixels: pixels)
  }

  private static func covers(_ shape: Shape, _ dx: Float, _ dy: Float, _ radius: Float) -> Bool {
    switch shape {
    case .circle: dx * dx + dy * dy <= radius * radius
    case .square: max(abs(dx), abs(dy)) <= radius * 0.9
    case .triangle: dy <= radius * 0.8 && dy >= -radius && abs(dx) <= (dy + radius) * 0.6
    case .cross: min(abs(dx), abs(dy)) <= radius * 0.32 && max(abs(dx), abs(dy)) <= radius
    }
  }
}
