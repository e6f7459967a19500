import KernelBase
package import KernelBrokers
import KernelBuilds
import KernelFlight
package import KernelGenerations
package import KernelHosting
package import KernelLoader
package import KernelSystem
import KernelWorkers
import ModuleJSON
import Synchronization

/// Runs calls: finds the task, checks the arguments, and has it run where its mode says.
package final class Dispatcher: Sendable {
    package let board: CallBoard
    let loader: ModuleLoader
    let pools: CallPools
    private let mainWatch: MainLoopWatch
    package let mainLoop: MainLoop
    let brokers: Brokers
    let options: Options
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

        /// How the host does what modules may not do themselves.
        package var brokers = BrokerOptions()

        package init() {}
    }

    package init(
        loader: ModuleLoader, pool: ThreadPool, mainLoop: MainLoop, alarms: Alarms,
        options: Options, report: @escaping @Sendable (LoaderEvent) -> Void
    ) throws(SystemError) {
        self.loader = loader
        pools = CallPools(pool)
        var brokerOptions = options.brokers
        brokerOptions.warn = { report(.warning($0)) }
        brokers = Brokers(
            run: { [pools] in pools.idle.run($0) }, alarms: alarms, options: brokerOptions,
            zygote: { try loader.zygote() })
        self.mainLoop = mainLoop
        self.options = options
        mainWatch = MainLoopWatch(
            mainLoop, alarms: alarms,
            limits: MainLoopWatch.Limits(
                slowMilliseconds: options.mainSlowMilliseconds,
                hangSeconds: options.mainHangSeconds),
            endHanging: options.endHanging
        ) { label, milliseconds in
            report(
                .warning(
                    "\(label) has kept the main loop busy for more than \(milliseconds) ms; "
                        + "give it the mode thread if it has to wait"))
        }
        mainWatch.begin()
        board = try CallBoard(graceSeconds: options.graceSeconds, report: report) {
            loader.isolate(module: $0, build: $1, because: $2)
        }
        loader.relay.attach(self)
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
            listener.callFinished(.unbegun(refusal.status, refusal.description))
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

        func facts(_ mode: RunMode, _ risk: Risk?, _ generation: Generation?) -> CallFacts {
            CallFacts(
                id: id, address: order.address, mode: mode, generation: generation?.number ?? 0,
                build: generation?.build.hash ?? "", startedNanoseconds: startedNanoseconds,
                risk: risk ?? .danger,
                callers: order.callers, durableTask: order.durableTask)
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
        let facts = facts(ordered, request, generation)
        let call = RunningCall(
            facts: facts, slot: slot,
            generation: generation, deadlineNanoseconds: request.deadlineNanoseconds,
            listener: ordered.listener, board: board, pool: pools.pool(for: ordered.order))
        board.add(call)
        ordered.order.settled?(facts)
        run(call, generation, request)
    }

    private func facts(
        _ ordered: Ordered, _ request: CallRequest, _ generation: Generation
    ) -> CallFacts {
        let task = generation.manifest.tasks[Int(request.task)]
        return ordered.facts(request.mode, task.risk, generation)
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
            facts: ordered.facts(mode, task?.risk, before), slot: slot,
            generation: nil, deadlineNanoseconds: deadline(ordered, override, task),
            listener: ordered.listener, board: board, pool: pools.pool(for: ordered.order))
        board.add(call)
        slot.whenOpen { answer in
            switch answer {
            case .success(let generation):
                // The waiters are told one after the other on the thread of the reload.
                call.pool.run { self.begin(call, ordered, generation) }
            case .failure(let refusal):
                call.callFinished(.unbegun(refusal.status, refusal.description))
            }
        }
    }

    private func begin(_ call: RunningCall, _ ordered: Ordered, _ generation: Generation) {
        do throws(Refusal) {
            let request = try prepare(ordered, call.slot, generation)
            let facts = facts(ordered, request, generation)
            guard call.enter(generation, facts, request.deadlineNanoseconds) else {
                return generation.leave()
            }
            board.checkSoon(call)
            ordered.order.settled?(facts)
            run(call, generation, request)
        } catch {
            generation.leave()
            call.callFinished(error.outcome)
        }
    }

    // MARK: Checking

    struct Refusal: Error {
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
        let mode = override?.mode ?? task.mode
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
        let due = ordered.startedNanoseconds + UInt64(bounded * 1e9)
        let latest = ordered.order.latestNanoseconds
        return latest == 0 ? due : min(due, latest)
    }

    /// Of a task that comes with the build that is being loaded.
    private static let timeoutSecondsOfUnknown = 30.0
    private static let timeoutSecondsMax = 86_400.0

    func checkedArguments(
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
            return (.json, (task.arguments?.fillingDefaults(in: json) ?? json).serialized())
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

    // MARK: Running

    private func run(
        _ call: RunningCall, _ generation: Generation, _ request: CallRequest
    ) {
        FlightRecorder.callBegan(
            request.id, of: generation.recorded, task: request.task, mode: request.mode.rawValue)
        switch request.mode {
        case .main, .thread:
            withInstance(call, generation) { self.run(call, request, $0, generation) }
        case .process:
            // The old workers outlive a swap on their own: a reload need not wait for this call.
            generation.leave()
            onPool(call) { self.runInProcess(call, request, generation) }
        }
    }

    private func run(
        _ call: RunningCall, _ request: CallRequest, _ instance: any LiveInstance,
        _ generation: Generation
    ) {
        switch request.mode {
        case _ where instance.isElsewhere: runElsewhere(call, request, instance, generation)
        case .main: runOnMain(call, request, instance)
        case .thread, .process:
            onPool(call) { self.runOnThisThread(call, request, instance) }
        }
    }

    /// What a module asks for never runs on the thread that it asked on.
    func onPool(_ call: RunningCall, _ job: @escaping @Sendable () -> Void) {
        if call.pool === pools.outermost && ThreadPool.isCurrentThread {
            job()
        } else {
            call.pool.run(job)
        }
    }

    /// Goes on once there is an instance. A call that waits for one holds no thread.
    private func withInstance(
        _ call: RunningCall, _ generation: Generation,
        _ body: @escaping @Sendable (any LiveInstance) -> Void
    ) {
        if let instance = generation.instanceIfPresent { return body(instance) }
        generation.withInstance { made in
            switch made {
            case .success(let instance):
                // The waiters are told one after the other on the thread that made it.
                call.pool.run { body(instance) }
            case .failure(let unavailable):
                let id = call.slot.id
                let advice =
                    if case .failed = unavailable { "; /module reload \(id) tries again" } else {
                        ""
                    }
                call.callFinished(
                    .unbegun(unavailable.status, "\(id) \(unavailable)\(advice)"))
            }
        }
    }

    /// The call takes no thread here: its worker is told, and what it answers is read elsewhere.
    private func runElsewhere(
        _ call: RunningCall, _ request: CallRequest, _ instance: any LiveInstance,
        _ generation: Generation
    ) {
        guard call.begin() else { return call.callFinished(unbegun(call)) }
        guard instance.admit(request.id, call) else {
            // Its worker has just ended: the call goes to the next one.
            let isNew = generation.instanceIfPresent !== instance
            return isNew ? run(call, generation, request) : endTurnedAway(call)
        }
        // The request to end may have come before the instance knew of the call.
        if let reason = call.endReason { instance.cancel(request.id, reason) }
        instance.begin(request)
    }

    private func runOnThisThread(
        _ call: RunningCall, _ request: CallRequest, _ instance: any LiveInstance
    ) {
        guard call.enterThread() else { return call.callFinished(unbegun(call)) }
        if instance.admit(request.id, call) {
            // The request to end may have come before the instance knew of the call.
            if let reason = call.endReason { instance.cancel(request.id, reason) }
            instance.begin(request)
        } else {
            endTurnedAway(call)
        }
        if call.leaveThread() { call.pool.reclaimThread() }
    }

    /// The call was asked to end before it came to a thread.
    func unbegun(_ call: RunningCall) -> CallOutcome {
        let reason = call.endReason == .deadline ? CallStatus.deadline : .cancelled
        return .unbegun(reason, "\(call.facts.address) was asked to end before it began")
    }

    /// The call waited for a thread for so long that its build was given up meanwhile.
    private func endTurnedAway(_ call: RunningCall) {
        call.callFinished(
            .unbegun(.busy, "\(call.slot.id) was reloaded before this call began; call again"))
    }

    private func runOnMain(
        _ call: RunningCall, _ request: CallRequest, _ instance: any LiveInstance
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
}
