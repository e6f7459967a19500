package import KernelBase
package import KernelHosting
import KernelSystem
import KernelWorkers
import Synchronization

// MARK: Calls

extension Resident {
    package func admit(_ call: UInt64, _ listener: any CallListener) -> Bool {
        state.withLock { state in
            guard !state.isGone else { return false }
            return state.calls.add(call, listener)
        }
    }

    /// Tells the worker of the call: on whichever thread, without waiting.
    package func begin(_ request: CallRequest) {
        begin(request.frame, task: request.task)
    }

    package func beginExchange(_ call: UInt64, order: [UInt8]) {
        begin(Frame(.exchange, id: call, body: order), task: Self.noTask)
    }

    /// An exchange is named by the module alone.
    private static let noTask = UInt32.max

    private func begin(_ frame: Frame, task: UInt32) {
        let isExchange = frame.kind == .exchange
        let (turn, isFull) = state.withLock { state in
            let turn = state.calls.begin(frame.id, task: task)
            if turn != nil, isExchange {
                state.calls.beginExchange(frame.id, now: SystemClock.monotonicNanoseconds)
            }
            return (turn, state.calls.isFull)
        }
        guard let cancellation = turn else { return }
        switch isFull ? .refused("it has too many calls") : worker.outbox.send(frame) {
        case .sent, .queued:
            // A cancellation that came before the worker knew of the call would else be lost.
            if let cancellation { tell(cancellation, frame.id) }
        case .refused(let reason):
            let listener = state.withLock { state in
                state.calls.withdrawExchange(frame.id)
                return state.calls.finish(frame.id)
            }
            defer { tellIdle() }
            listener?.callFinished(
                .failure(
                    .busy,
                    "\(identity.address(task)): its worker takes no more calls now "
                        + "(\(reason)); call again later"))
        case .gone:
            // Told of with the end of the worker, but not as a call that ran in it.
            state.withLock { $0.calls.withdraw(frame.id) }
        }
    }

    package func feed(_ call: UInt64, _ feed: ExchangeFeed) {
        let place = state.withLock {
            $0.calls.feed(call, isEnd: feed.isEnd, now: SystemClock.monotonicNanoseconds)
        }
        if let place { worker.outbox.tell(feed.frame(id: call, place: place)) }
    }

    package func stalledSince(_ call: UInt64) -> UInt64? {
        state.withLock { $0.calls.stalledSince(call) }
    }

    package func cancel(_ call: UInt64, _ reason: CancelReason) {
        if state.withLock({ $0.calls.cancel(call, reason) }) { tell(reason, call) }
    }

    private func tell(_ reason: CancelReason, _ call: UInt64) {
        worker.outbox.tell(Frame(.cancel, id: call, first: reason.rawValue))
    }

    @discardableResult
    package func release(_ call: UInt64, _ outcome: CallOutcome) -> Bool {
        guard let released = state.withLock({ $0.calls.release(call) }) else { return false }
        defer { tellIdle() }
        if released.isAbandoned {
            alarms.run(afterSeconds: limits.hangSeconds) { [weak self] in self?.endIfHung(call) }
        }
        released.listener.callFinished(outcome)
        return true
    }

    /// A call that nobody waits for holds a thread of the worker, or its main thread: the worker
    /// is ended, with whatever else runs there.
    private func endIfHung(_ call: UInt64) {
        guard let task = state.withLock({ $0.calls.abandonedTask(call) }) else { return }
        worker.leash.end(
            Overrun(
                .time,
                "\(identity.address(task)) did not heed being asked to end, and still ran "
                    + "\(limits.hangSeconds) s after it had been given up"))
    }

    package func closeForCalls() {
        state.withLock { $0.calls.isClosed = true }
    }

    package func openForCalls() {
        state.withLock { if !$0.isGone { $0.calls.isClosed = false } }
    }

    package var callsInFlight: [UInt64] { state.withLock { $0.calls.ids } }

    package var isIdle: Bool { state.withLock { $0.calls.isIdle } }

    package func whenIdle(_ waiter: @escaping @Sendable () -> Void) {
        state.withLock { $0.calls.addIdleWaiter(waiter) }
        tellIdle()
    }

    /// After every call that has left.
    func tellIdle() {
        for waiter in state.withLock({ $0.calls.takeIdleWaiters() }) { waiter() }
    }

    // MARK: What it takes of the machine

    package var residentBytes: Int? { ProcessUsage.residentBytes(of: process) }
}
