import Foundation
import Testing
import Yams

struct MPIJobTests {
  private static func text(_ path: String) throws -> String {
    try String(contentsOf: Checkout.file(path), encoding: .utf8)
  }

  private static func description() throws -> KindDescription {
    let golden = try #require(Bundle.module.url(forResource: "Golden/mpijob-v2beta1", withExtension: "yaml"))
    return try KindDescription(yaml: String(contentsOf: golden, encoding: .utf8))
  }

  @Test func `cluster/mpijob.yaml is an MPIJob as the operator's v2beta1 wants it`() throws {
    #expect(try Self.description().faults(of: Self.text("cluster/mpijob.yaml"), kind: "MPIJob") == [])
  }

  @Test(arguments: [
    ("kubeflow.org/v2beta1", "kubeflow.org/v1", "MPIJob.apiVersion: 'kubeflow.org/v1' is none of kubeflow.org/v2beta1"),
    ("slotsPerWorker: 4", "slotsPerWorkers: 4", "MPIJob.spec.slotsPerWorkers: unknown"),
    ("slotsPerWorker: 4", "slotsPerWorker: '4'", "MPIJob.spec.slotsPerWorker: an integer is wanted"),
    ("slotsPerWorker: 4", "slotsPerWorker: -1", "MPIJob.spec.slotsPerWorker: -1 is below 0"),
    ("Launcher:", "Head:", "MPIJob.spec.mpiReplicaSpecs.Launcher: missing"),
    (
      "replicas: 2\n      restartPolicy: OnFailure", "replicas: 2\n      restartPolicy: ExitCode",
      "MPIJob.spec.mpiReplicaSpecs.Worker.restartPolicy: 'ExitCode' is none of Never, OnFailure"
    ),
    (
      "[/opt/vlm-dist/launch/sft]", "/opt/vlm-dist/launch/sft",
      "MPIJob.spec.mpiReplicaSpecs.Launcher.template.spec.containers[0].command: a list with something in it is wanted"
    ),
    (
      "memory: 16Gi}\n                limits", "memory: 16 GB}\n                limits",
      "MPIJob.spec.mpiReplicaSpecs.Worker.template.spec.containers[0].resources.requests.memory: "
        + "an amount such as 500m or 16Gi is wanted"
    ),
  ])
  func `a job that the operator would refuse is told apart`(old: String, new: String, fault: String) throws {
    let job = try Self.text("cluster/mpijob.yaml")
    #expect(job.contains(old))
    let changed = job.replacingOccurrences(of: old, with: new)
    #expect(try Self.description().faults(of: changed, kind: "MPIJob").contains(fault))
  }

  /// An ExitCode policy, where there is one, tries 128 and more again and holds the rest for final.
  @Test func `the launcher's "start again" is a code that an ExitCode policy tries again`() throws {
    let job = try #require(try compose(yaml: try Self.text("cluster/mpijob.yaml")))
    let launcher = job["spec"]?["mpiReplicaSpecs"]?["Launcher"]?["template"]?["spec"]?["containers"]?[0]
    let words: [String] = try #require(launcher?["args"]?.sequence?.compactMap { $0.string })
    let option = try #require(words.firstIndex(of: "--retry-code"))
    #expect((128...255).contains(try #require(Int(words[option + 1]))))
    // The script that the image starts takes these words, up to the hostfile that only a launcher has.
    let outcome = try Command.run("launch/sft", words, environment: ["VLM_DIST_PROGRAM": Checkout.program])
    #expect(outcome.code == 66 && outcome.output.contains("cannot read the hostfile /etc/mpi/hostfile"))
  }

  @Test func `the image has every library that the program was linked with by name`() throws {
    let image = try Self.text("cluster/Containerfile")
    let program = Checkout.program
    let libraries = try Command.run("/usr/bin/ldd", [program]).output
    for (soname, package) in [
      ("libmpi.so", "libopenmpi3"), ("libopenblas.so", "libopenblas0-pthread"), ("libdnnl.so", "libdnnl2"),
      ("libxml2.so", "libxml2"), ("libzstd.so", "libzstd1"), ("libjpeg.so", "libjpeg62-turbo"),
      ("libpng16.so", "libpng16-16"), ("libwebp.so", "libwebp7"),
    ] {
      #expect(libraries.contains("\t\(soname)"), "\(soname): linked no more, the image needs \(package) no more")
      #expect(image.contains(" \(package) "), "\(package) for \(soname)")
    }
  }

  @Test func `the job and the image name the same files, user and ssh port`() throws {
    let job = try #require(try compose(yaml: try Self.text("cluster/mpijob.yaml")))
    let image = try Self.text("cluster/Containerfile")
    let replicas = job["spec"]?["mpiReplicaSpecs"]
    let launcher = try #require(replicas?["Launcher"]?["template"]?["spec"]?["containers"]?[0])
    let worker = try #require(replicas?["Worker"]?["template"]?["spec"]?["containers"]?[0])

    #expect(launcher["command"]?[0]?.string == "/opt/vlm-dist/launch/sft")
    #expect(image.contains("COPY --from=build /opt/vlm-dist /opt/vlm-dist"))
    #expect(image.contains("ENV VLM_DIST_PROGRAM=/opt/vlm-dist/vlm-dist"))
    // sshd as the image would start it by itself.
    let words: [String]? = worker["command"]?.sequence?.compactMap { $0.string }
    let server = try #require(words)
    #expect(image.contains("CMD [" + server.map { "\"\($0)\"" }.joined(separator: ", ") + "]"))
    #expect(image.contains(">\(try #require(server.last))"))
    let keys = try #require(job["spec"]?["sshAuthMountPath"]?.string)
    #expect(image.contains("HostKey \(keys)/id_rsa"))
    for container in [launcher, worker] {
      let user = try #require(container["securityContext"]?["runAsUser"]?.int)
      #expect(image.contains("--uid \(user) "))
      #expect(container["image"]?.string == launcher["image"]?.string)
    }
    let ports = image.matches(of: /'\s*Port (\d+)'/).map(\.1)
    #expect(ports.count == 2 && Set(ports).count == 1, "server and client: \(ports)")
  }
}
