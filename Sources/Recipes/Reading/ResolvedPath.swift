/// A path made absolute: `images/` in `/data/run` is `/data/run/images`.
///
/// `..` stays where it is, since what is above a symbolic link is not what is before it in the text.
///
/// - Parameter folder: an absolute path; nil leaves relative paths as they are.
func resolved(_ path: String, from folder: String?) -> String {
  guard let folder else { return path }
  let whole = path.hasPrefix("/") ? path : folder + "/" + path
  let parts = whole.split(separator: "/").filter { $0 != "." }
  return "/" + parts.joined(separator: "/")
}
