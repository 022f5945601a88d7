/// The constant texts of a Jinja template, without running it.
enum JinjaText {
  /// The text between the blocks and the string literals within them, escapes resolved.
  static func constants(_ template: String) -> [String] {
    let scalars = Array(template.unicodeScalars)
    var (texts, text) = ([String](), String.UnicodeScalarView())
    var index = 0
    /// The mark that ends the block we are in, and the quote that ends the literal we are in.
    var (closing, quote): ([Unicode.Scalar]?, Unicode.Scalar?) = (nil, nil)
    func finish() {
      if !text.isEmpty { texts.append(String(text)) }
      text = String.UnicodeScalarView()
    }
    while index < scalars.count {
      let scalar = scalars[index]
      let following = index + 1 < scalars.count ? scalars[index + 1] : " "
      index += 1
      if let open = quote {
        if scalar == open {
          quote = nil
          finish()
        } else if scalar == "\\" {
          text.append(unescaped(following))
          index += 1
        } else {
          text.append(scalar)
        }
      } else if let end = closing {
        if scalar == end[0], following == end[1] {
          closing = nil
          index += 1
        } else if end[0] != "#", scalar == "'" || scalar == "\"" {
          quote = scalar
        }
      } else if scalar == "{", let end = ["{": "}", "%": "%", "#": "#"][following] as Unicode.Scalar? {
        finish()
        closing = [end, "}"]
        index += 1
      } else {
        text.append(scalar)
      }
    }
    finish()
    return texts
  }

  private static func unescaped(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    switch scalar {
    case "n": "\n"
    case "t": "\t"
    case "r": "\r"
    default: scalar
    }
  }
}
