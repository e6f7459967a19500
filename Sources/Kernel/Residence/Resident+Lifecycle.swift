package import KernelBase
package import KernelHosting
import KernelSystem
import KernelWorkers
import Synchronization

// MARK: Lifecycle

extension Resident {
    /// Somebody who waits for the answer to a request.
    final class Request: Sendable {
        enum Answer: Sendable {
            case done([UInt8])
            case refused(ModuleFailure)
            case died(Death)
        }

        private let condition = Condition<Answer?>(nil)

        func answer(_ answer: Answer) {
            condition.withLock { $0 = $0 ?? answer }
            condition.broadcast()
        }

        func wait(seconds: Double) -> Answer? {
            let deadline = SystemClock.monotonicNanoseconds + UInt64(seconds * 1e9)
            return condition.wait(untilNanoseconds: deadline) { $0 }
        }
    }

    func answer(_ frame: Frame) {
        guard let request = state.withLock({ $0.requests.removeValue(forKey: frame.id) }) else {
            return
        }
        if frame.kind == .refused {
            request.answer(
                .refused(
                    (try? ModuleFailure(frame.body))
                        ?? ModuleFailure(.open, .misuse, "its worker gave no reason")))
        } else {
            request.answer(.done(frame.body))
        }
    }

    /// Has the worker run a function of the module, and waits. One that is late costs the worker
    /// its life: no thread of the kernel is lost by it.
    @discardableResult
    private func ask(
        _ step: LifecycleStep, _ kind: FrameKind, first: UInt32 = 0, second: UInt64 = 0,
        body: [UInt8] = []
    ) throws(ModuleFailure) -> [UInt8] {
        let request = Request()
        let id = state.withLock { state -> UInt64? in
            guard !state.isGone else { return nil }
            state.lastRequest += 1
            state.requests[state.lastRequest] = request
            return state.lastRequest
        }
        guard let id else { throw ModuleFailure(step, .failed, "its worker has ended") }
        // One that is not heard is answered by the end.
        worker.outbox.tell(Frame(kind, id: id, first: first, second: second, body: body))
        switch request.wait(seconds: limits.lifecycleSeconds) {
        case .done(let body):
            return body
        case .refused(let failure):
            throw failure
        case .died(let death):
            throw ModuleFailure(step, .failed, death.sentence)
        case nil:
            worker.leash.end(
                Overrun(
                    .time, "it did not \(step.name) within \(limits.lifecycleSeconds) s"))
            throw ModuleFailure(
                step, .deadline,
                "it did not return within \(limits.lifecycleSeconds) s; its worker was ended")
        }
    }

    private func require(
        _ step: LifecycleStep, _ isAllowed: (inout InstanceLife) -> Bool
    ) throws(ModuleFailure) {
        if isGone { throw ModuleFailure(step, .failed, "its worker has ended") }
        let state = life.withLock { isAllowed(&$0) ? nil : $0.state }
        if let state { throw ModuleFailure(step, .misuse, "the instance is \(state)") }
    }

    package func configure(own: [UInt8], user: [UInt8]) throws(ModuleFailure) {
        try require(.configure) { $0.mayConfigureAndSave }
        guard canDo.configures else { return }
        var writer = ByteWriter(reserving: own.count + user.count + 16)
        writer.write(own)
        writer.write(user)
        try ask(.configure, .configure, body: writer.bytes)
    }

    package func saveState(bytesMax: Int) throws(ModuleFailure) -> [UInt8]? {
        try require(.save) { $0.mayConfigureAndSave }
        guard canDo.keepsState else { return nil }
        let state = try ask(.save, .save, second: UInt64(bytesMax))
        guard state.count <= bytesMax else {
            let sentence = "it gave a state of \(state.count) bytes, more than \(bytesMax)"
            worker.leash.end(Overrun(.output, sentence))
            throw ModuleFailure(.save, .limit, sentence)
        }
        return state
    }

    package func loadState(_ state: [UInt8], version: UInt32) throws(ModuleFailure) {
        try require(.restore) { $0.mayLoad }
        guard canDo.keepsState else { return }
        try ask(.restore, .load, first: version, body: state)
    }

    package func checkHealth() throws(ModuleFailure) {
        try require(.health) { $0.mayCall }
        guard canDo.checksHealth else { return }
        try ask(.health, .checkHealth)
    }

    package func start() throws(ModuleFailure) {
        try require(.start) { $0.mayLoad }
        try ask(.start, .start)
        try require(.start) { $0.start() }
    }

    package func restart() throws(ModuleFailure) {
        if isStopped { try start() }
    }

    package func stop() {
        guard isActive else { return }
        do throws(ModuleFailure) {
            try ask(.stop, .stop, second: Self.returnNanoseconds)
        } catch {
            return
        }
        if life.withLock({ $0.stop() }) { closeForCalls() }
    }

    /// How long functions that have ended their calls have to return before the module is stopped.
    private static let returnNanoseconds: UInt64 = 200_000_000

    /// Also ends the worker: nothing of the module is left.
    package func stopAndDestroy() {
        defer { leave() }
        guard !isGone else { return }
        stop()
        guard isIdle, life.withLock({ $0.destroy() }) else { return }
        state.withLock { $0.isLeaving = true }
        _ = try? ask(.stop, .destroy)
    }

    package var isStopped: Bool { !isGone && life.withLock { $0.mayLoad } }

    package var isActive: Bool { !isGone && life.withLock { $0.mayCall } }

    /// A function that does not return costs the worker its life instead.
    package var hangingStep: LifecycleStep? { nil }
}
