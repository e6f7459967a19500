import KernelSystem
import KernelTesting
import Testing

@testable import KernelDevelopment

struct PackageLifeTests {
    /// Of one folder, before and after a source was added.
    private let sources: TemporaryFolder
    private let first: PackageSnapshot
    private let second: PackageSnapshot

    init() throws {
        sources = try TemporaryFolder()
        try Files.replace(sources.file("Package.swift"), with: [1])
        first = PackageSnapshot(of: sources.path, sourceFolders: ["Sources"])
        try Files.makeDirectories(sources.file("Sources/A"))
        try Files.replace(sources.file("Sources/A/a.swift"), with: [1])
        second = PackageSnapshot(of: sources.path, sourceFolders: ["Sources"])
    }

    @Test func `the sources are looked at once they have been quiet for a while`() {
        var life = PackageLife()
        let quiet = PackageLife.quietNanoseconds
        #expect(life.next(.hint(nowNanoseconds: 1_000)) == .wait(untilNanoseconds: 1_000 + quiet))
        #expect(life.next(.hint(nowNanoseconds: 5_000)) == .none)
        #expect(
            life.next(.rang(nowNanoseconds: 1_000 + quiet))
                == .wait(untilNanoseconds: 5_000 + quiet))
        #expect(life.next(.rang(nowNanoseconds: 5_000 + quiet)) == .look)
        #expect(life.next(.rang(nowNanoseconds: 6_000 + quiet)) == .none)
    }

    @Test func `sources that never rest are looked at all the same`() {
        var life = PackageLife()
        for now in stride(from: 0, to: PackageLife.quietMaxNanoseconds, by: 50_000_000) {
            _ = life.next(.hint(nowNanoseconds: now))
        }
        #expect(life.next(.rang(nowNanoseconds: PackageLife.quietMaxNanoseconds)) == .look)
    }

    @Test func `what is built already is not built again`() {
        var life = PackageLife()
        #expect(life.next(.looked(first)) == .build)
        #expect(life.next(.looked(first)) == .none)
        #expect(life.next(.buildEnded) == .none)
        #expect(life.next(.looked(first)) == .none)
        #expect(life.next(.looked(second)) == .build)
    }

    @Test func `a build of old sources is ended, and the newest are built`() {
        var life = PackageLife()
        #expect(life.next(.looked(first)) == .build)
        #expect(life.next(.looked(second)) == .endBuild)
        #expect(life.isEndingBuild)
        #expect(life.next(.looked(first)) == .none)
        #expect(life.next(.buildEnded) == .build)
        #expect(life.next(.buildEnded) == .none)
        #expect(life.next(.looked(first)) == .none)
    }

    @Test func `after the end nothing is built any more`() {
        var life = PackageLife()
        #expect(life.next(.looked(first)) == .build)
        #expect(life.next(.stop) == .endBuild)
        #expect(life.next(.buildEnded) == .none)
        #expect(life.next(.looked(second)) == .none)
        #expect(life.next(.hint(nowNanoseconds: 1)) == .none)
    }

    @Test func `a snapshot holds sources and manifests, and nothing that tools leave behind`()
        throws
    {
        for name in ["Sources/A/.a.swift.swp", "Sources/A/a.swift~", "Package.resolved", "notes"] {
            try Files.replace(sources.file(name), with: [1])
        }
        try Files.makeDirectories(sources.file(".build/debug"))
        #expect(PackageSnapshot(of: sources.path, sourceFolders: ["Sources"]) == second)
        #expect(second.folders == ["", "/Sources", "/Sources/A"].map { sources.path + $0 })
        #expect(Set(second.manifests.keys) == [sources.file("Package.swift")])
    }

    @Test func `a file that was written again is another one`() throws {
        try Files.replace(sources.file("Sources/A/a.swift"), with: [2])
        #expect(PackageSnapshot(of: sources.path, sourceFolders: ["Sources"]) != second)
    }

    @Test func `what a package makes is read from its description`() throws {
        let description = """
            warning: something to read first
            {"name": "greeter", "products": [
              {"name": "greeter", "targets": ["A"], "type": {"library": ["dynamic"]}},
              {"name": "helper", "targets": ["B"], "type": {"library": ["automatic"]}},
              {"name": "tool", "targets": ["C"], "type": {"executable": null}}],
             "targets": [
              {"name": "A", "path": "Sources/A", "type": "library"},
              {"name": "B", "path": "Sources/A/B", "type": "library"},
              {"name": "C", "path": "Tool", "type": "executable"},
              {"name": "ATests", "path": "Tests/ATests", "type": "test"}]}
            """
        let facts = try #require(PackageFacts(describedBy: Array(description.utf8)))
        #expect(facts.name == "greeter")
        #expect(facts.libraries == ["greeter"])
        #expect(facts.sourceFolders == ["Sources/A", "Tool"])
        #expect(PackageFacts(describedBy: Array("error: no".utf8)) == nil)
    }
}
