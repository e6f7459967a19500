import Glibc
import ModuleJSON
import ModuleKit
import Synchronization
import Testing

@testable import ModuleKitTesting

/// Asks for whatever it is told to.
private final class Asker: Startable {
    static let manifest = Manifest(
        id: "asker", version: "1.0.0", about: "Asks.", requires: [.init("other", range: "*")])
    static let tasks: [TaskOf<Asker>] = [
        TaskOf("text", "Asks for text.", risk: .read, run: text),
        TaskOf("bytes", "Asks with bytes.", risk: .read, run: bytes),
        TaskOf("number", "Asks for a number.", risk: .read, run: number),
        TaskOf("unknown", "Asks for what it does not require.", risk: .read, run: unknown),
        TaskOf("pair", "Asks twice at once.", risk: .read, run: pair),
        TaskOf("printed", "Asks for what is printed.", risk: .read, run: printed),
        TaskOf("alone", "What was heard of its own accord.", risk: .read, run: alone),
    ]

    struct Number: Decodable { var number: Int }
    struct Question: Encodable { var question: String }

    private let host: Host
    private let heard = Mutex("nothing")

    init(_ host: Host) { self.host = host }

    func start() throws {
        Task {
            let text: String
            do {
                text = try await host.ask("other.text", encoding: Question(question: "alone")).text
            } catch {
                text = "\(error)"
            }
            heard.withLock { $0 = $0 == "nothing" ? text : "\($0); \(text)" }
        }
    }

    func stop() {}

    func text(_ call: Call) async throws -> String {
        try await call.ask("other.text", encoding: Question(question: "why")).text
    }

    func bytes(_ call: Call) async throws -> Bytes {
        Bytes(try await call.ask("other.bytes", bytes: [1, 2, 3]).bytes)
    }

    func number(_ call: Call) async throws -> Int {
        try await call.ask("other.number", as: Number.self).number
    }

    func unknown(_ call: Call) async throws -> String {
        try await call.ask("third.text").text
    }

    func pair(_ call: Call) async throws -> String {
        async let one = call.ask("other.text", ["question": "one"])
        async let two = call.ask("other.text", ["question": "two"])
        return try await one.text + " " + two.text
    }

    func printed(_ call: Call) async throws -> String {
        let reply = try await call.ask("other.text")
        return "\(reply.output)|\(reply.text)"
    }

    func alone(_ call: Call) async throws -> String { heard.withLock { $0 } }
}

@Suite(.timeLimit(.minutes(2))) struct AskingTests {
    private static let echo = StandIn.text { $0["question"]?.string ?? "nothing asked" }

    @Test func `text, bytes and values go there and back`() async throws {
        let host = try TestHost(
            Asker.self,
            modules: [
                "other.text": Self.echo, "other.bytes": .bytes { $0.reversed() },
                "other.number": .json { _ in ["number": 5] },
            ])
        #expect(try await host.call("text").text == "why")
        #expect(try await host.call("bytes").bytes == [3, 2, 1])
        #expect(try await host.call("number").json == 5)
        #expect(try await host.call("pair").text == "one two")
        while try await host.call("alone").text == "nothing" { await Task.yield() }
        #expect(try await host.call("alone").text == "alone")
        try host.close()
    }

    @Test func `what a stand-in prints comes with the reply`() async throws {
        let host = try TestHost(
            Asker.self, modules: ["other.text": Self.echo.printing("one, ", "two")])
        #expect(try await host.call("printed").text == "one, two|nothing asked")
        try host.close()
    }

    @Test func `what is not as expected is said in words`() async throws {
        let host = try TestHost(
            Asker.self,
            modules: ["other.text": Self.echo, "other.number": .json { _ in ["number": "five"] }])
        let wrong = try await host.call("number")
        #expect(wrong.status == .failed)
        #expect(wrong.message.hasPrefix("the reply is not what was expected: "))
        let unknown = try await host.call("unknown")
        #expect(unknown.status == .denied)
        #expect(
            unknown.message.hasSuffix("does not require third in its manifest; add it to requires"))
        let missing = try await host.call("bytes")
        #expect(missing.status == .notFound && missing.message.contains("no stand-in"))
        try host.close()
    }

    /// Answers only to being cancelled, and says when it is at work.
    private final class Waiting: Sendable {
        private let begun = AsyncStream.makeStream(of: Void.self)
        private let wasCancelled = Mutex(false)

        /// Whatever the arguments are.
        var standIn: StandIn {
            .bytes { [self] _ in
                begun.continuation.yield()
                let never = AsyncStream.makeStream(of: Void.self)
                // Nothing comes: it ends when the task is cancelled.
                for await _ in never.stream {}
                never.continuation.finish()
                wasCancelled.withLock { $0 = true }
                throw CancellationError()
            }
        }

        var hasBeenCancelled: Bool { wasCancelled.withLock { $0 } }

        func waitUntilAtWork() async {
            for await _ in begun.stream { return }
        }
    }

    @Test func `cancelling the call cancels what it asked for`() async throws {
        let waiting = Waiting()
        let host = try TestHost(
            Asker.self,
            modules: ["other.bytes": waiting.standIn, "other.text": Self.echo])
        let call = try host.begin("bytes")
        await waiting.waitUntilAtWork()
        call.cancel()
        #expect(try await call.outcome().status == .cancelled)
        #expect(waiting.hasBeenCancelled)
        try host.close()
    }

    @Test func `a request that is in flight ends when the module is stopped`() async throws {
        let waiting = Waiting()
        let host = try TestHost(Asker.self, modules: ["other.text": waiting.standIn])
        await waiting.waitUntilAtWork()
        try host.stop()
        try host.start()
        while try await host.call("alone").text == "nothing" { await Task.yield() }
        #expect(try await host.call("alone").text.hasPrefix("the module that asked was stopped"))
        try host.close()
    }

    @Test func `a module is told its folder, which is gone after the test`() async throws {
        let folder: String
        do {
            let host = try TestHost(Diary.self)
            folder = host.folder
            #expect(try await host.call("where").text == "\(folder)/drafts")
            #expect(isFolder(folder))
            try host.close()
        }
        #expect(!isFolder(folder))
    }

    private func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
