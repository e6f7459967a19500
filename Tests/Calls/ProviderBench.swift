import KernelGenerations
import KernelLoader
import KernelModels
import KernelResidence
import KernelSystem
import KernelTesting
import ModuleChat
import Testing

@testable import KernelCalls

/// A kernel with the desk for providers, and `dialect.c` in it.
final class ProviderBench: Sendable {
    let kernel: KernelBench
    let desk: ProviderDesk
    static let server = ProviderServer(preset: "here", base: "http://127.0.0.1")

    init(
        isIsolated: Bool, hangSeconds: Double = 10,
        _ change: (inout KernelBench.Options) -> Void = { _ in }
    ) throws {
        kernel = try KernelBench {
            if isIsolated { $0.isolate() }
            $0.loader.residents.hangSeconds = 0.3
            change(&$0)
        }
        desk = ProviderDesk(kernel.dispatcher, alarms: kernel.alarms, hangSeconds: hangSeconds)
        try kernel.watch()
        try kernel.serve("dialect")
    }

    deinit {
        desk.close()
    }

    func port() throws -> any ProviderPort { try desk.provider("fixture").get() }

    /// Encodes an order, and waits for what comes of it.
    func encoded(
        _ port: any ProviderPort, _ model: String = "any"
    ) throws -> Result<ProviderRequest, ChatFailure> {
        let answer = Condition<Result<ProviderRequest, ChatFailure>?>(nil)
        port.encode(Self.order(model)) { encoded in
            answer.withLock { $0 = encoded }
            answer.broadcast()
        }
        let deadline = SystemClock.monotonicNanoseconds + 60_000_000_000
        return try #require(answer.wait(untilNanoseconds: deadline) { $0 })
    }

    static func order(_ model: String = "any") -> ProviderOrder {
        ProviderOrder(.model(model), at: server)
    }

    /// An exchange whose answer has begun.
    func begun(status: Int = 200) throws -> (port: any ProviderPort, heard: HeardAnswer) {
        let port = try port()
        _ = try encoded(port).get()
        let heard = HeardAnswer()
        port.open(Self.order(), AnswerHead(status: status), heard)
        return (port, heard)
    }

    /// Nothing is left of any exchange.
    func waitUntilQuiet() throws {
        try waitFor("the exchanges to leave") {
            self.desk.exchangesInFlight == 0
                && (self.kernel.loader.slot("fixture")?.current?.callsInFlight ?? 0) == 0
        }
    }
}

/// What one answer came to.
final class HeardAnswer: ProviderListener {
    private struct State {
        var events: [ProviderEvent] = []
        var ends: [ChatFailure?] = []
        var reliefs = 0
    }

    private let state = Condition(State())

    func took(_ event: ProviderEvent) {
        state.withLock { state in
            #expect(state.ends.isEmpty, "an event after the end")
            state.events.append(event)
        }
        state.broadcast()
    }

    func closed(_ failure: ChatFailure?) {
        state.withLock { $0.ends.append(failure) }
        state.broadcast()
    }

    func relieved() {
        state.withLock { $0.reliefs += 1 }
        state.broadcast()
    }

    /// How often the module had taken what waited for it.
    var reliefs: Int { state.withLock { $0.reliefs } }

    /// Waits until it has done so once more than before.
    func wait(forReliefs count: Int) throws {
        let deadline = SystemClock.monotonicNanoseconds + 60_000_000_000
        let isThere = state.wait(untilNanoseconds: deadline) { $0.reliefs >= count ? true : nil }
        try #require(isThere == true)
    }

    var events: [ProviderEvent] { state.withLock { $0.events } }
    var ends: [ChatFailure?] { state.withLock { $0.ends } }

    var text: String {
        events.reduce(into: "") { if case .chat(.text(let piece)) = $1 { $0 += piece } }
    }

    /// Waits for so many events.
    func wait(forEvents count: Int) throws {
        let deadline = SystemClock.monotonicNanoseconds + 60_000_000_000
        let isThere = state.wait(untilNanoseconds: deadline) {
            $0.events.count >= count ? true : nil
        }
        #expect(isThere == true)
    }

    /// Waits for the end.
    func end() throws -> ChatFailure? {
        let deadline = SystemClock.monotonicNanoseconds + 60_000_000_000
        return try #require(state.wait(untilNanoseconds: deadline) { $0.ends.first })
    }
}
