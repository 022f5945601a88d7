import Glibc
import Synchronization

/// Vision features of pictures on disk: bf16 values, as byte planes under zstd, each record with its checksum.
///
/// A directory holds the features that one model and one way of preparing pictures give. Every rank appends to files of
/// its own there and reads those of all, so ranks on any number of hosts never wait for each other. A record that is not
/// as it was written counts as unknown. In memory there is an index of about 100 bytes a picture.
///
/// `features(of:)` may be called on any thread; `add` and `refresh` on one thread only.
public final class FeatureStore: @unchecked Sendable {
  private struct Place {
    let file: FeatureFile
    let record: FeatureRecord
  }

  // Unchecked: `places` and `damaged` are touched only under `lock`, the rest by the one thread that adds.
  private let lock = Mutex(())
  private var places: [FeatureKey: Place] = [:]
  private var damaged = 0
  private var files: [String: FeatureFile] = [:]
  private var writer: FeatureWriter?
  private let directory: String
  private let own: String
  private let count: Int
  private let reserve: Int
  private var room: Int
  private var lastScan: (end: ContinuousClock.Instant, cost: Duration)?

  /// Whether the size limit has been reached.
  public private(set) var isFull = false
  /// Why nothing more is written, in a sentence; nil while all is well.
  public private(set) var fault: String?

  /// - Parameters:
  ///   - directory: made when the first features are added.
  ///   - rank: whose files are added to.
  ///   - count: values per picture.
  ///   - room: bytes by which this rank's files may grow.
  ///   - reserve: bytes that must stay free on the disk: a cache must not take the room of the next checkpoint.
  public init(directory: String, rank: Int, count: Int, room: Int, reserve: Int = 1 << 30) {
    precondition(count > 0 && rank >= 0, "FeatureStore: \(count) values, rank \(rank)")
    self.directory = directory
    own = "rank-\(fiveDigits(rank))"
    self.count = count
    self.room = room
    self.reserve = reserve
    refresh()
  }

  /// Pictures whose features are known.
  public var pictures: Int { lock.withLock { _ in places.count } }
  /// Records that were found damaged.
  public var damagedRecords: Int { lock.withLock { _ in damaged } }

  /// The features of a picture; nil if they are not there or not as they were written.
  public func features(of key: FeatureKey) -> [UInt16]? {
    guard let place = lock.withLock({ _ in places[key] }) else { return nil }
    if let values = try? place.file.values(place.record, count: count) { return values }
    lock.withLock { _ in
      damaged += 1
      if places[key]?.record == place.record { places[key] = nil }
    }
    return nil
  }

  /// Keeps the features of a picture, unless they are known, the limit is reached or the disk does not take them.
  public func add(_ values: [UInt16], for key: FeatureKey) {
    precondition(values.count == count, "FeatureStore: \(values.count) values instead of \(count)")
    guard fault == nil, !isFull, lock.withLock({ _ in places[key] == nil }) else { return }
    do throws(CheckpointError) {
      if writer == nil { try open() }
      if let free = freeBytes(), free < reserve {
        fault = "\(directory): less than \(reserve >> 20) MB are free on the disk, which checkpoints need"
        return
      }
      guard let written = try writer?.append(values, key: key, room: room) else {
        isFull = true
        return
      }
      room -= written.bytes
      guard let file = files[own] else { return }
      lock.withLock { _ in places[key] = Place(file: file, record: written.record) }
    } catch {
      fault = "\(error)"
    }
  }

  /// Looks for what other ranks have added, as often as it takes a hundredth of the time.
  public func refresh() {
    if let lastScan, ContinuousClock.now - lastScan.end < lastScan.cost * 100 { return }
    let began = ContinuousClock.now
    for stem in FeatureDirectory.stems(directory) {
      // A file that cannot be read is as good as none.
      if files[stem] == nil { files[stem] = try? FeatureFile(stem: "\(directory)/\(stem)") }
      guard let file = files[stem], let records = try? file.newRecords(), !records.isEmpty else { continue }
      lock.withLock { _ in
        for record in records { places[record.key] = Place(file: file, record: record) }
      }
    }
    lastScan = (.now, .now - began)
  }

  /// Makes the rank's own files, or opens those of an earlier start behind their last record.
  private func open() throws(CheckpointError) {
    try DurableFile.makeDirectories(directory)
    let stem = "\(directory)/\(own)"
    let earlier = try? FeatureFile(stem: stem).newRecords()
    writer = try FeatureWriter(stem: stem, records: earlier ?? [])
    if files[own] == nil { files[own] = try FeatureFile(stem: stem) }
  }

  private func freeBytes() -> Int? {
    var status = statvfs()
    guard statvfs(directory, &status) == 0 else { return nil }
    return Int(clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue)
  }
}
