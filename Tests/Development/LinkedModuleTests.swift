import KernelBase
import KernelSystem
import KernelTesting
import Testing

@testable import KernelDevelopment

/// Entries of `dev.modules` that are links to libraries.
@Suite(.blocking) struct LinkedModuleTests {
    @Test func `a link that is pointed elsewhere is followed there`() throws {
        let bench = try DevelopmentBench(program: nil)
        let folder = bench.folder
        for name in ["one", "two", "three"] {
            try Files.makeDirectories(folder.file(name))
            try Fixture.build(
                "answer", defining: ["FIXTURE_ANSWER=\"\(name)\""],
                to: folder.file("\(name)/module.so"))
        }
        let link = folder.file("link.so")
        try Shell.run("ln -s \(folder.file("one/module.so")) \(link)")
        bench.development.set([link])
        _ = try #require(bench.events.serving(after: 0))
        #expect(try bench.call("fixture", .bytes, "") == "one")

        // As `ln -sf` does it, and as installers do.
        var mark = bench.events.all.count
        try Shell.run("ln -sfn \(folder.file("two/module.so")) \(link)")
        _ = try #require(bench.events.serving(after: mark))
        #expect(try bench.call("fixture", .bytes, "") == "two")

        mark = bench.events.all.count
        let (three, two) = (folder.file("three/module.so"), folder.file("two/module.so"))
        try Shell.run("mv \(three) \(two)")
        _ = try #require(bench.events.serving(after: mark), "the new target is not followed")
        #expect(try bench.call("fixture", .bytes, "") == "three")

        mark = bench.events.all.count
        let one = folder.file("one/module.so")
        try Shell.run("ln -s \(one) \(link).new && mv -T \(link).new \(link)")
        _ = try #require(bench.events.serving(after: mark))
        #expect(try bench.call("fixture", .bytes, "") == "one")
    }
}
