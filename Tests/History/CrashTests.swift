import KernelHistory
import KernelStore
import KernelSystem
import KernelTesting
import ModuleChat
import Testing

/// What was acknowledged is there, whatever happens to the process that was told so.
@Suite(.blocking, .serialized) struct CrashTests {
    private static let kills = LongForm.isWanted ? 200 : 20
    private static let piece = "Antwort "

    @Test func `a process that is killed at any instant loses no word that was acknowledged`()
        throws
    {
        let folder = try TemporaryFolder("kernel-history")
        var all = Acknowledged()
        for kill in 0..<Self.kills {
            // The first ones are killed while they open the file.
            let lines = kill % 5 == 0 ? Int.random(in: 0...1) : Int.random(in: 1...600)
            try all.add(Self.run(folder.path, lines: lines))
        }
        #expect(all.errors == [])
        #expect(!all.done.isEmpty && !all.purged.isEmpty && all.written.count > all.done.count)
        try Self.check(all, in: folder.path)
    }

    private struct Acknowledged {
        var said: [MessageID: ChatID] = [:]
        /// How many pieces.
        var written: [MessageID: (chat: ChatID, pieces: Int)] = [:]
        var done: Set<MessageID> = []
        /// Those whose purge began may be there or not.
        var purging: Set<ChatID> = []
        var purged: Set<ChatID> = []
        var errors: [String] = []

        mutating func add(_ text: String) throws {
            // A kill may cut the last line.
            for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
                let words = line.split(separator: " ").map(String.init)
                if words[0] == "error:" { errors.append(String(line)) }
                guard words.count >= 3, let chat = ChatID(words[1]) else { continue }
                let message = MessageID(words[2])
                switch (words[0], message) {
                case ("said", let id?): said[id] = chat
                case ("written", let id?): written[id] = (chat, Int(words[3]) ?? 0)
                case ("done", let id?): done.insert(id)
                case ("purging", _): purging.insert(chat)
                case ("purged", _): purged.insert(chat)
                default: continue
                }
            }
        }
    }

    /// Kills the process after it has said so many lines; the answer is all that it said.
    private static func run(_ folder: String, lines: Int) throws -> String {
        let pipe = try Pipe()
        let output = try pipe.reader.duplicate()
        var options = ChildProcess.Options(environment: Environment.all)
        options.descriptors = [.init(pipe.writer.raw, as: 1), .init(pipe.writer.raw, as: 2)]
        let process = try ChildProcess.spawn(
            try Program.built("KernelStoreWriter"), [folder, "chats"], options)
        let handle = try ChildProcess.handle(of: process)
        close(consume pipe)
        var text = ""
        var isKilled = false
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            if !isKilled, text.utf8.count(where: { $0 == 10 }) >= lines {
                ChildProcess.signal(handle, SignalNumber.kill)
                isKilled = true
            }
            guard case .bytes(let count) = try output.read(into: &buffer) else { break }
            text += String(decoding: buffer[..<count], as: UTF8.self)
        }
        #expect(try ChildProcess.wait(for: process) == .killed(signal: 9))
        return text
    }

    private static func close(_ pipe: consuming Pipe) {}

    private static func check(_ all: Acknowledged, in folder: String) throws {
        let store = try SQLiteStore(folder: folder)
        defer { store.close() }
        let chats = SQLiteChatRecords(store)
        _ = try Answer.wait { chats.settle(at: .now, $0) }
        for chat in all.purged {
            #expect(refusal { _ = try Answer.wait { chats.chat(chat, $0) } }?.kind == .unknown)
        }
        for (id, chat) in all.said where !all.purging.contains(chat) {
            let message = try Answer.wait { chats.message(id, $0) }
            #expect(message.message.text == piece && message.state == .done)
        }
        for (id, written) in all.written where !all.purging.contains(written.chat) {
            let message = try Answer.wait { chats.message(id, $0) }
            let text = message.message.text
            let pieces = text.utf8.count / piece.utf8.count
            #expect(text == String(repeating: piece, count: pieces))
            // One more may have been written than was acknowledged.
            #expect(pieces >= written.pieces && pieces <= written.pieces + 1)
            #expect(all.done.contains(id) ? message.state == .done : message.state != .open)
        }
        #expect(try Answer.wait { store.problems(.full, $0) } == [])
    }
}
