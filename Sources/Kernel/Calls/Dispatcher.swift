import KernelBase
import KernelBuilds
import KernelFlight
package import KernelHosting
package import KernelLoader
package import KernelSystem
import KernelWorkers
import ModuleJSON
import Synchronization

/// Runs calls: finds the task, checks the arguments, and has it run where its mode says.
package final class Dispatcher: Sendable {
    package let board: CallBoard
    private let loader: ModuleLoader
    private let pool: ThreadPool
    private let mainWatch: MainLoopWatch
    package let mainLoop: MainLoop
    private let options: Options
    private let lastID = Atomic<UInt64>(0)

    package struct Options: Sendable {
        /// How long a call that was asked to end is waited for.
        package var graceSeconds = 0.5
        /// A task on the main loop that takes longer is reported.
        package var mainSlowMilliseconds: UInt64 = 100
        /// One that holds it for so long is given up, and the process with it; 0: never.
        package var mainHangSeconds: UInt64 = 0
        /// Ends the process because of it.
        package var endHanging: @Sendable () -> Void = {}
        /// What the configuration says about a task of a module.
        package var override: @Sendable (String, String) -> TaskOverride? = { _, _ in nil }

        package init() {}
    }

    package init(
        loader: ModuleLoader, pool: ThreadPool, mainLoop: MainLoop, alarms: Alarms,
        options: Options, report: @escaping @Sendable (LoaderEvent) -> Void
    ) throws(SystemError) {
        self.loader = loader
        self.pool = pool
        self.mainLoop = mainLoop
        self.options = options
        mainWatch = MainLoopWatch(
            mainLoop, alarms: alarms,
            limits: MainLoopWatch.Limits(
                slowMilliseconds: options.mainSlowMilliseconds,
                hangSeconds: options.mainHangSeconds),
            endHanging: options.endHanging, report: report)
        mainWatch.begin()
        board = try CallBoard(pool: pool, graceSeconds: options.graceSeconds, report: report)
    }

    // MARK: Beginning

    /// An id for a call that is about to begin, for whoever has to know it before.
    package func newCallID() -> UInt64 {
        lastID.add(1, ordering: .relaxed).newValue
    }

    /// Begins a call under a new id, by which it can be cancelled. The listener hears of its end
    /// exactly once, perhaps before this returns: on a thread of the pool a task of mode thread
    /// runs then and there, for as long as it takes.
    package func call(
        _ order: CallOrder, id: UInt64, _ listener: any CallListener
    ) {
        defer { board.withdraw(id) }
        let parts = order.address.split(separator: ".", maxSplits: 1)
        guard parts.count == 2, let slot = loader.slot(String(parts[0])) else {
            return listener.callFinished(.failure(.notFound, unknownModule(order.address)))
        }
        let ordered = Ordered(
            id: id, order: order, task: String(parts[1]),
            startedNanoseconds: SystemClock.monotonicNanoseconds, listener: listener)
        switch slot.enter() {
        case .entered(let generation):
            begin(ordered, slot, generation)
        case .refused(let refusal):
            listener.callFinished(.failure(refusal.status, refusal.description))
        case .held:
            hold(ordered, slot)
        }
    }

    /// An order with all that goes along with it.
    private struct Ordered: Sendable {
        let id: UInt64
        let order: CallOrder
        /// The name of the task within its module.
        let task: String
        let startedNanoseconds: UInt64
        let listener: any CallListener

        func facts(_ mode: RunMode, generation: UInt64) -> CallFacts {
            CallFacts(
                id: id, address: order.address, mode: mode, generation: generation,
                startedNanoseconds: startedNanoseconds)
        }
    }

    private func begin(_ ordered: Ordered, _ slot: ModuleSlot, _ generation: Generation) {
        let request: CallRequest
        do throws(Refusal) {
            request = try prepare(ordered, slot, generation)
        } catch {
            generation.leave()
            slot.statistics.count(
                error.outcome.status, startedNanoseconds: ordered.startedNanoseconds)
            return ordered.listener.callFinished(error.outcome)
        }
        let call = RunningCall(
            facts: ordered.facts(request.mode, generation: generation.number), slot: slot,
            generation: generation, deadlineNanoseconds: request.deadlineNanoseconds,
            listener: ordered.listener, board: board)
        board.add(call)
        run(call, generation, request)
    }

    // MARK: During a reload

    /// The call is shown, can be cancelled and has a deadline while it waits: those that the
    /// build before gives it, until the one that it will meet is known.
    private func hold(_ ordered: Ordered, _ slot: ModuleSlot) {
        let before = slot.current
        let task = before.flatMap { before in
            before.taskIndex(ordered.task).map { before.manifest.tasks[$0] }
        }
        let override = options.override(slot.id, ordered.task)
        let mode = override?.mode ?? task?.mode ?? .thread
        let call = RunningCall(
            facts: ordered.facts(mode, generation: before?.number ?? 0), slot: slot,
            generation: nil, deadlineNanoseconds: deadline(ordered, override, task),
            listener: ordered.listener, board: board)
        board.add(call)
        slot.whenOpen { answer in
            switch answer {
            case .success(let generation):
                // The waiters are told one after the other on the thread of the reload.
                self.pool.run { self.begin(call, ordered, generation) }
            case .failure(let refusal):
                call.callFinished(.failure(refusal.status, refusal.description))
            }
        }
    }

    private func begin(_ call: RunningCall, _ ordered: Ordered, _ generation: Generation) {
        do throws(Refusal) {
            let request = try prepare(ordered, call.slot, generation)
            let facts = ordered.facts(request.mode, generation: generation.number)
            guard call.enter(generation, facts, request.deadlineNanoseconds) else {
                return generation.leave()
            }
            board.checkSoon(call)
            run(call, generation, request)
        } catch {
            generation.leave()
            call.callFinished(error.outcome)
        }
    }

    // MARK: Checking

    private struct Refusal: Error {
        let outcome: CallOutcome
    }

    private func prepare(
        _ ordered: Ordered, _ slot: ModuleSlot, _ generation: Generation
    ) throws(Refusal) -> CallRequest {
        let name = ordered.task
        guard let index = generation.taskIndex(name) else {
            throw Refusal(outcome: .failure(.notFound, unknownTask(name, generation.manifest)))
        }
        let task = generation.manifest.tasks[index]
        let override = options.override(slot.id, name)
        let (kind, arguments) = try checkedArguments(ordered.order, task)
        let mode = generation.runsInWorkersOnly ? .process : override?.mode ?? task.mode
        return CallRequest(
            id: ordered.id, task: UInt32(index), mode: mode, kind: kind, arguments: arguments,
            deadlineNanoseconds: deadline(ordered, override, task))
    }

    private func deadline(
        _ ordered: Ordered, _ override: TaskOverride?, _ task: TaskDescription?
    ) -> UInt64 {
        let seconds =
            ordered.order.timeoutSeconds ?? override?.timeoutSeconds ?? task?.timeoutSeconds
            ?? Self.timeoutSecondsOfUnknown
        let bounded = seconds.isNaN ? 0 : min(max(seconds, 0), Self.timeoutSecondsMax)
        return ordered.startedNanoseconds + UInt64(bounded * 1e9)
    }

    /// Of a task that comes with the build that is being loaded.
    private static let timeoutSecondsOfUnknown = 30.0
    private static let timeoutSecondsMax = 86_400.0

    private func checkedArguments(
        _ order: CallOrder, _ task: TaskDescription
    ) throws(Refusal) -> (PayloadKind, [UInt8]) {
        switch (order.arguments, task.accepts) {
        case (.bytes(let bytes), .bytes):
            return (.bytes, bytes)
        case (.json(let json), .json):
            let problems = task.arguments?.problems(in: json) ?? Self.unexpected(json)
            guard problems.isEmpty else {
                let sentence = problems.map(\.description).joined(separator: "; ")
                throw Refusal(outcome: .failure(.invalid, "\(order.address): \(sentence)"))
            }
            return (.json, json.serialized())
        case (.json(let json), _) where json == [:]:
            return (.bytes, [])
        case (.json, _):
            throw Refusal(
                outcome: .failure(.invalid, "\(order.address) takes bytes, not arguments by name"))
        case (.bytes, _):
            throw Refusal(
                outcome: .failure(.invalid, "\(order.address) takes JSON, not bytes"))
        }
    }

    /// A task without a schema takes no arguments.
    private static func unexpected(_ json: JSON) -> [JSONSchemaProblem] {
        noArguments.problems(in: json)
    }

    private static let noArguments: JSONSchema = {
        do {
            return try JSONSchema(["type": "object", "additionalProperties": false])
        } catch {
            preconditionFailure("the schema of no arguments is a schema: \(error)")
        }
    }()

    private func unknownModule(_ address: String) -> String {
        let id = address.split(separator: ".").first.map(String.init) ?? address
        let hint = Spelling.closest(to: id, among: loader.slots.map(\.id))
            .map { "; did you mean \($0)?" }
        return "there is no module \"\(id)\"\(hint ?? "")"
    }

    private func unknownTask(_ name: String, _ manifest: Manifest) -> String {
        let names = manifest.tasks.map(\.name)
        let hint =
            Spelling.closest(to: name, among: names)
            .map { "; did you mean \(manifest.id).\($0)?" }
            ?? "; it has " + names.map { "\(manifest.id).\($0)" }.joined(separator: ", ")
        return "\(manifest.id) has no task \"\(name)\"\(hint)"
    }

    // MARK: Running

    private func run(
        _ call: RunningCall, _ generation: Generation, _ request: CallRequest
    ) {
        FlightRecorder.callBegan(
            request.id, of: generation.recorded, task: request.task, mode: request.mode.rawValue)
        switch request.mode {
        case .thread:
            withInstance(call, generation) { instance in
                self.onPool { self.runOnThisThread(call, request, instance) }
            }
        case .main:
            withInstance(call, generation) { self.runOnMain(call, request, $0) }
        case .process:
            // The old workers outlive a swap on their own: a reload need not wait for this call.
            generation.leave()
            onPool { self.runInProcess(call, request, generation) }
        }
    }

    private func onPool(_ job: @escaping @Sendable () -> Void) {
        if ThreadPool.isCurrentThread { job() } else { pool.run(job) }
    }

    /// Goes on once there is an instance. A call that waits for one holds no thread.
    private func withInstance(
        _ call: RunningCall, _ generation: Generation,
        _ body: @escaping @Sendable (ModuleInstance) -> Void
    ) {
        if let instance = generation.instanceIfPresent { return body(instance) }
        generation.withInstance { made in
            switch made {
            case .success(let instance):
                // The waiters are told one after the other on the thread that made it.
                self.pool.run { body(instance) }
            case .failure(let failure):
                call.callFinished(
                    .failure(
                        failure.status, "\(call.slot.id) could not be brought up: \(failure)"))
            }
        }
    }

    private func runOnThisThread(
        _ call: RunningCall, _ request: CallRequest, _ instance: ModuleInstance
    ) {
        guard call.enterThread() else { return call.callFinished(unbegun(call)) }
        if instance.admit(request.id, call) {
            // The request to end may have come before the instance knew of the call.
            if let reason = call.endReason { instance.cancel(request.id, reason) }
            instance.begin(request)
        } else {
            endTurnedAway(call)
        }
        if call.leaveThread() { pool.reclaimThread() }
    }

    /// The call was asked to end before it came to a thread.
    private func unbegun(_ call: RunningCall) -> CallOutcome {
        let reason = call.endReason == .deadline ? CallStatus.deadline : .cancelled
        return .failure(reason, "\(call.facts.address) was asked to end before it began")
    }

    /// The call waited for a thread for so long that its build was given up meanwhile.
    private func endTurnedAway(_ call: RunningCall) {
        call.callFinished(
            .failure(.busy, "\(call.slot.id) was reloaded before this call began; call again"))
    }

    private func runOnMain(
        _ call: RunningCall, _ request: CallRequest, _ instance: ModuleInstance
    ) {
        guard instance.admit(request.id, call) else { return endTurnedAway(call) }
        mainLoop.run(label: call.facts.address) {
            // It may have waited here beyond its deadline.
            guard call.enterThread() else {
                instance.release(request.id, self.unbegun(call))
                return
            }
            if let reason = call.endReason { instance.cancel(request.id, reason) }
            instance.begin(request)
            _ = call.leaveThread()
        }
    }

    private func runInProcess(
        _ call: RunningCall, _ request: CallRequest, _ generation: Generation
    ) {
        guard call.enterThread() else { return call.callFinished(unbegun(call)) }
        defer { if call.leaveThread() { pool.reclaimThread() } }
        do throws(WorkerFailure) {
            while true {
                let deadline = request.deadlineNanoseconds
                let lease = try generation.workers.take(untilNanoseconds: deadline) {
                    !call.isAskedToEnd
                }
                guard let lease else { return call.callFinished(workerless(call)) }
                let isNew = lease.worker.callsServed == 0
                call.runs(in: lease.worker)
                do throws(WorkerFailure) {
                    let outcome = try lease.worker.call(
                        request, call, graceSeconds: options.graceSeconds)
                    call.runs(in: nil)
                    generation.workers.giveBack(lease, isSound: true)
                    return call.callFinished(outcome)
                } catch {
                    call.runs(in: nil)
                    generation.workers.giveBack(lease, isSound: false)
                    // A warm worker that ended while nobody used it costs no call.
                    guard error == .unreached, !isNew else { throw error }
                }
            }
        } catch {
            call.callFinished(failure(call, generation, error))
        }
    }

    /// The call ended while it waited for a worker.
    private func workerless(_ call: RunningCall) -> CallOutcome {
        guard !call.isAskedToEnd else { return unbegun(call) }
        return .failure(
            .deadline, "\(call.facts.address) waited until its deadline for a free worker")
    }

    private func failure(
        _ call: RunningCall, _ generation: Generation, _ failure: WorkerFailure
    ) -> CallOutcome {
        let address = call.facts.address
        if case .refused(let reason) = failure {
            return .failure(reason.status, "\(address): \(reason)")
        }
        let now = SystemClock.monotonicNanoseconds
        if call.isAskedToEnd {
            return .failure(.cancelled, "\(address) did not heed being cancelled and was killed")
        }
        if now >= call.deadlineNanoseconds {
            return .failure(
                .deadline, "\(address) was still running at its deadline and was killed")
        }
        let build = generation.build.shortHash
        loader.noteCrash(call.slot, generation, "\(address) ended its process: \(failure)")
        return .failure(.failed, "\(address) (build \(build)) did not answer: \(failure)")
    }
}
