import KernelBase
import KernelLoader
import KernelSystem
import KernelTesting
import Testing

@Suite(.serialized) struct ModuleFileTests {
    @Test func `a module is found, called, replaced and removed`() throws {
        let bench = try KernelBench()
        try bench.install("answer")
        bench.loader.add([.init(bench.modules, .folder, .user)])
        try bench.loader.startWatching(privateFolder: bench.folder.file("watch"))
        _ = bench.events.first { if case .serving = $0 { true } else { false } }
        #expect(bench.call("fixture.answer").value == Array("one".utf8))

        try bench.install("answer", defining: ["FIXTURE_ANSWER=\"two\""])
        _ = bench.events.first { if case .serving(let new) = $0 { new.isReload } else { false } }
        #expect(bench.call("fixture.answer").value == Array("two".utf8))

        try Files.remove(Path.join(bench.modules, "answer.so"))
        _ = bench.events.first { if case .retired = $0 { true } else { false } }
        #expect(bench.call("fixture.answer").status == .notFound)
    }
}
