import Foundation

/// The live line on stderr. It only makes text; who calls it writes that text.
///
/// On a terminal the line is rewritten in place, at most ten times a second. Elsewhere (a log file, a batch system) a
/// whole line comes out for the first step, then when enough steps or enough time have passed, and for the last one.
public struct ProgressLine {
  public enum Output: Equatable, Sendable {
    /// `columns`: the width of the terminal.
    case terminal(columns: Int)
    /// A line every so many steps or seconds, whichever comes first.
    case log(everySteps: Int, everySeconds: Double)
  }

  private let output: Output
  private let now: () -> Double
  private var last: (step: Int, time: Double, stage: String)?
  /// What is newer than the text on the screen.
  private var pending: Progress?
  private var isLineOpen = false

  /// - Parameter now: seconds of a clock that never goes back.
  public init(
    output: Output = .standardError(),
    now: @escaping () -> Double = { ProcessInfo.processInfo.systemUptime }
  ) {
    self.output = output
    self.now = now
  }

  /// What to write to stderr now, or nil for nothing.
  public mutating func update(_ progress: Progress) -> String? {
    guard isDue(progress) else {
      pending = progress
      return nil
    }
    return show(progress)
  }

  /// What to write before anything else is printed: the newest state, and the end of the line.
  public mutating func finish() -> String? {
    var text = ""
    if let newest = pending { text += show(newest) }
    if isLineOpen { text += "\n" }
    isLineOpen = false
    return text.isEmpty ? nil : text
  }

  private mutating func show(_ progress: Progress) -> String {
    last = (progress.step, now(), progress.stage)
    pending = nil
    switch output {
    case .terminal(let columns):
      isLineOpen = true
      // The last column stays free: filling it makes some terminals go to the next line.
      return "\r" + clipped(progress.text, columns: max(1, columns - 1)) + "\u{1B}[K"
    case .log:
      return progress.text + "\n"
    }
  }

  private func isDue(_ progress: Progress) -> Bool {
    guard let last, last.stage == progress.stage, progress.step != progress.total else { return true }
    let elapsed = now() - last.time
    return switch output {
    case .terminal: elapsed >= 0.1
    case .log(let everySteps, let everySeconds):
      progress.step - last.step >= everySteps || elapsed >= everySeconds
    }
  }
}

extension ProgressLine.Output {
  /// The terminal behind stderr, or a line every so many steps or 30 seconds where there is none.
  public static func standardError(everySteps: Int = 50) -> Self {
    guard isatty(STDERR_FILENO) == 1 else { return .log(everySteps: everySteps, everySeconds: 30) }
    var size = winsize()
    let answer = unsafe ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size)
    return .terminal(columns: answer == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80)
  }
}

/// The longest beginning of `text` that fits; letters of East Asian scripts and emoji take two columns.
private func clipped(_ text: String, columns: Int) -> String {
  var used = 0
  return String(
    text.prefix { character in
      used += character.isWide ? 2 : 1
      return used <= columns
    })
}

extension Character {
  fileprivate var isWide: Bool {
    guard let first = unicodeScalars.first?.value else { return false }
    return switch first {
    case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
      0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
      true
    default: false
    }
  }
}
