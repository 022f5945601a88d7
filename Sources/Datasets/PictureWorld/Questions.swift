import Tensors

extension Scene {
  /// A question about the scene with its one-word answer.
  func question(_ random: inout RandomStream) -> (question: String, answer: String) {
    let object = objects[random.below(objects.count)]
    switch random.below(objects.count == 2 ? 5 : 4) {
    case 0: return ("What colour is the \(object.shape.rawValue)?", object.colour.name)
    case 1: return ("What shape is \(object.colour.name)?", object.shape.rawValue)
    case 2: return ("How many objects are there?", objects.count == 1 ? "one" : "two")
    case 3:
      let other = Shape.allCases[random.below(Shape.allCases.count)]
      // Half of the questions ask for what is there, half mostly for what is not.
      let asked = random.below(2) == 0 ? object.shape : other
      return ("Is there a \(asked.rawValue)?", objects.contains { $0.shape == asked } ? "yes" : "no")
    default:
      return random.below(2) == 0
        ? ("What is on the left?", "\(objects[0].phrase)") : ("What is on the right?", "\(objects[1].phrase)")
    }
  }

  /// Every word that captions, questions and answers use.
  static var words: [String] {
    Shape.allCases.map(\.rawValue) + Colour.all.map(\.name)
      + "a to the left of What colour is shape How many objects are there Is on right one two yes no ? . Think picture system user assistant"
      .split(separator: " ").map(String.init)
  }
}
