import Testing

@testable import Communication

@Suite struct LaunchTests {
  @Test func `mpirun's environment tells rank, size and local rank`() {
    let environment = [
      "OMPI_COMM_WORLD_RANK": "5", "OMPI_COMM_WORLD_SIZE": "8", "OMPI_COMM_WORLD_LOCAL_RANK": "1", "PMIX_RANK": "5",
    ]
    #expect(Launch.place { environment[$0] } == Launch.Place(rank: 5, size: 8, localRank: 1))
  }

  @Test func `srun's environment counts only with PMIx`() {
    var environment = ["SLURM_PROCID": "0", "SLURM_NTASKS": "4", "SLURM_LOCALID": "0"]
    #expect(Launch.place { environment[$0] } == nil)
    environment["PMIX_RANK"] = "3"
    #expect(Launch.place { environment[$0] } == Launch.Place(rank: 3, size: 4, localRank: 0))
  }

  @Test func `an empty or broken environment is a process alone`() {
    #expect(Launch.place { _ in nil } == nil)
    #expect(Launch.place { _ in "many" } == nil)
  }

  @Test func `the library and the host have names`() {
    #expect(Launch.libraryVersion.contains("MPI"))
    #expect(!Launch.hostName.isEmpty)
  }

  @Test func `errors say what, where and what to do`() {
    let mpi = CommunicationError.mpi(function: "MPI_Isend", rank: 3, text: "MPI_ERR_RANK: invalid rank")
    #expect(
      mpi.description
        == "rank 3: MPI_Isend failed: MPI_ERR_RANK: invalid rank; look at the hosts and links that mpirun names, "
        + "then start again")
    #expect(
      CommunicationError.messageLength(rank: 1, from: 0, tag: 9, expected: 2, found: 3).description
        == "rank 1: message 9 from rank 0 has 3 bytes, expected 2; start every rank with the same program and recipe")
    #expect(
      CommunicationError.stopped(rank: 1, by: 2).description
        == "rank 1: stopped because rank 2 failed; see the error of rank 2")
  }
}
