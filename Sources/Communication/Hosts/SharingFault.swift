/// Why a rank cannot share memory with a rank of its host. All ranks then take part as if each had a host of its own, and
/// gradients of neighbours go through messages.
public struct SharingFault: Codable, Equatable, Sendable {
  public let rank: Int
  /// The rank whose memory it is; `rank` itself where the system gave it none.
  public let owner: Int
  /// The `errno` value.
  public let code: Int32

  public init(rank: Int, owner: Int, code: Int32) {
    self.rank = rank
    self.owner = owner
    self.code = code
  }
}

extension Communicator {
  /// Collective. What keeps this rank from sharing memory with the ranks of its host, as the gradient sum wants to; nil
  /// where nothing does.
  public func sharingFault() throws(CommunicationError) -> SharingFault? {
    let layout = HostLayout(names: try allGather(hostName))
    return try HostGroup.open(bytes: 4096, layout: layout, self).fault
  }
}
