import Media
import Tensors

/// A picture of the demo world: one or two objects on a plain ground.
struct Scene: Hashable, Sendable {
  enum Shape: String, CaseIterable, Sendable {
    case circle, square, triangle, cross, ring
  }

  struct Colour: Hashable, Sendable {
    let name: String
    let red: UInt8, green: UInt8, blue: UInt8

    static let all = [
      Colour(name: "red", red: 220, green: 40, blue: 40), Colour(name: "green", red: 40, green: 170, blue: 60),
      Colour(name: "blue", red: 50, green: 80, blue: 220), Colour(name: "yellow", red: 240, green: 210, blue: 40),
      Colour(name: "purple", red: 150, green: 60, blue: 190), Colour(name: "orange", red: 245, green: 140, blue: 30),
      Colour(name: "black", red: 40, green: 40, blue: 40), Colour(name: "pink", red: 250, green: 150, blue: 200),
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
    // Mostly two objects: there are few pictures of one, and seen often they would be learnt by heart.
    let count = random.below(4) == 0 ? 1 : 2
    while objects.count < count {
      let object = Object(
        shape: Shape.allCases[random.below(Shape.allCases.count)], colour: Colour.all[random.below(Colour.all.count)])
      // Questions name an object by its shape or by its colour, so both differ.
      if !objects.contains(where: { $0.shape == object.shape || $0.colour == object.colour }) { objects.append(object) }
    }
    self.objects = objects
    places = objects.indices.map { index in
      // On the left or on the right, also alone. Two objects never touch, and none leaves the picture.
      let onTheLeft = count == 1 ? random.below(2) == 0 : index == 0
      let x = (onTheLeft ? 11 : 35) + random.below(3)
      return Place(x: x, y: 13 + random.below(23), radius: 8 + random.below(3))
    }
  }

  var caption: String {
    objects.count == 1
      ? "a \(objects[0].phrase)" : "a \(objects[0].phrase) to the left of a \(objects[1].phrase)"
  }

  /// Which combination of objects this is: held-out pictures have combinations that training never shows.
  var composition: String { objects.map(\.phrase).joined(separator: " + ") }

  /// An eighth of all compositions belongs to the held-out side, by name, whatever the seed.
  var isHeldOut: Bool { RandomStream.key(composition) % 8 == 0 }

  /// The picture, with edges smoothed by nine samples a pixel.
  func image() -> RGBImage {
    var pixels = [UInt8](repeating: 245, count: Self.side * Self.side * 3)
    for (object, place) in zip(objects, places) {
      let reach = place.radius + 1
      for y in max(0, place.y - reach)...min(Self.side - 1, place.y + reach) {
        for x in max(0, place.x - reach)...min(Self.side - 1, place.x + reach) {
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
    case .ring: (0.3 * radius * radius...radius * radius).contains(dx * dx + dy * dy)
    }
  }
}
