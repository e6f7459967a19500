import KernelBase
import KernelHosting
import KernelSystem
import KernelWire
import Synchronization

/// A call that a client asked for: its news and its end go to that client.
final class RemoteCall: CallListener {
    private let request: RequestID
    private let call: UInt64
    private let session: Session
    private let startedNanoseconds = SystemClock.monotonicNanoseconds
    private let alarms: Alarms
    private let state = Mutex(State())

    private struct State {
        var pace = ProgressMerge()
        /// The reply is on its way: no progress comes after it.
        var isOver = false
    }

    init(request: RequestID, call: UInt64, session: Session, alarms: Alarms) {
        self.request = request
        self.call = call
        self.session = session
        self.alarms = alarms
    }

    func callFinished(_ outcome: CallOutcome) {
        state.withLock { state in
            tellPending(&state)
            state.isOver = true
        }
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
        let due = state.withLock { state -> UInt64? in
            guard !state.isOver else { return nil }
            switch state.pace.next(report, now: now) {
            case .tell: tell(report)
            case .wait(let due): return due
            case .merged: break
            }
            return nil
        }
        if let due {
            alarms.run(atNanoseconds: due) { self.state.withLock { self.tellPending(&$0) } }
        }
    }

    /// Says the last report that was kept back, if there is one: under the lock, so that it cannot
    /// come after what is said next.
    private func tellPending(_ state: inout State) {
        let now = SystemClock.monotonicNanoseconds
        if let report = state.pace.takePending(now: now) { tell(report) }
    }

    private func tell(_ report: ProgressMerge.Report) {
        var news = CallNews(request: request, call: call)
        news.fraction = report.fraction
        news.note = report.note
        session.notify(CallNews.progress, news)
    }

    func callPrinted(_ kind: PayloadKind, _ piece: [UInt8]) {
        state.withLock { tellPending(&$0) }
        var news = CallNews(request: request, call: call)
        news.kind = WirePayload.name(of: kind)
        news.value = WirePayload.json(kind, piece)
        session.notify(CallNews.output, news)
    }
}
