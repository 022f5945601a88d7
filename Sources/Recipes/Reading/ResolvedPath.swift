import Foundation

/// A path made absolute: `images/` in `/data/run` is `/data/run/images`, `~/images` is in the home folder, wherever it
/// is written.
///
/// `..` stays where it is, since what is above a symbolic link is not what is before it in the text.
///
/// - Parameter folder: an absolute path; nil leaves relative paths as they are.
func resolved(_ path: String, from folder: String?) -> String {
  let path = expandedHome(path)
  guard let folder else { return path }
  let whole = path.hasPrefix("/") ? path : folder + "/" + path
  let parts = whole.split(separator: "/").filter { $0 != "." }
  return "/" + parts.joined(separator: "/")
}

/// `HOME` in place of a leading `~`, as a shell does it; other people's homes (`~name`) are left alone.
private func expandedHome(_ path: String) -> String {
  guard path == "~" || path.hasPrefix("~/") else { return path }
  let home = ProcessInfo.processInfo.environment["HOME"] ?? ""
  return home.isEmpty ? path : home + path.dropFirst()
}
