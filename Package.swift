// swift-tools-version: 6.2
// The diagram of the house: targets in dependency order, a module imports only downwards.
import Foundation
import PackageDescription

/// The instruction set the number kernels are compiled for. AVX2 with FMA runs on every x86-64 server of the last
/// ten years; OpenBLAS picks AVX-512 itself at run time. Set VLM_DIST_MARCH=x86-64-v4 for a cluster that has it everywhere.
let march = ProcessInfo.processInfo.environment["VLM_DIST_MARCH"] ?? "x86-64-v3"

/// Everywhere: Swift 6, no warnings.
let common: [SwiftSetting] = [.treatAllWarnings(as: .error)]

/// Modules that hold no pointers: an unsafe expression there must be marked by hand, so it is seen in review.
let fenced: [SwiftSetting] = common + [.strictMemorySafety()]

/// Number kernels: optimised in debug builds too, so that tests run at release speed.
let numeric: [SwiftSetting] =
  common + [
    .unsafeFlags(["-Xcc", "-march=\(march)"]),
    .unsafeFlags(["-O"], .when(configuration: .debug)),
  ]

let package = Package(
  name: "vlm-dist",
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
  ],
  targets: [
    // System libraries, and thin shims where C macros need one.
    .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "COneDNN", providers: [.apt(["libdnnl-dev"])]),
    // Loops of the codec in C. Optimised in debug builds too, like the number kernels.
    .target(name: "CIntrinsics", cSettings: [.unsafeFlags(["-O2"], .when(configuration: .debug))]),

    // Attention's arithmetic in AVX-512. Optimised in debug builds too, like the number kernels.
    .target(name: "CTiles", cSettings: [.unsafeFlags(["-O2"], .when(configuration: .debug))]),

    // Where the time goes.
    .target(name: "Profiling", swiftSettings: fenced),

    // Numbers.
    .target(name: "Memory", swiftSettings: common),
    .target(name: "Tensors", dependencies: ["Memory", "Profiling", "CIntrinsics"], swiftSettings: numeric),
    .target(
      name: "Kernels", dependencies: ["Tensors", "Profiling", "COpenBLAS", "COneDNN", "CIntrinsics", "CTiles"],
      swiftSettings: numeric),
    .target(name: "Autograd", dependencies: ["Kernels", "Tensors"], swiftSettings: common),
    .target(name: "Layers", dependencies: ["Autograd", "Kernels", "Tensors"], swiftSettings: fenced),
    .target(name: "Models", dependencies: ["Layers", "Autograd", "Kernels", "Tensors"], swiftSettings: fenced),

    // Files of models and runs.
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .target(name: "Checkpoints", dependencies: ["Tensors", "CZstd", "CIntrinsics"], swiftSettings: numeric),

    // Words and settings.
    .target(name: "Text", swiftSettings: fenced),
    .target(name: "Recipes", dependencies: [.product(name: "Yams", package: "Yams")], swiftSettings: fenced),

    // Pictures.
    .target(
      name: "CImageCodecs",
      linkerSettings: [.linkedLibrary("jpeg"), .linkedLibrary("png"), .linkedLibrary("webp")]),
    .target(name: "Media", dependencies: ["CImageCodecs"], swiftSettings: numeric),

    // Samples, mixtures, micro-batches.
    .target(name: "Datasets", dependencies: ["Media", "Text", "Tensors"], swiftSettings: fenced),

    // Hugging Face directories.
    .target(
      name: "Pretrained", dependencies: ["Models", "Layers", "Checkpoints", "Tensors", "Text", "Media"],
      swiftSettings: fenced),

    // Held-out scores and generated answers.
    .target(name: "Evaluation", dependencies: ["Models", "Datasets", "Text", "Tensors"], swiftSettings: fenced),

    // What a run writes down for people: metrics, journal, TensorBoard, report.
    .target(
      name: "Records", dependencies: ["Profiling", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
      exclude: ["TensorBoard/event.proto"], swiftSettings: fenced),

    // Ranks.
    .systemLibrary(name: "COpenMPI", pkgConfig: "ompi-c", providers: [.apt(["libopenmpi-dev"])]),
    .target(name: "CMPI", dependencies: ["COpenMPI"]),
    .target(name: "CSharedMemory"),
    .target(
      name: "Communication", dependencies: ["CMPI", "CSharedMemory", "Memory", "Profiling"], swiftSettings: numeric),

    // The run.
    .target(
      name: "Training",
      dependencies: [
        "Models", "Layers", "Autograd", "Kernels", "Tensors", "Memory", "Pretrained", "Checkpoints", "Communication",
        "Datasets", "Recipes", "Records", "Evaluation", "Text", "Media", "Profiling",
      ], swiftSettings: fenced),

    // What will bite on these hosts, before a run finds out.
    .target(
      name: "Diagnosis", dependencies: ["Communication", "Checkpoints", "Kernels", "Tensors", "Memory", "CZstd"],
      swiftSettings: common),

    .executableTarget(name: "rank-check", dependencies: ["Communication"], swiftSettings: common),

    // The command line, one file per command.
    .executableTarget(
      name: "vlm-dist",
      dependencies: [
        "Training", "Diagnosis", "Evaluation", "Records", "Recipes", "Pretrained", "Checkpoints", "Communication",
        "Datasets", "Media", "Text", "Models", "Layers", "Autograd", "Kernels", "Tensors", "Memory", "Profiling",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: common),

    .testTarget(name: "HouseTests", swiftSettings: common),
    .testTarget(name: "ProfilingTests", dependencies: ["Profiling", "Kernels", "Tensors"], swiftSettings: common),
    .testTarget(name: "MemoryTests", dependencies: ["Memory"], swiftSettings: common),
    .testTarget(
      name: "KernelsTests", dependencies: ["Kernels", "Tensors", "Checkpoints"], resources: [.copy("Golden")],
      swiftSettings: common),
    .testTarget(
      name: "AutogradTests", dependencies: ["Autograd", "Kernels", "Tensors", "Checkpoints"],
      resources: [.copy("Golden")], swiftSettings: common),
    .testTarget(
      name: "ModelsTests",
      dependencies: ["Models", "Pretrained", "Checkpoints", "Layers", "Autograd", "Kernels", "Tensors"],
      resources: [.copy("Golden")], swiftSettings: common),
    .testTarget(
      name: "TrainingTests",
      dependencies: [
        "Training", "Models", "Layers", "Autograd", "Communication", "Datasets", "Evaluation", "Recipes", "Records",
        "Pretrained", "Checkpoints", "Tensors", "Media", "Kernels", "Text",
      ], swiftSettings: common),
    .testTarget(name: "TextTests", dependencies: ["Text"], resources: [.copy("Golden")], swiftSettings: common),
    .testTarget(name: "MediaTests", dependencies: ["Media"], resources: [.copy("Golden")], swiftSettings: common),
    .testTarget(
      name: "CheckpointsTests", dependencies: ["Checkpoints", "Tensors", "CIntrinsics", "CZstd"],
      resources: [.copy("Golden")], swiftSettings: common),
    .testTarget(
      name: "RecordsTests", dependencies: ["Records", "Profiling"], resources: [.copy("Golden")],
      swiftSettings: common),
    .testTarget(name: "RecipesTests", dependencies: ["Recipes"], resources: [.copy("Golden")], swiftSettings: common),
    .testTarget(
      name: "DatasetsTests", dependencies: ["Datasets", "Media", "Text", "Tensors"], swiftSettings: common),
    .testTarget(name: "CommunicationTests", dependencies: ["Communication"], swiftSettings: common),
    .testTarget(
      name: "DiagnosisTests", dependencies: ["Diagnosis", "Communication", "Memory"], swiftSettings: common),
    .testTarget(
      name: "EvaluationTests",
      dependencies: ["Evaluation", "Models", "Layers", "Datasets", "Media", "Text", "Tensors"],
      swiftSettings: common),
    .testTarget(name: "RankTests", dependencies: ["rank-check", "vlm-dist", "Media"], swiftSettings: common),
    .testTarget(
      name: "ClusterTests", dependencies: ["vlm-dist", .product(name: "Yams", package: "Yams")],
      resources: [.copy("Golden")], swiftSettings: common),
  ]
)
