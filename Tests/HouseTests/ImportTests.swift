import Testing

@Test func `every module is declared below what it depends on`() throws {
  let diagram = Diagram(package: try Checkout().text("Package.swift"))
  #expect(diagram.upwardDependencies() == [])
}

@Test func `every folder of Sources and Tests is a target, and every target a folder`() throws {
  let checkout = try Checkout()
  let targets = Diagram(package: try checkout.text("Package.swift")).targets
  let (sources, tests) = (try checkout.names(in: "Sources"), try checkout.names(in: "Tests"))
  #expect(targets.filter { !$0.isTest }.map(\.name).sorted() == sources)
  #expect(targets.filter(\.isTest).map(\.name).sorted() == tests)
}

@Test(arguments: ["Sources", "Tests"])
func `a module imports only what Package.swift lists for it`(folder: String) throws {
  let checkout = try Checkout()
  let diagram = Diagram(package: try checkout.text("Package.swift"))
  let files = try checkout.files(below: folder, endings: ["swift"])
  #expect(files.count > 50)
  for file in files {
    let target = file.split(separator: "/")[1]
    let source = try checkout.text(file)
    #expect(diagram.faults(ofImports: source, in: String(target), file: file) == [])
  }
}

private let smallHouse = Diagram(
  package: """
    .package(url: "https://example.org/yams", exact: "1.0.0"),
    .systemLibrary(name: "CLib", pkgConfig: "lib", providers: [.apt(["liblib-dev"])]),
    // .target(name: "Ghost", dependencies: ["CLib"]),
    .target(name: "Low", dependencies: ["CLib", "High"], swiftSettings: numeric),
    .target(
      name: "High",
      dependencies: [
        "Low", .product(name: "Yams", package: "Yams"),
      ], swiftSettings: fenced),
    .testTarget(name: "LowTests", dependencies: ["Low"]),
    """)

@Test func `the diagram is read from Package.swift's text`() {
  #expect(
    smallHouse.targets == [
      .init(name: "CLib", isTest: false, dependencies: [], products: []),
      .init(name: "Low", isTest: false, dependencies: ["CLib", "High"], products: []),
      .init(name: "High", isTest: false, dependencies: ["Low", "Yams"], products: ["Yams"]),
      .init(name: "LowTests", isTest: true, dependencies: ["Low"], products: []),
    ])
}

@Test func `a dependency upwards and an import that is not declared are found`() {
  #expect(smallHouse.upwardDependencies() == ["Low depends on High, which is not declared above it"])
  // The word is put in afterwards: this file is searched for imports, too.
  let source = """
    // @ Nothing
    @ Foundation
      @testable @ Low
    public @ struct Yams.Node
    @preconcurrency @ CLib
    let important = 1
    """.replacing("@ ", with: "import ")
  #expect(Diagram.imports(source) == ["Foundation", "Low", "Yams", "CLib"])
  #expect(
    smallHouse.faults(ofImports: source, in: "High", file: "a.swift")
      == ["a.swift: High imports CLib, which Package.swift does not list among its dependencies"])
  #expect(
    smallHouse.faults(ofImports: "", in: "Shed", file: "b.swift") == ["b.swift: Shed is not a target of Package.swift"])
}
