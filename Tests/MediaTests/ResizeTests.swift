import Testing

@testable import Media

@Suite struct ResizeTests {
  @Test func `every filter gives Pillow's bytes, up and down, at odd sizes`() throws {
    let entries = try Golden.read("resizing.json", as: Golden.Resized.self)
    #expect(entries.count == 108)
    for entry in entries {
      let filter = try #require(ResamplingFilter(rawValue: entry.resample))
      let result = resize(
        ramp(entry.from[0], entry.from[1]), width: entry.to[0], height: entry.to[1], resampling: filter)
      let name = "\(entry.from) to \(entry.to), \(filter)"
      #expect([result.width, result.height] == entry.to, "\(name)")
      if let expected = entry.rgb { #expect(result.pixels == Array(expected), "\(name)") }
      #expect(fnv1a(result.pixels) == entry.hash, "\(name)")
    }
  }

  @Test(arguments: ResamplingFilter.allCases)
  func `a window of a resized image is that part of it`(filter: ResamplingFilter) {
    let image = ramp(37, 23)
    for (width, height) in [(19, 41), (37, 11), (50, 23), (37, 23), (33, 11), (41, 20)] {
      let whole = resize(image, width: width, height: height, resampling: filter)
      for (columns, rows) in [(3..<9, 2..<11), (0..<1, 10..<11), (0..<width, 5..<6)] {
        let window = resize(
          image, width: width, height: height, resampling: filter, columns: columns, rows: rows)
        #expect(window == whole.cropped(columns: columns, rows: rows), "\(width)x\(height) \(columns) \(rows)")
      }
    }
  }
}
