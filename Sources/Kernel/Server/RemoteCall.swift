import KernelBase
import KernelHosting
import KernelSystem
import KernelWire
import ModuleJSON
import Synchronization

/// A call that a client asked for: its news and its end go to that client.
final class RemoteCall: CallListener {
    private let request: RequestID
    private let call: UInt64
    private let session: Session
    private let startedNanoseconds = SystemClock.monotonicNanoseconds
    private let alarms: Alarms
    private let pace = Mutex(ProgressMerge())

    init(request: RequestID, call: UInt64, session: Session, alarms: Alarms) {
        self.request = request
        self.call = call
        self.session = session
        self.alarms = alarms
    }

    func callFinished(_ outcome: CallOutcome) {
        tellPending()
        session.callEnded(call)
        let elapsed = SystemClock.monotonicNanoseconds - startedNanoseconds
        session.reply(
            request,
            CallAnswer(
                call: call, status: outcome.status.name, kind: WirePayload.name(of: outcome.kind),
                value: WirePayload.json(outcome.kind, outcome.value), message: outcome.message,
                milliseconds: Double(elapsed / 1_000) / 1_000))
    }

    func callProgressed(fraction: Double?, note: String) {
        let report = ProgressMerge.Report(fraction: fraction, note: note)
        let now = SystemClock.monotonicNanoseconds
        switch pace.withLock({ $0.next(report, now: now) }) {
        case .tell: tell(report)
        case .wait(let due): alarms.run(atNanoseconds: due) { self.tellPending() }
        case .merged: break
        }
    }

    /// Says the last report that was kept back, if there is one.
    private func tellPending() {
        let now = SystemClock.monotonicNanoseconds
        if let report = pace.withLock({ $0.takePending(now: now) }) { tell(report) }
    }

    private func tell(_ report: ProgressMerge.Report) {
        var news = CallNews(request: request, call: call)
        news.fraction = report.fraction
        news.note = report.note
        session.notify(CallNews.progress, news)
    }

    func callPrinted(_ kind: PayloadKind, _ piece: [UInt8]) {
        tellPending()
        var news = CallNews(request: request, call: call)
        news.kind = WirePayload.name(of: kind)
        news.value = WirePayload.json(kind, piece)
        session.notify(CallNews.output, news)
    }
}

/// How results travel in messages.
enum WirePayload {
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
