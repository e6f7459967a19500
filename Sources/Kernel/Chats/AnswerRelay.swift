import KernelModels
import KernelSystem
import KernelWire
import ModuleChat
import ModuleJSON
import Synchronization

/// Tells a client how an answer comes along: pieces that come close together as one, and a wait or
/// a silence second by second.
final class AnswerRelay: AnsweringListener {
    private let request: RequestID
    private let client: any ChatClient
    private let alarms: Alarms
    private let begunNanoseconds = SystemClock.monotonicNanoseconds
    private let done: @Sendable (ChatAnswerMessage) -> Void
    private let state = Mutex(State())

    private struct State {
        /// What was not told yet.
        var text = ""
        var isThinking = false
        var toldNanoseconds: UInt64 = 0
        var firstNanoseconds: UInt64?
        var isFlushDue = false
        /// Raised with all that ends a wait.
        var waits = 0
        var silence = AnswerSilence()
        /// Somebody is to look whether it has become long.
        var isWatched = false
    }

    /// A person sees no difference, and a client is spared most of the messages.
    private static let paceNanoseconds: UInt64 = 8_000_000

    init(
        _ request: RequestID, _ client: any ChatClient, _ alarms: Alarms,
        _ done: @escaping @Sendable (ChatAnswerMessage) -> Void
    ) {
        self.request = request
        self.client = client
        self.alarms = alarms
        self.done = done
    }

    var isCrowded: Bool { client.isCrowded }

    func took(_ event: ChatEvent) {
        switch event {
        case .text(let piece): add(piece, isThinking: false)
        case .thinking(let piece): add(piece, isThinking: true)
        default: break
        }
    }

    private func add(_ piece: String, isThinking: Bool) {
        guard !piece.isEmpty else { return }
        let now = SystemClock.monotonicNanoseconds
        let due = state.withLock { state -> UInt64? in
            state.waits += 1
            state.firstNanoseconds = state.firstNanoseconds ?? now
            state.silence.heard(isThinking: isThinking, now: now)
            if state.isThinking != isThinking { tell(&state, now) }
            state.isThinking = isThinking
            state.text += piece
            let next = state.toldNanoseconds + Self.paceNanoseconds
            if now >= next { tell(&state, now) }
            guard !state.text.isEmpty, !state.isFlushDue else { return nil }
            state.isFlushDue = true
            return next
        }
        guard let due else { return }
        alarms.run(atNanoseconds: due) {
            self.state.withLock { state in
                state.isFlushDue = false
                self.tell(&state, SystemClock.monotonicNanoseconds)
            }
        }
    }

    /// Under the lock, so that pieces keep their order.
    private func tell(_ state: inout State, _ now: UInt64) {
        guard !state.text.isEmpty else { return }
        client.notify(
            state.isThinking ? ChatPiece.thinking : ChatPiece.text,
            ChatPiece(request: request, text: state.text))
        state.text = ""
        state.toldNanoseconds = now
    }

    // MARK: Notices

    private func notice(
        _ kind: String, _ text: String, _ change: (inout ChatNotice) -> Void = { _ in }
    ) {
        var notice = ChatNotice(request: request, kind: kind, text: text)
        change(&notice)
        state.withLock { state in
            state.waits += 1
            tell(&state, SystemClock.monotonicNanoseconds)
            client.notify(ChatNotice.method, notice)
        }
    }

    func loads(_ model: ModelReference, _ progress: LoadingProgress) {
        state.withLock { $0.silence.end() }
        let note = "loading \(model.model)" + (progress.note.isEmpty ? "" : ": \(progress.note)")
        notice(ChatNotice.loading, note) {
            $0.fraction = progress.fraction
        }
    }

    func loses(_ losses: [String]) {
        for loss in losses { notice(ChatNotice.loss, loss) }
    }

    func fallsBack(from: ModelReference, to: ModelReference, because: ChatFailure) {
        notice(ChatNotice.fallback, "\(from): \(because.message); \(to) is asked instead")
    }

    func takes(_ key: AnsweringKey) {
        notice(
            ChatNotice.key,
            "\(key.because.message); key \(key.place) of \(key.count) is used instead")
    }

    func waits(_ pause: AnsweringPause) {
        let wait = SystemClock.nanoseconds(ofSeconds: pause.seconds)
        let due = SystemClock.monotonicNanoseconds + wait
        let number = state.withLock { state in
            state.waits += 1
            state.silence.end()
            return state.waits
        }
        tick(pause, due, number)
    }

    /// Says how long it still takes, until somebody else has something to say.
    private func tick(_ pause: AnsweringPause, _ due: UInt64, _ number: Int) {
        let now = SystemClock.monotonicNanoseconds
        let left = Double(max(due, now) - now) / 1e9
        var notice = ChatNotice(
            request: request, kind: ChatNotice.waiting,
            text: "\(pause.failure.message); asked again in \(Self.seconds(left)) "
                + "(\(pause.nextTry) of \(pause.triesMax))")
        notice.seconds = left
        let isWanted = state.withLock { state in
            guard state.waits == number else { return false }
            client.notify(ChatNotice.method, notice)
            return true
        }
        guard isWanted, left > 1 else { return }
        // Whole seconds from the end on, so that the last one said is 1.
        let whole = left.rounded(.up) - 1
        let rest = SystemClock.nanoseconds(ofSeconds: whole)
        alarms.run(atNanoseconds: due - rest) { self.tick(pause, due, number) }
    }

    private static func seconds(_ seconds: Double) -> String {
        seconds < 1 ? "a moment" : "\(Int(seconds.rounded(.up))) s"
    }

    // MARK: Silence

    func asks(_ model: ModelReference) {
        let now = SystemClock.monotonicNanoseconds
        state.withLock { $0.silence.asked("\(model)", now: now) }
        watchSilence()
    }

    private func watchSilence() {
        let now = SystemClock.monotonicNanoseconds
        let due = state.withLock { state -> UInt64? in
            guard !state.isWatched, let due = state.silence.dueNanoseconds(now: now) else {
                return nil
            }
            state.isWatched = true
            return due
        }
        guard let due else { return }
        alarms.run(atNanoseconds: due) {
            self.tellSilence()
            self.watchSilence()
        }
    }

    private func tellSilence() {
        let now = SystemClock.monotonicNanoseconds
        // Who has not taken what was said would find old news.
        let isHeard = !client.isCrowded
        state.withLock { state in
            state.isWatched = false
            guard isHeard, let silence = state.silence.notice(now: now) else { return }
            var notice = ChatNotice(
                request: request, kind: ChatNotice.working, text: silence.sentence)
            notice.seconds = Double(silence.seconds)
            client.notify(ChatNotice.method, notice)
        }
    }

    // MARK: The end

    func ended(_ end: AnsweringEnd) {
        let now = SystemClock.monotonicNanoseconds
        let first = state.withLock { state in
            state.waits += 1
            state.silence.end()
            tell(&state, now)
            return state.firstNanoseconds
        }
        var message = end.answer.message(newID: Self.newID)
        if let failure = end.failure, !message.parts.isEmpty {
            message.parts.append(.notice(Self.why(failure)))
        }
        var content = ChatAnswerMessage(
            model: "\(end.by)", text: message.text, message: message.json,
            milliseconds: Self.milliseconds(from: begunNanoseconds, to: now))
        content.firstMilliseconds = first.map { Self.milliseconds(from: begunNanoseconds, to: $0) }
        content.finish = end.answer.finish?.reason.rawValue
        content.finishDetail = end.answer.finish.flatMap { $0.detail.isEmpty ? nil : $0.detail }
        content.usage = ChatUsageView(end.answer.usage)
        content.failure = end.failure.map { ChatFailureView($0) }
        done(content)
    }

    private static func newID() -> String {
        "call-\(String(UInt64.random(in: 1...UInt64.max), radix: 36))"
    }

    private static func why(_ failure: ChatFailure) -> String {
        if failure.kind == .cancelled, failure.message == ChatFailureView.cancelled {
            return "The answer was cancelled here."
        }
        return "The answer was cut short here: \(failure.message)."
    }

    static func milliseconds(from begun: UInt64, to end: UInt64) -> Double {
        Double((max(end, begun) - begun) / 1_000) / 1_000
    }
}
