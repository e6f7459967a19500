import KernelSystem
import KernelTesting
import ModuleJSON
import Testing

/// `kernel ask` and `kernel model`, with a kernel and without.
@Suite(.timeLimit(.minutes(4)))
struct AskTests {
    private let home: KernelHome
    private let server: ModelServer

    init() throws {
        home = try KernelHome()
        server = try ModelServer()
        try home.configure("[chat]\nmodel = \"here/small\"\n\(server.provider())")
    }

    /// What it did with a kernel and without, one after the other.
    private func both(
        _ arguments: [String], input: KernelHome.Input = .file("/dev/null"),
        _ check: (LiveProgram.Ended) -> Void
    ) throws {
        check(try home.run(arguments, input: input))
        let kernel = try home.serve()
        check(try home.run(arguments, input: input))
        kernel.signal(SignalNumber.terminate)
        #expect(try kernel.waitForEnd().status == .exited(code: 0))
    }

    @Test func `an answer goes to the output, and nothing else anywhere`() throws {
        try both(["ask", "hello", "there"]) { ended in
            #expect(ended.status == .exited(code: 0))
            #expect(ended.output == "1 small: hello there\n" && ended.errors == "")
        }
    }

    @Test(arguments: [
        (["ask", "fail"], 1, "wrong key"),
        (["ask", "x", "--model", "here"], 3, "no model \"here\""),
        (["ask", "x", "--model", "hree/small"], 3, "did you mean \"here\"?"),
        (["ask"], 2, "there is no question"), (["ask", "x", "--tokens", "0"], 2, "at least 1"),
        (["ask", "x", "--image", "gone.png"], 2, "gone.png"),
        (["model", "use", "nix"], 3, "no model \"nix\""),
        (["model", "pull", "here/x"], 1, "offers no way to pull"),
        (["model", "frobnicate"], 2, "list | use | show"),
    ])
    func `the exit status says what went wrong`(
        arguments: [String], status: Int32, problem: String
    ) throws {
        let ended = try home.run(arguments)
        #expect(ended.status == .exited(code: status), "\(ended.errors)")
        #expect(ended.output == "" && ended.errors.contains(problem), "\(ended.errors)")
    }

    @Test func `without a model it is said what to write, and the kernel goes on`() throws {
        try home.configure("")
        let ended = try home.run(["ask", "x"])
        #expect(ended.status == .exited(code: 3))
        #expect(ended.errors.contains("write [providers.deepseek]"), "\(ended.errors)")
        let script = try home.run([], input: .text("hello\nfs.list path=.\n"))
        #expect(script.status == .exited(code: 2))
        #expect(script.errors.contains("\"hello\" is no task, and no model is there to talk to"))
        #expect(!script.output.isEmpty)
    }

    @Test func `what is piped in stands below the question, and a picture above it`() throws {
        let piped = try home.run(["ask", "what?"], input: .text("int main\n"))
        #expect(piped.output == "1 small: what?\n\nint main\n")
        let picture = home.folder.file("dot.png")
        try Files.replace(picture, with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A])
        let seen = try home.run([
            "ask", "--image", picture, "--system", "be brief", "--json", "what?",
        ])
        #expect(seen.status == .exited(code: 0), "\(seen.errors)")
        let json = try JSON(parsing: seen.output)
        #expect(json["text"] == "2 small: what?" && json["finish"] == "stop")
        let content = try #require(server.bodies.last?["messages"]?[1]?["content"]?.array)
        #expect(content.map { $0["type"]?.string } == ["image_url", "text"])
        #expect(content[0]["image_url"]?["url"] == "data:image/png;base64,iVBORw0K")
        #expect(content[1]["text"] == "what?")
    }

    @Test func `an interrupt ends the answer, and what came stays`() throws {
        let program = try home.start(["ask", "hold"], input: .file("/dev/null"))
        try program.wait(output: "1 small")
        program.signal(SignalNumber.interrupt)
        let ended = try program.waitForEnd()
        #expect(ended.status == .exited(code: 130))
        #expect(ended.output == "1 small\n" && ended.errors == "")
    }

    @Test func `a reader that takes nothing stops the server, and gets all of it after`() throws {
        let kernel = try home.serve()
        let go = home.folder.file("go")
        let reader = "{ while [ ! -e \(go) ]; do sleep 0.1; done; wc -c; }"
        let command = "\(try Program.built("kernel")) ask flood | \(reader)"
        let program = try home.start(
            program: "/bin/sh", ["-c", command], input: .file("/dev/null"))
        var (flooded, since) = (0, SystemClock.monotonicNanoseconds)
        try waitFor("the server to be made to wait") {
            let now = SystemClock.monotonicNanoseconds
            if server.floodedBytes > flooded { (flooded, since) = (server.floodedBytes, now) }
            return flooded > 0 && now - since > 2_000_000_000
        }
        // What waits in sockets and pipes, and in the programs a little more.
        #expect(server.floodedBytes < 32 << 20)
        server.letGo()
        try Files.replace(go, with: [])
        let ended = try program.waitForEnd()
        let rest = "1 small: flood\n"
        #expect(ended.output == "\(server.floodedBytes + rest.utf8.count)\n", "\(ended.errors)")
        kernel.signal(SignalNumber.terminate)
        #expect(try kernel.waitForEnd().status == .exited(code: 0))
    }

    @Test func `a wait is said once to a file, and ends with an interrupt`() throws {
        let program = try home.start(["ask", "busy"], input: .file("/dev/null"))
        let said = try program.wait(errors: "(2 of 4)")
        #expect(said.contains("slow down; asked again in 4"), "\(said)")
        program.signal(SignalNumber.interrupt)
        let ended = try program.waitForEnd()
        #expect(ended.status == .exited(code: 130) && ended.output == "")
        #expect(ended.errors.split(separator: "\n").count == 1)
    }

    @Test func `models are listed, shown and tried, and the default is kept`() throws {
        let list = try home.run(["model", "list"])
        #expect(list.output.contains("*  here/small") && list.output.contains("here/large"))
        #expect(try home.run(["model", "list", "LARGE"]).output.contains("here/small") == false)
        let use = try home.run(["model", "use", "here/large"])
        #expect(use.output == "The default is here/large, on this machine\n", "\(use.errors)")
        try both(["ask", "hi"]) { #expect($0.output == "1 large: hi\n") }
        let trial = try home.run(["model", "test", "--json"])
        #expect(try JSON(parsing: trial.output)["model"] == "here/large")
        #expect(try home.run(["model", "use"]).output.contains("here/small"))
        #expect(try home.run(["ask", "hi"]).output == "1 small: hi\n")
    }

    @Test func `the end of the kernel is told to who hears an answer`() throws {
        let kernel = try home.serve()
        let asking = try home.start(["ask", "hold"], input: .file("/dev/null"))
        try asking.wait(output: "1 small")
        kernel.signal(SignalNumber.terminate)
        let ended = try asking.waitForEnd()
        #expect(ended.status == .exited(code: 1) && ended.output == "1 small\n")
        #expect(ended.errors.contains("the kernel is stopping"), "\(ended.errors)")
        _ = try kernel.waitForEnd()
    }

    @Test func `what is added must be there, and what is not is warned of`() throws {
        // The modules are looked at with the first question.
        #expect(try home.run(["model", "list"]).status == .exited(code: 0))
        let before = try Files.read(home.configuration, bytesMax: 1 << 20)
        for (arguments, problem) in [
            (["deepsek"], "did you mean \"deepseek\"?"), (["foo"], "No module knows a server"),
            (["own", "--file", "/no/such.gguf"], "There is no file /no/such.gguf"),
            (["own", "--model", "hree/x"], "There is no table [providers.hree]"),
        ] {
            let ended = try home.run(["model", "add"] + arguments)
            #expect(ended.status == .exited(code: 1), "\(arguments)")
            #expect(ended.errors.lowercased().contains(problem.lowercased()), "\(ended.errors)")
        }
        #expect(try Files.read(home.configuration, bytesMax: 1 << 20) == before)
        try home.configure(
            "[chat]\nmodel = \"here/small\"\nfallback = [\"nix/none\"]\n\(server.provider())"
                + "[providers.foo]\n")
        let check = try home.run(["config", "check"])
        #expect(check.status == .exited(code: 0))
        #expect(check.output.contains("[chat] fallback: There is no table [providers.nix]"))
        #expect(check.output.contains("[providers.foo]: No module knows a server \"foo\""))
    }

    @Test func `a kernel takes another model from its configuration at once`() throws {
        let kernel = try home.serve()
        #expect(try home.run(["ask", "hi"]).output == "1 small: hi\n")
        try home.configure("[chat]\nmodel = \"here/large\"\n\(server.provider())")
        try kernel.wait(errors: "the configuration has changed: chat.model")
        #expect(try home.run(["ask", "hi"]).output == "1 large: hi\n")
        kernel.signal(SignalNumber.terminate)
        _ = try kernel.waitForEnd()
    }

    /// The same code with another word in a sentence: another build.
    private static func changed(_ library: [UInt8]) throws -> [UInt8] {
        let (old, new) = (Array("empty answer".utf8), Array("empty reply.".utf8))
        var changed = library
        let place = try #require(
            library.indices.first { library[$0...].starts(with: old) },
            "the library holds the sentence")
        changed.replaceSubrange(place..<place + old.count, with: new)
        return changed
    }

    @Test func `an answer goes on with the build that it began on`() throws {
        let copy = Path.join(home.modules, "openai.so")
        let library = try Files.read(try Program.built("libOpenAI.so"), bytesMax: 1 << 26)
        try Files.replace(copy, with: library)
        let kernel = try home.serve()
        let asking = try home.start(["ask", "hold"], input: .file("/dev/null"))
        try asking.wait(output: "1 small")
        try Files.replace(copy, with: try Self.changed(library))
        try kernel.wait(errors: "openai 1.0.0 reloaded")
        #expect(try home.run(["ask", "new"]).output == "1 small: new\n")
        server.letGo()
        let ended = try asking.waitForEnd()
        #expect(ended.status == .exited(code: 0) && ended.output == "1 small: hold\n")
        kernel.signal(SignalNumber.terminate)
        _ = try kernel.waitForEnd()
    }
}
