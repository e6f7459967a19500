import Glibc
import KernelSystem
import KernelTesting
import ModuleJSON
import Testing

/// A module takes an ordinary kernel along, whose memory nobody may look into, while durable tasks
/// are open.
@Suite(.timeLimit(.minutes(3)))
struct CrashedTaskTests {
    private let home: KernelHome

    init() throws {
        home = try KernelHome()
    }

    private func submit(_ line: String) throws -> String {
        let ended = try home.task("submit \(line)")
        try #require(ended.status == .exited(code: 0), "\(ended.errors)")
        return String(ended.output.dropLast())
    }

    private func details(_ id: String) throws -> JSON {
        try JSON(parsing: try home.task("show \(id) --json").output)
    }

    private func state(_ id: String) throws -> String? {
        try details(id)["task"]?["state"]?.string
    }

    private func ends(_ id: String) throws -> [String?] {
        try details(id)["attempts"]?.array?.map { $0["end"]?.string } ?? []
    }

    @Test func `after a module's crash every task is in its true state, and its report is there`()
        throws
    {
        try Files.replace(home.folder.file("here.txt"), with: Array("I am here\n".utf8))
        try home.install("waiting")
        try home.installTrusted("crashes")
        let kernel = try home.start(
            ["serve"], variables: ["KERNEL_NO_PARENT": nil], input: .file("/dev/null"))
        try kernel.wait(errors: "is ready")
        let done = try submit("fs.read path=here.txt")
        #expect(try home.task("wait \(done)").output == "I am here\n")
        let running = try submit("waiting.process heed")
        try waitFor("the task to run") { try state(running) == "running" }
        let after = try submit("fs.read path=here.txt --after \(running)")
        let fatal = try submit("crashes.thread segv")

        try kernel.wait(errors: "it starts again")
        try waitFor("the second attempt") {
            try ends(running) == ["interrupted", nil] && state(running) == "running"
        }
        // The build has a process of its own from now on, which is all that it takes along.
        try waitFor("the end of the task that crashes") {
            try ["failed", "waiting"].contains(state(fatal)) && ends(fatal).count > 1
        }
        #expect(try ends(fatal).first == "interrupted")
        #expect(try state(done) == "done" && ends(done) == ["succeeded"])
        #expect(try state(after) == "waiting" && ends(after) == [])

        let folder = Path.join(home.state, "crashes")
        let names = try Files.names(in: folder).filter { $0.hasSuffix(".json") }
        #expect(names.count == 1)
        let report = try JSON(
            parsing: Files.read(Path.join(folder, names.first ?? ""), bytesMax: 1 << 20))
        #expect(report["failure"]?.string == "signal")
        #expect(report["blamed"]?["module"]?.string == "crashes")
        let stack = report["stack"]?.array?.compactMap { $0["image"]?.string } ?? []
        #expect(stack.contains { $0.contains("/store/") }, "\(stack)")
        _ = try home.task("cancel \(fatal)")
        _ = try home.task("cancel \(running)")
        try waitFor("the end of what waits for it") { try state(after) != "waiting" }
        kernel.signal(SIGTERM)
        #expect(try kernel.waitForEnd().status == .exited(code: 0))
    }
}
