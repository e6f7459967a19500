import Foundation

/// Where the sources lie and where the build has put its products.
enum Checkout {
    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static let contract = root.appending(path: "Sources/ModuleABI/C")
    static let headers = contract.appending(path: "include")

    /// The folder that the running test binary was built into, whatever the configuration.
    static let products = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent()

    /// The public headers by their path below `include`; drafts promise nothing yet.
    static let headerNames: [String] = {
        let files = FileManager.default.enumerator(atPath: headers.path)
        let names = (files?.allObjects as? [String] ?? []).filter { $0.hasSuffix(".h") }
        return names.filter { !$0.contains("draft/") }.sorted()
    }()

    /// The libraries of the bundled modules, as `Package.swift` names them.
    static let moduleLibraries: [String] = {
        let manifest = root.appending(path: "Package.swift")
        let text = (try? String(contentsOf: manifest, encoding: .utf8)) ?? ""
        let dynamic = #/\[([^\]]*)\]\.map \{\s*\.library\(name: \$0, type: \.dynamic/#
        let names = text.firstMatch(of: dynamic)?.1 ?? ""
        return names.matches(of: #/"(\w+)"/#).map { "lib\($0.1).so" }
    }()

    /// Gives `body` an empty folder and removes it afterwards.
    static func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "kernel-abi-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(folder)
    }
}
