import KernelBase
package import KernelHosting
package import KernelSystem
package import KernelWorkers
import Synchronization

/// A module that lives in a worker of its own: all its capabilities, in one process that stays.
///
/// Nobody waits for a call: what the worker says is read by the office, on one thread for all
/// residents. What it cannot take at once waits here.
package final class Resident: LiveInstance {
    /// What is told about it.
    package struct Identity: Sendable, Hashable {
        package var module: String
        /// Enough of the build's hash for a person.
        package var build: String
        package var tasks: [String]

        package init(module: String, build: String, tasks: [String]) {
            self.module = module
            self.build = build
            self.tasks = tasks
        }

        func address(_ task: UInt32) -> String {
            let index = Int(task)
            return tasks.indices.contains(index) ? "\(module).\(tasks[index])" : module
        }
    }

    package struct Limits: Sendable, Hashable {
        /// What a lifecycle function may take.
        package var lifecycleSeconds = 5.0
        /// A call whose caller was released may go on for so long before it costs the worker its
        /// life.
        package var hangSeconds = 5.0

        package init() {}
    }

    /// What the owner does when something happens to it.
    package struct Owner: Sendable {
        /// The worker is gone: whoever looks for an instance from now on must not find this one.
        package var lost: @Sendable (Resident) -> Void
        /// How it ended; returns what a caller can do, as half a sentence.
        package var ended: @Sendable (Resident, Death) -> String
        /// A call has ended.
        package var callEnded: @Sendable () -> Void

        package init(
            lost: @escaping @Sendable (Resident) -> Void,
            ended: @escaping @Sendable (Resident, Death) -> String,
            callEnded: @escaping @Sendable () -> Void
        ) {
            self.lost = lost
            self.ended = ended
            self.callEnded = callEnded
        }
    }

    package struct Death: Sendable {
        package let failureClass: FailureClass
        /// "its process was ended by SIGSEGV (a crash) while fs.read ran"
        package let sentence: String
        /// It says nothing against the build.
        package let isByOthers: Bool
    }

    package let identity: Identity
    package let canDo: ModuleInstance.Abilities
    package let worker: WorkerProcess
    private let office: ResidentOffice
    let alarms: Alarms
    let limits: Limits
    private let events: WorkerEvents
    private let owner: Owner
    /// Where the end of the worker is waited for.
    private let pool: ThreadPool
    /// What the module asks of others is begun here, in its order.
    private let lane: SerialLane
    private let asks = Mutex<WorkerAsks?>(nil)
    let life = Mutex(InstanceLife())
    let state = Mutex(State())

    struct State {
        var calls = ResidentCalls()
        var requests: [UInt64: Request] = [:]
        var lastRequest: UInt64 = Resident.requestsBegin
        var isGone = false
        /// Its end is wanted: nobody needs to be told.
        var isLeaving = false
    }

    /// Requests and calls share the numbers of one protocol.
    private static let requestsBegin: UInt64 = 1 << 63

    /// Takes over a worker that has opened the library and made an instance.
    package init(
        _ worker: WorkerProcess, _ identity: Identity, canDo: ModuleInstance.Abilities,
        limits: Limits, tools: ResidentTools, events: WorkerEvents, owner: Owner
    ) throws(SystemError) {
        self.worker = worker
        self.identity = identity
        self.canDo = canDo
        self.limits = limits
        self.events = events
        self.owner = owner
        office = tools.office
        alarms = tools.alarms
        pool = tools.pool
        lane = SerialLane(on: tools.pool)
        try office.add(self)
    }

    package var isElsewhere: Bool { true }

    package var process: Int32 { worker.process }

    /// The worker is no more; nothing can be asked of this instance.
    package var isGone: Bool { state.withLock { $0.isGone } }

    /// As `isGone`, or about to be.
    package var hasEnded: Bool { isGone || worker.leash.overrun != nil }

    // MARK: Receiving, on the office's thread

    /// Does somebody wait for it? All else the worker says of its own accord.
    private func isAwaited(_ frame: Frame) -> Bool {
        state.withLock { state in
            switch frame.kind {
            case .done, .opened: state.requests[frame.id] != nil
            case .finished: state.calls.isAtWork(on: frame.id)
            case .refused: state.calls.isAtWork(on: frame.id) || state.requests[frame.id] != nil
            case .output: state.calls.listener(of: frame.id) != nil
            case .told: state.calls.isExchange(frame.id)
            default: false
            }
        }
    }

    /// The rest of it may take its time.
    func takePiece(_ frame: Frame) {
        if !isAwaited(frame) { count(frame) }
    }

    func take(_ frame: Frame) {
        if frame.kind == .finished { return finish(frame) }
        guard isAwaited(frame) else {
            count(frame)
            return takeEvent(frame)
        }
        switch frame.kind {
        case .refused where frame.id < Self.requestsBegin: refuse(frame)
        case .output: tellOutput(frame)
        case .told: tellEvents(frame)
        default: answer(frame)
        }
    }

    /// Of every call: one look under the lock is all that it takes.
    private func finish(_ frame: Frame) {
        let ended = state.withLock { state -> ((any CallListener)?, [@Sendable () -> Void])? in
            guard state.calls.isAtWork(on: frame.id) else { return nil }
            return (state.calls.finish(frame.id), state.calls.takeIdleWaiters())
        }
        guard let (listener, waiters) = ended else { return count(frame) }
        if let listener {
            listener.callFinished(CallOutcome(frame))
            owner.callEnded()
        }
        for waiter in waiters { waiter() }
    }

    /// The worker did not take the call.
    private func refuse(_ frame: Frame) {
        defer { tellIdle() }
        guard let listener = state.withLock({ $0.calls.finish(frame.id) }) else { return }
        let reason =
            (try? ModuleFailure(frame.body))
            ?? ModuleFailure(.open, .misuse, "its worker gave no reason")
        listener.callFinished(.failure(reason.status, "\(identity.module): \(reason)"))
    }

    private func tellOutput(_ frame: Frame) {
        let listener = state.withLock {
            $0.calls.listener(of: frame.id, printing: frame.body.count)
        }
        guard let listener else {
            return worker.leash.count(said: Frame.headBytes + frame.body.count)
        }
        listener.callPrinted(frame)
    }

    private func tellEvents(_ frame: Frame) {
        let listener = state.withLock {
            $0.calls.listener(
                ofExchange: frame.id, telling: Frame.headBytes + frame.body.count,
                returnedFrom: frame.first == 1 ? frame.second : nil,
                now: SystemClock.monotonicNanoseconds)
        }
        guard let listener else {
            return worker.leash.end(Overrun(.output, "one exchange told too many events"))
        }
        do {
            for event in try ToldEvents.events(in: frame) { listener.callTold(event) }
            if frame.first == 1 { listener.callReturned(from: frame.second) }
        } catch {
            worker.leash.end(Overrun(.time, "it broke the protocol: \(error)"))
        }
    }

    /// A line that names a call which is not in flight belongs to none: the process may be a
    /// module's prey, and what it says is not believed.
    private func takeEvent(_ frame: Frame) {
        switch frame.kind {
        case .progress:
            state.withLock { $0.calls.listener(of: frame.id) }?.callProgressed(frame)
        case .log:
            let isKnown = state.withLock { $0.calls.listener(of: frame.id) != nil }
            events.log(
                LogLevel(rawValue: frame.first) ?? .info, isKnown ? frame.id : 0,
                String(decoding: frame.body, as: UTF8.self))
        case .ask, .askCancelled, .askCredit:
            lane.run { self.takeAsk(frame) }
        case .violation:
            if let violation = try? ContractViolation(frame.body) { events.violation(violation) }
        default:
            break
        }
    }

    /// Told to the worker as it takes it.
    private func takeAsk(_ frame: Frame) {
        guard let modules = events.modules, !isGone else { return }
        let asks = asks.withLock { asks in
            let made = asks ?? WorkerAsks(modules) { [worker] in worker.outbox.tell($0) }
            asks = made
            return made
        }
        do {
            try asks.take(frame) { call in
                state.withLock { $0.calls.listener(of: call) != nil }
            }
        } catch {
            worker.leash.end(Overrun(.time, "it broke the protocol: \(error)"))
        }
    }

    private func count(_ frame: Frame) {
        worker.leash.count(said: frame.messageBytes)
    }

    // MARK: The end

    /// Ends the worker because its instance is not wanted any more.
    func leave() {
        state.withLock { $0.isLeaving = true }
        worker.kill()
    }

    /// On the office's thread: there is no conversation any more. The news of how the worker ended
    /// comes a little later.
    func channelEnded(_ breach: String?) {
        let isWanted = state.withLock { $0.isLeaving }
        if !isWanted { owner.lost(self) }
        // Nobody finds it any more: whoever had it before is told that it takes no calls.
        state.withLock { state in
            state.isGone = true
            state.calls.isClosed = true
        }
        worker.outbox.close()
        worker.kill()
        asks.withLock { $0 }?.cancelAll()
        pool.run { self.bury(breach.map { .broken($0) } ?? self.worker.death(), isWanted) }
    }

    private func bury(_ failure: WorkerFailure, _ isWanted: Bool) {
        defer { tellIdle() }
        let (calls, requests) = state.withLock { state in
            defer { state.requests = [:] }
            return (state.calls.takeAll(), Array(state.requests.values))
        }
        let names = calls.compactMap { $0.entry.task.map { identity.address($0) } }
        let death = Death(
            failureClass: FailureClass(failure, whileCallsRan: !names.isEmpty),
            sentence: sentence(failure, names), isByOthers: failure.isByOthers)
        for request in requests { request.answer(.died(death)) }
        let advice = isWanted ? "it is being replaced" : owner.ended(self, death)
        for (_, entry) in calls {
            let what = entry.task.map { "\(identity.address($0)) did not end: " } ?? ""
            entry.listener.callFinished(
                .failure(
                    .failed,
                    "\(what)\(identity.module) (build \(identity.build)): "
                        + "\(death.sentence); \(advice)"))
        }
    }

    private func sentence(_ failure: WorkerFailure, _ running: [String]) -> String {
        var sentence = "\(failure)"
        if failure == .died(.killed(signal: SignalNumber.kill)) {
            sentence += " (by somebody, or by the system for want of memory)"
        }
        guard !running.isEmpty else { return sentence + " while no call ran" }
        let shown = running.prefix(3).joined(separator: ", ")
        let more = running.count > 3 ? " and \(running.count - 3) more" : ""
        return sentence + " while \(shown)\(more) ran"
    }
}

/// What every resident needs; made once.
package struct ResidentTools: Sendable {
    package var office: ResidentOffice
    package var alarms: Alarms
    /// For what may wait a little.
    package var pool: ThreadPool

    package init(office: ResidentOffice, alarms: Alarms, pool: ThreadPool) {
        self.office = office
        self.alarms = alarms
        self.pool = pool
    }
}
