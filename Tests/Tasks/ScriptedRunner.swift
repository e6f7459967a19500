import KernelBase
import KernelCalls
import KernelHosting
import KernelStore
import KernelSystem
import Synchronization
import Testing

@testable import KernelTasks

/// Carries out calls as a test says: each one waits until it is ended, unless all end at once.
final class ScriptedRunner: TaskRunner {
    struct Call: Sendable {
        let number: UInt64
        let run: TaskRun
        let listener: any TaskListener
        var isAskedToEnd = false

        var label: String { String(decoding: run.arguments.bytes, as: UTF8.self) }

        func finish(_ text: String = "done") {
            listener.callFinished(
                CallOutcome(status: .ok, kind: .text, value: Array(text.utf8), message: ""))
        }

        /// Before any code of its module ran.
        func turnAway(_ status: CallStatus = .busy, _ why: String = "not now") {
            listener.callFinished(.unbegun(status, why))
        }

        func fail(_ status: CallStatus = .failed, _ why: String = "it broke") {
            listener.callFinished(.failure(status, why))
        }
    }

    private struct State {
        var calls: [Call] = []
        var begun: [String] = []
        var runningMost: [String: Int] = [:]
        var running: [String: Int] = [:]
        var targets: [String: Dispatcher.Target] = [:]
        var isIdempotent = true
        var endsAtOnce: (@Sendable (Call) -> Void)?
        var lastNumber: UInt64 = 0
    }

    private let state = Condition(State())

    // MARK: What the test says

    /// Of a name, or of all those that are not named.
    func set(_ target: Dispatcher.Target?, for name: String) {
        state.withLock { $0.targets[name] = target }
    }

    var isIdempotent: Bool {
        get { state.withLock { $0.isIdempotent } }
        set { state.withLock { $0.isIdempotent = newValue } }
    }

    /// Every call from now on is ended by `body`, on a thread of its own kind.
    func endAtOnce(_ body: @escaping @Sendable (Call) -> Void = { $0.finish() }) {
        state.withLock { $0.endsAtOnce = body }
    }

    /// The call with this label, once it has begun; the last one if there are several.
    func call(_ label: String, count: Int = 1) throws -> Call {
        try #require(
            state.wait(untilNanoseconds: patience()) { state -> Call? in
                let matching = state.calls.filter { $0.label == label }
                return matching.count >= count ? matching.last : nil
            }, "\(label) never began")
    }

    /// Waits until a call has been asked to end.
    func asked(_ label: String) throws -> Call {
        try #require(
            state.wait(untilNanoseconds: patience()) { state in
                state.calls.last { $0.label == label && $0.isAskedToEnd }
            }, "\(label) was never asked to end")
    }

    /// Labels in the order in which their calls began.
    var begun: [String] { state.withLock { $0.begun } }

    func waitForBegun(_ count: Int) throws -> [String] {
        try #require(
            state.wait(untilNanoseconds: patience()) { $0.begun.count >= count ? $0.begun : nil },
            "only \(begun.count) of \(count) began")
    }

    /// How many calls of a module ran at the same time at most; of "" all together.
    func most(_ module: String) -> Int { state.withLock { $0.runningMost[module] ?? 0 } }

    // MARK: TaskRunner

    func look(_ name: String) -> Dispatcher.Target {
        state.withLock { state in
            state.targets[name]
                ?? .ready(mode: .thread, build: "ab12", isIdempotent: state.isIdempotent)
        }
    }

    func begin(_ run: TaskRun, _ listener: any TaskListener) -> UInt64 {
        let module = String(run.name.prefix { $0 != "." })
        let (call, ends) = state.withLock { state -> (Call, (@Sendable (Call) -> Void)?) in
            state.lastNumber += 1
            let counting = CountingListener(listener) { [weak self] in self?.ended(module) }
            let call = Call(number: state.lastNumber, run: run, listener: counting)
            state.calls.append(call)
            state.begun.append(call.label)
            for name in [module, ""] {
                state.running[name, default: 0] += 1
                state.runningMost[name] = max(
                    state.runningMost[name] ?? 0, state.running[name] ?? 0)
            }
            return (call, state.endsAtOnce)
        }
        state.broadcast()
        ends?(call)
        return call.number
    }

    private func ended(_ module: String) {
        state.withLock { state in
            for name in [module, ""] { state.running[name, default: 0] -= 1 }
        }
    }

    func cancel(_ call: UInt64) {
        state.withLock { state in
            guard let index = state.calls.firstIndex(where: { $0.number == call }) else { return }
            state.calls[index].isAskedToEnd = true
        }
        state.broadcast()
    }
}

private final class CountingListener: TaskListener {
    private let listener: any TaskListener
    private let ended: @Sendable () -> Void

    init(_ listener: any TaskListener, ended: @escaping @Sendable () -> Void) {
        self.listener = listener
        self.ended = ended
    }

    func callSettled(_ ran: AttemptEnd.Ran) {
        listener.callSettled(ran)
    }

    func callFinished(_ outcome: CallOutcome) {
        ended()
        listener.callFinished(outcome)
    }

    func callProgressed(fraction: Double?, note: String) {
        listener.callProgressed(fraction: fraction, note: note)
    }

    func callPrinted(_ kind: PayloadKind, _ piece: [UInt8]) {
        listener.callPrinted(kind, piece)
    }
}
