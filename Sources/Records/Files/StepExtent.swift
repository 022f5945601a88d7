/// A line of a file that has one for each step, in ascending order.
protocol StepLine: Decodable {
  var step: Int { get }
}

/// How many bytes of such a file belong to steps up to `step`, and the last of these steps; 0 while there is none.
///
/// What comes later will be run again; a last line that was only half written is cut off too.
func extent<Line: StepLine>(
  of type: Line.Type, path: String, through step: Int
) throws(RecordsError) -> (length: UInt64, lastStep: Int) {
  var reader = try LineReader(path: path)
  var kept = (length: UInt64(0), lastStep: 0)
  // What lies behind is cut off unread: after a power cut it may be anything.
  while kept.lastStep < step, let line = try reader.next(), line.isComplete {
    let found = try decodeLine(type, line, path: path).step
    if found > step { break }
    kept = (line.offset + UInt64(line.bytes.count) + 1, found)
  }
  return kept
}
