import KernelBase
import KernelBuilds
import KernelGenerations
import KernelHosting
import KernelLoader
import KernelResidence
import KernelSystem

/// All calls that are in flight, and the thread that sees to their deadlines. It sleeps until the
/// earliest of them, and for ever while there is none.
package final class CallBoard: Sendable {
    private struct State {
        var calls: [UInt64: RunningCall] = [:]
        /// Calls that wait to begin, and whether they were asked to end meanwhile.
        var announced: [UInt64: Bool] = [:]
        var nextCheck = UInt64.max
        var isClosed = false
        var losses = LossHistory()
    }

    private let condition = Condition(State())
    private let graceSeconds: Double
    private let report: @Sendable (LoaderEvent) -> Void
    /// A build in the kernel is to leave it, because of what the sentence says.
    private let isolate: @Sendable (_ module: String, _ build: String, String) -> Void

    init(
        graceSeconds: Double, report: @escaping @Sendable (LoaderEvent) -> Void,
        isolate: @escaping @Sendable (_ module: String, _ build: String, String) -> Void
    ) throws(SystemError) {
        self.graceSeconds = graceSeconds
        self.report = report
        self.isolate = isolate
        try SystemThread.start(name: "deadlines") { self.work() }
    }

    /// Lets a call be cancelled that has an id, and has not begun yet.
    package func announce(_ id: UInt64) {
        condition.withLock { $0.announced[id] = false }
    }

    /// What was announced has begun, or never will.
    package func withdraw(_ id: UInt64) {
        _ = condition.withLock { $0.announced.removeValue(forKey: id) }
    }

    func add(_ call: RunningCall) {
        let due = call.deadlineNanoseconds
        let (isEarliest, isUnwanted) = condition.withLock { state in
            state.calls[call.id] = call
            let isUnwanted = state.announced.removeValue(forKey: call.id) == true
            guard due != 0, due < state.nextCheck else { return (false, isUnwanted) }
            state.nextCheck = due
            return (true, isUnwanted)
        }
        if isEarliest { condition.signal() }
        if isUnwanted { _ = cancel(call.id) }
    }

    func remove(_ id: UInt64) {
        _ = condition.withLock { $0.calls.removeValue(forKey: id) }
    }

    package var calls: [RunningCall] {
        let calls = condition.withLock { $0.calls.values.map { $0 } }
        return calls.filter { !$0.isEnded }.sorted { $0.id < $1.id }
    }

    package func call(_ id: UInt64) -> RunningCall? {
        guard let call = condition.withLock({ $0.calls[id] }), !call.isEnded else { return nil }
        return call
    }

    /// Asks a call to end; false if it is neither in flight nor waits to begin.
    package func cancel(_ id: UInt64) -> Bool {
        let isWaiting = condition.withLock { state in
            guard state.announced[id] != nil else { return false }
            state.announced[id] = true
            return true
        }
        if isWaiting { return true }
        guard let call = call(id) else { return false }
        call.requestEnd(.requested, graceSeconds: graceSeconds)
        checkSoon(call)
        return true
    }

    package func close() {
        condition.withLock { $0.isClosed = true }
        condition.signal()
    }

    /// The moment of the call's next check may be earlier than it was.
    func checkSoon(_ call: RunningCall) {
        guard let due = call.nextCheckNanoseconds else { return }
        let isEarlier = condition.withLock { state in
            defer { state.nextCheck = min(state.nextCheck, due) }
            return due < state.nextCheck
        }
        if isEarlier { condition.signal() }
    }

    /// When a call that should end now has had its grace.
    var graceEndNanoseconds: UInt64 {
        SystemClock.monotonicNanoseconds + UInt64(graceSeconds * 1e9)
    }

    // MARK: Deadlines

    private func work() {
        while let due = waitForDue() {
            for call in due { lookAfter(call) }
        }
    }

    /// The calls that have to be looked after now; nil at the end.
    private func waitForDue() -> [RunningCall]? {
        while true {
            let next = condition.withLock { $0.nextCheck }
            let isClosed = condition.wait(untilNanoseconds: next == .max ? nil : next) {
                state -> Bool? in
                if state.isClosed { return true }
                return state.nextCheck == next ? nil : false
            }
            if isClosed == true { return nil }
            if isClosed == false { continue }
            return takeDue()
        }
    }

    private func takeDue() -> [RunningCall] {
        let now = SystemClock.monotonicNanoseconds
        let calls = condition.withLock { state in
            state.nextCheck = .max
            return state.calls.values.map { $0 }
        }
        let due = calls.filter { ($0.nextCheckNanoseconds ?? .max) <= now }
        let next = calls.compactMap(\.nextCheckNanoseconds).filter { $0 > now }.min()
        // A call that came meanwhile may be earlier than those that were looked at.
        condition.withLock { $0.nextCheck = min($0.nextCheck, next ?? .max) }
        return due
    }

    private func lookAfter(_ call: RunningCall) {
        if call.isEnded { return giveUpThread(of: call) }
        let now = SystemClock.monotonicNanoseconds
        if !call.isAskedToEnd {
            call.requestEnd(.deadline, graceSeconds: graceSeconds)
            return checkSoon(call)
        }
        guard let reason = call.overdueReason(now: now) else { return checkSoon(call) }
        release(call, reason)
    }

    /// The call did not heed: its caller goes on without it.
    private func release(_ call: RunningCall, _ reason: CancelReason) {
        let facts = call.facts
        let why = reason == .deadline ? "its deadline" : "being asked to stop"
        let status: CallStatus = reason == .deadline ? .deadline : .cancelled
        let occupies = call.loseThread()
        let whereabouts =
            switch facts.mode {
            case _ where !call.hasBegun: "it still waited for its turn"
            case _ where call.isElsewhere:
                "its worker is ended unless it heeds soon, and what else runs there with it"
            case _ where !occupies: "the module goes on with it"
            case .main: "it still blocks the main loop"
            case .thread, .process: "its thread is given up until it returns"
            }
        var outcome = CallOutcome.failure(
            status,
            "\(facts.address) did not end within \(graceSeconds) s of \(why); \(whereabouts)")
        outcome.isUnbegun = !call.hasBegun
        // A call that its instance does not know yet ends here; its end is unique all the same.
        if call.generation?.instanceIfPresent?.release(call.id, outcome) != true {
            call.callFinished(outcome)
        }
        if occupies {
            countLost(call)
        } else if call.isElsewhere {
            call.slot.statistics.countAbandoned(1)
        }
    }

    /// The call has ended, but the module keeps the thread.
    private func giveUpThread(of call: RunningCall) {
        guard call.loseThread() else { return }
        remove(call.id)
        countLost(call)
    }

    private func countLost(_ call: RunningCall) {
        let facts = call.facts
        call.slot.statistics.countAbandoned(1)
        if facts.mode == .main {
            report(
                .warning("\(facts.address) blocks the main loop and does not heed being cancelled"))
        } else {
            call.pool.abandonThread()
        }
        noteLoss(call)
    }

    /// What hangs in the kernel cannot be ended there. A build that does so again and again goes
    /// where it can.
    private func noteLoss(_ call: RunningCall) {
        let facts = call.facts
        guard facts.mode != .process, call.generation?.home.isolation == .kernel else { return }
        let now = SystemClock.monotonicNanoseconds
        let isTooMuch = condition.withLock {
            $0.losses.isTooMuch(adding: facts.build, nowNanoseconds: now)
        }
        guard isTooMuch else { return }
        let module = call.slot.id
        let reason =
            "went on with \(LossHistory.lossesMax) calls within "
            + "\(Int(LossHistory.windowSeconds)) s that it was asked to end, \(facts.address) last"
        report(
            .warning(
                "\(module) is moved to a process of its own, where it can be ended: it \(reason). "
                    + "A rebuilt file or /module lift \(module) ends this"))
        isolate(module, facts.build, reason)
    }
}
