import Testing

/// Real processes under mpirun. One at a time: the ranks alone outnumber the cores.
@Suite(.serialized, .enabled(if: Mpirun.path != nil, "mpirun is not in PATH"))
struct RankTests {
  @Test func `the summed gradient has one hash for every number of ranks`() throws {
    let alone = try Mpirun.runAlone("sums")
    #expect(alone.code == 0 && alone.output.split(separator: "\n").count == 10)
    print(alone.output, terminator: "")
    for ranks in [1, 2, 3, 4, 8] {
      let outcome = try Mpirun.run(ranks: ranks, "sums")
      #expect(outcome.code == 0, "\(ranks) ranks: \(outcome.output) \(outcome.errors)")
      #expect(outcome.output == alone.output, "\(ranks) ranks")
      print("mpirun -n \(ranks): \(outcome.output == alone.output ? "the same hashes" : "OTHER HASHES")")
    }
  }

  @Test(arguments: [1, 2, 3, 4, 8])
  func `collectives hold between processes`(ranks: Int) throws {
    let outcome = try Mpirun.run(ranks: ranks, "collectives")
    #expect(outcome.code == 0, "\(outcome.output) \(outcome.errors)")
    #expect(outcome.output.hasPrefix("collectives hold on \(ranks) ranks, Open MPI v"))
  }

  @Test func `a rank that waits leaves the processor alone`() throws {
    let outcome = try Mpirun.run(ranks: 4, "idle")
    let percent = outcome.output.split(separator: " ").last.flatMap { Int($0.dropLast()) }
    #expect(try #require(percent, "\(outcome.output) \(outcome.errors)") < 25)
  }

  @Test func `MPI's errors come through as sentences`() throws {
    let outcome = try Mpirun.run(ranks: 2, "errors")
    #expect(outcome.code == 0, "\(outcome.errors)")
    let wrongLength = "rank 0: message 5 from rank 1 has 4 bytes, expected 8; "
    let noRank = "rank 0: there is no rank 2 among 2; start with more ranks"
    let tooLong =
      "rank 0: message 5 from rank 1 has more bytes, expected 4; start every rank with the same program and recipe"
    // By waiting and by looking.
    for sentence in [wrongLength, tooLong, "rank 0 found message 1"] {
      #expect(outcome.output.ranges(of: sentence).count == 2, "\(sentence): \(outcome.output)")
    }
    #expect(outcome.output.contains(noRank))
  }

  @Test
  func `a rank that can no longer open its neighbour's memory makes no reducer that cuts otherwise than the shards`()
    throws
  {
    let outcome = try Mpirun.run(ranks: 2, "descriptors")
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(
      outcome.output.hasPrefix("rank 0: the system gives no 4096 bytes of memory that the ranks of a host can share"))
  }

  @Test func `abort ends all ranks with its code`() throws {
    #expect(try Mpirun.run(ranks: 3, "abort").code == 75)
  }
}
