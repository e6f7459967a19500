import KernelBase
import KernelConfig
import KernelModels
import KernelStore
import KernelSystem
import KernelTesting
import KernelWire
import ModelTesting
import ModuleJSON
import Synchronization
import Testing

@testable import KernelChats

/// A desk for chats with the configuration of a test, whose provider is `LineProvider`.
final class ChatBench: Sendable {
    let folder: TemporaryFolder
    let store: SQLiteStore
    let alarms: Alarms
    /// Apart from the bench, so that the desk does not hold what holds it.
    private let configuration: Condition<Configuration>
    private let made = Mutex<ChatDesk?>(nil)

    init(_ text: String) throws {
        folder = try TemporaryFolder("kernel-chats")
        store = try SQLiteStore(folder: folder.file("state"))
        alarms = try Alarms()
        configuration = Condition(try Self.configuration(text))
    }

    private static func configuration(_ text: String) throws -> Configuration {
        try ConfigurationSource(file: "/home/ann/kernel.toml", home: "/home/ann", environment: [:])
            .read(Array(text.utf8))
    }

    deinit {
        made.withLock { $0 }?.models.close()
        alarms.close()
        store.close()
    }

    func configure(_ text: String) throws {
        let new = try Self.configuration(text)
        configuration.withLock { $0 = new }
    }

    /// As after a start: nothing is left of another desk but what is durable.
    func desk() -> ChatDesk {
        let models = ModelDesk(
            providers: LineProvider(), alarms: alarms, cacheFolder: folder.file("models")
        ) { [configuration] in
            ModelConfiguration(
                configuration.withLock { $0 }, .system(environment: [:]), environment: [:])
        }
        let desk = ChatDesk(models, preferences: store.preferences, alarms: alarms) {
            Issue.record("\($0)")
        }
        made.withLock { $0 = desk }
        return desk
    }

    func client(_ desk: ChatDesk? = nil) -> ChatListener {
        ChatListener(desk ?? made.withLock { $0 } ?? self.desk(), self)
    }
}

/// A client that remembers what it hears. It leaves when its test lets go of it.
final class ChatListener: Sendable {
    private let chat: Mutex<ClientChat?>
    /// What it talks to is there for as long as it is.
    private let bench: ChatBench
    private let ear = Ear()
    private let lastID = Mutex<Int64>(0)

    /// Apart from the listener, since the chat holds it.
    private final class Ear: ChatClient {
        let heard = Condition<[WireMessage]>([])
        let crowded = Mutex(false)

        var isCrowded: Bool { crowded.withLock { $0 } }

        func send(_ message: WireMessage) {
            heard.withLock { $0.append(message) }
            heard.broadcast()
        }

        func notify(_ method: String, _ content: some Encodable & Sendable) {
            send(.notification(method: method, params: (try? JSON.encode(content)) ?? .null))
        }

        func reply(_ id: RequestID, _ content: some Encodable & Sendable) {
            send(.reply(id: id, result: (try? JSON.encode(content)) ?? .null))
        }
    }

    init(_ desk: ChatDesk, _ bench: ChatBench) {
        self.bench = bench
        chat = Mutex(ClientChat(desk, ear))
    }

    deinit { leave() }

    private var heard: Condition<[WireMessage]> { ear.heard }

    /// Takes nothing more for now.
    func stand() { ear.crowded.withLock { $0 = true } }

    func goOn() {
        ear.crowded.withLock { $0 = false }
        chat.withLock { $0 }?.relieved()
    }

    func leave() {
        let chat = chat.withLock { chat in
            defer { chat = nil }
            return chat
        }
        chat?.end()
    }

    func begin(_ method: String, _ params: JSON = [:]) -> RequestID {
        let id = RequestID(
            lastID.withLock { last in
                last += 1
                return last
            })
        do throws(WireError) {
            let isServed = try chat.withLock { $0 }?.serve(id, method, params)
            #expect(isServed == true)
        } catch {
            ear.send(.failure(id: id, error))
        }
        return id
    }

    func answer(to id: RequestID) throws -> Result<JSON, WireError> {
        try wait { message in
            switch message {
            case .reply(id, let result): .success(result)
            case .failure(id, let error): .failure(error)
            default: nil
            }
        }
    }

    func ask(_ method: String, _ params: JSON = [:]) throws -> JSON {
        try answer(to: begin(method, params)).get()
    }

    func say(_ text: String) throws -> ChatAnswerMessage {
        try ask(SayInChat.method, ["text": .string(text)]).decode(ChatAnswerMessage.self)
    }

    func wait<Wanted>(_ match: (WireMessage) -> Wanted?) throws -> Wanted {
        let deadline = SystemClock.monotonicNanoseconds + 60_000_000_000
        return try #require(
            heard.wait(untilNanoseconds: deadline) { $0.lazy.compactMap(match).first })
    }

    /// Waits for what has been heard in all.
    func wait<Wanted>(forAll match: ([WireMessage]) -> Wanted?) throws -> Wanted {
        let deadline = SystemClock.monotonicNanoseconds + 60_000_000_000
        return try #require(heard.wait(untilNanoseconds: deadline) { match($0) })
    }

    func notices(_ kind: String) -> [String] { heard.withLock { $0 }.notices(kind) }

    var text: String { heard.withLock { $0 }.text }
}

extension [WireMessage] {
    func notices(_ kind: String) -> [String] {
        compactMap { message in
            guard case .notification(ChatNotice.method, let params) = message,
                params["kind"]?.string == kind
            else { return nil }
            return params["text"]?.string
        }
    }

    /// Of answers.
    var text: String {
        reduce(into: "") { whole, message in
            guard case .notification(ChatPiece.text, let params) = message else { return }
            whole += params["text"]?.string ?? ""
        }
    }
}

extension LoopbackServer {
    /// Answers every request with what `answer` makes of its body.
    static func asking(
        _ answer: @escaping @Sendable (LoopbackServer.Connection, _ body: JSON) -> Void
    ) throws -> LoopbackServer {
        try LoopbackServer { connection, _ in
            guard let request = connection.request(),
                let body = request.components(after: "\r\n\r\n")
            else { return }
            answer(connection, (try? JSON(parsing: body)) ?? .null)
        }
    }
}

extension String {
    fileprivate func components(after mark: String) -> String? {
        guard let place = ranges(of: mark).first else { return nil }
        return String(self[place.upperBound...])
    }
}
