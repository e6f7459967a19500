import KernelBase
import KernelHosting
import KernelSystem
import KernelWire
import ModuleJSON
import Synchronization

/// A call that a client asked for: its news and its end go to that client.
final class RemoteCall: CallListener {
    private let request: Int64
    private let session: Session
    private let startedNanoseconds = SystemClock.monotonicNanoseconds
    private let state = Mutex(State())

    private struct State {
        var call: UInt64 = 0
        /// What came before the call's id was known.
        var waiting: [WireMessage] = []
        var outcome: CallOutcome?
    }

    init(request: Int64, session: Session) {
        self.request = request
        self.session = session
    }

    /// The dispatcher has given the call its id; what was held back goes out.
    func begun(_ call: UInt64) {
        let (waiting, outcome) = state.withLock { state in
            state.call = call
            defer { state.waiting = [] }
            return (state.waiting, state.outcome)
        }
        session.notify(TaskNews.started, TaskNews(request: request, call: call))
        for message in waiting { session.send(message) }
        if let outcome { reply(call, outcome) }
    }

    func callFinished(_ outcome: CallOutcome) {
        let call = state.withLock { state in
            state.outcome = outcome
            return state.call
        }
        if call != 0 { reply(call, outcome) }
    }

    func callProgressed(fraction: Double?, note: String) {
        var news = TaskNews(request: request, call: 0)
        news.fraction = fraction
        news.note = note
        tell(TaskNews.progress, news)
    }

    func callPrinted(_ kind: PayloadKind, _ piece: [UInt8]) {
        var news = TaskNews(request: request, call: 0)
        news.kind = Payload.name(of: kind)
        news.value = Payload.json(kind, piece)
        tell(TaskNews.output, news)
    }

    private func tell(_ method: String, _ news: TaskNews) {
        let message = state.withLock { state -> WireMessage? in
            var news = news
            news.call = state.call
            let message = Session.notification(method, news)
            guard state.call == 0 else { return message }
            state.waiting.append(message)
            return nil
        }
        if let message { session.send(message) }
    }

    private func reply(_ call: UInt64, _ outcome: CallOutcome) {
        let elapsed = SystemClock.monotonicNanoseconds - startedNanoseconds
        session.reply(
            request,
            TaskOutcome(
                call: call, status: outcome.status.name, kind: Payload.name(of: outcome.kind),
                value: Payload.json(outcome.kind, outcome.value), message: outcome.message,
                milliseconds: Double(elapsed / 1_000) / 1_000))
        session.ended(call)
    }
}

/// How results travel in messages.
enum Payload {
    static func name(of kind: PayloadKind) -> String {
        switch kind {
        case .text: "text"
        case .json: "json"
        case .bytes: "bytes"
        }
    }

    /// Text as a string, JSON as it is, bytes in base64. JSON that is none goes as text.
    static func json(_ kind: PayloadKind, _ bytes: [UInt8]) -> JSON {
        switch kind {
        case .text: .string(String(decoding: bytes, as: UTF8.self))
        case .json: (try? JSON(parsing: bytes)) ?? .string(String(decoding: bytes, as: UTF8.self))
        case .bytes: .string(Base64.encode(bytes))
        }
    }
}
