import Foundation
import Testing

/// What the built files need and offer: a library too many costs start and memory in every run, a
/// symbol too many can be bound by another module.
struct LinkageTests {
    static let unwanted = [
        "libFoundation.so", "libFoundationInternationalization.so", "lib_FoundationICU.so",
        "libFoundationNetworking.so", "libcurl", "libpulse", "libsystemd",
    ]

    @Test(arguments: ["kernel", "kernel-zygote"])
    func `what starts at login needs none of the large libraries`(name: String) throws {
        let file = try product(name)
        let result = try Command(["ldd", file.path])
        #expect(result.status == 0, "\(result.output)")
        #expect(result.output.contains("libswiftCore.so"), "ldd did not read \(name)")
        #expect(!result.output.contains("not found"), "\(result.output)")
        #expect(Self.unwanted.filter(result.output.contains) == [])
    }

    @Test func `a program with Foundation would be found out`() throws {
        let result = try Command(["ldd", "/proc/\(ProcessInfo.processInfo.processIdentifier)/exe"])
        #expect(Self.unwanted.filter(result.output.contains).contains("libFoundation.so"))
    }

    @Test(arguments: Checkout.moduleLibraries)
    func `a module exports its entry and nothing else`(name: String) throws {
        let file = try product(name)
        let result = try Command(
            [
                "nm", "--dynamic", "--extern-only", "--defined-only", "--format=just-symbols",
                file.path,
            ])
        #expect(result.status == 0, "\(result.output)")
        #expect(result.output.split(separator: "\n") == ["module_entry"])
    }

    @Test(arguments: Checkout.moduleLibraries)
    func `a module is never unmapped, and bound when it is loaded`(name: String) throws {
        let result = try Command(["readelf", "--dynamic", "--wide", try product(name).path])
        let flags = result.output.split(separator: "\n").filter { $0.contains("(FLAGS_1)") }
        #expect(flags.count == 1)
        #expect(flags.allSatisfy { $0.contains("NODELETE") && $0.contains("NOW") })
    }

    @Test func `the bundled modules are found in Package.swift`() {
        #expect(Checkout.moduleLibraries.contains("libFilesystem.so"))
    }

    private func product(_ name: String) throws -> URL {
        let file = Checkout.products.appending(path: name)
        try #require(
            FileManager.default.fileExists(atPath: file.path),
            "\(name) is not built: run dev/test, or `swift build` before `swift test`.")
        return file
    }
}
