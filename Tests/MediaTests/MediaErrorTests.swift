import Media
import Testing

@Suite struct MediaErrorTests {
  @Test(arguments: [
    (MediaError.missing(path: "a/b.jpg"), "a/b.jpg: no such file; check the path and the image folder"),
    (
      .notAnImage(source: "a.jpg", looksLike: "an HTML page"),
      "a.jpg: not an image, it looks like an HTML page; fetch the file again or remove its sample"
    ),
    (
      .unsupportedFormat(source: "a.gif", format: "a GIF image"),
      "a.gif: a GIF image, which is not supported; convert it to JPEG, PNG or WebP"
    ),
    (
      .tooManyPixels(source: "a.png", width: 30_000, height: 30_000, limit: 100_000_000),
      "a.png: 30000x30000 pixels, the limit is 100000000 in all; make the image smaller or raise the limit"
    ),
    (
      .truncated(source: "a.jpg", format: .jpeg),
      "a.jpg: truncated JPEG, its data end before the image does; fetch the file again"
    ),
    (
      .configuration(path: "p.json", key: "size", expected: "a number", found: "\"big\""),
      "p.json: \"size\" must be a number, found \"big\"; correct the file"
    ),
    (
      .unreadable(path: "a.jpg", errno: 13),
      "a.jpg: cannot be read (Permission denied); check its permissions and the disk"
    ),
    (
      .unreadable(path: "a.jpg", errno: 24),
      "a.jpg: cannot be read (Too many open files); see to the disk, the network or the limit of open files, and start "
        + "again"
    ),
  ])
  func `an error says where, what and what to do`(error: MediaError, sentence: String) {
    #expect(error.description == sentence)
  }
}
