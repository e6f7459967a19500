internal import CModuleABI
internal import ModuleJSON
internal import Synchronization

/// One call: the executor that its Swift task prefers, what its author's `Call` reaches, and the
/// one door through which it ends.
///
/// The first job of the task is kept back and run by `start`, on the thread that the call came on:
/// a task that never suspends thus ends before the host's function returns, without a change of
/// threads. Every later job goes to a thread of the host that fits the mode.
final class CallRun: TaskExecutor, Sendable {
    let id: UInt64
    let mode: Mode
    private let deadlineNanoseconds: UInt64
    private let instance: Instance
    private let state = Mutex(State())

    /// Written by the first `enqueue`, which the creation of the task calls on the thread of
    /// `start` before anybody else knows this object; read there, and by later ones after it.
    private nonisolated(unsafe) var firstJob = FirstJob.awaited

    private enum FirstJob {
        case awaited
        case kept(UnownedJob)
        case run
    }

    private struct State {
        var isFinished = false
        var cancelReason: CancelReason?
        var task: Task<Void, Never>?
    }

    init(id: UInt64, mode: Mode, deadlineNanoseconds: UInt64, instance: Instance) {
        self.id = id
        self.mode = mode
        self.deadlineNanoseconds = deadlineNanoseconds
        self.instance = instance
    }

    var host: HostTable { instance.host }

    var deadline: SuspendingClock.Instant? { MonotonicTime.instant(deadlineNanoseconds) }

    // MARK: - Running

    func start(_ body: @escaping @Sendable (Call) async throws -> TaskReply) {
        let preferred: (any TaskExecutor)? = instance.host.hasThreads ? self : nil
        let task = Task(executorPreference: preferred) {
            do {
                self.finish(try await body(Call(run: self)))
            } catch {
                self.finish(error)
            }
        }
        keep(task)
        // The host may have cancelled the call before the task was there to be told.
        if instance.host.isCancelled(id) { cancel(.requested) }
        runFirstJob()
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if case .awaited = unsafe firstJob {
            unsafe firstJob = .kept(job)
        } else {
            unsafe instance.host.run(
                onMain: mode == .main, LaterJob.run, LaterJob.retained(job, on: self))
        }
    }

    private func runFirstJob() {
        guard case .kept(let job) = unsafe firstJob else { return }
        unsafe firstJob = .run
        unsafe job.runSynchronously(on: asUnownedTaskExecutor())
    }

    /// A task that has ended already is not kept: it and this object would hold each other.
    private func keep(_ task: Task<Void, Never>) {
        state.withLock { state in
            if !state.isFinished { state.task = task }
        }
    }

    // MARK: - Cancelling

    func cancel(_ reason: CancelReason) {
        let task = state.withLock { state in
            if state.cancelReason == nil { state.cancelReason = reason }
            return state.task
        }
        task?.cancel()
    }

    var isCancelled: Bool {
        let known = state.withLock { $0.isFinished || $0.cancelReason != nil }
        return known || instance.host.isCancelled(id)
    }

    // MARK: - Telling the host

    /// After the end there is nothing to report any more, whatever a forgotten Task still says.
    /// The lock keeps the end from overtaking a report.
    func progress(_ fraction: Double?, _ note: String) {
        state.withLock { state in
            guard !state.isFinished else { return }
            let known = fraction.flatMap { $0.isFinite ? min(max($0, 0), 1) : nil }
            instance.host.progress(id, known ?? -1, note)
        }
    }

    func output(_ text: String) throws {
        let status = state.withLock { state in
            state.isFinished ? mod_status(MOD_MISUSE) : instance.host.output(id, text)
        }
        guard status < 0 else { return }
        throw Failure(
            "the host takes no more output of this call",
            Failure.Status(rawValue: status) ?? .failed)
    }

    func log(_ level: LogLevel, _ text: String) {
        state.withLock { state in
            guard !state.isFinished else { return }
            instance.host.log(level, call: id, text)
        }
    }

    /// What the call asks for is part of it.
    func ask(_ task: String, _ arguments: TaskInput) async throws -> Reply {
        try await instance.host.ask(task, arguments, call: id)
    }

    func finish(_ reply: TaskReply) {
        switch reply {
        case .none: finish(MOD_KIND_TEXT, [])
        case .text(let text): finish(MOD_KIND_TEXT, text)
        case .json(let json): finish(MOD_KIND_JSON, json.serialized())
        case .bytes(let bytes): finish(MOD_KIND_BYTES, bytes)
        }
    }

    func finish(_ error: any Error) {
        let reason = state.withLock { $0.cancelReason }
        let failure = Failure(error, cancelled: reason)
        unsafe failure.message.withModText { message in
            unsafe end(
                mod_result(
                    size: UInt32(MemoryLayout<mod_result>.size), status: failure.status.rawValue,
                    kind: mod_kind(MOD_KIND_TEXT), reserved: 0, value: mod_bytes(),
                    message: message))
        }
    }

    private func finish(_ kind: Int, _ bytes: [UInt8]) {
        unsafe bytes.withModBytes { unsafe succeed(kind, $0) }
    }

    private func finish(_ kind: Int, _ text: String) {
        unsafe text.withModText { text in
            unsafe succeed(kind, mod_bytes(bytes: text.bytes, length: text.length))
        }
    }

    private func succeed(_ kind: Int, _ value: mod_bytes) {
        unsafe end(
            mod_result(
                size: UInt32(MemoryLayout<mod_result>.size), status: mod_status(MOD_OK),
                kind: mod_kind(kind), reserved: 0, value: value, message: mod_text()))
    }

    private func end(_ result: mod_result) {
        instance.forget(id)
        state.withLock { state in
            state.isFinished = true
            state.task = nil
        }
        unsafe withUnsafePointer(to: result) { unsafe instance.host.finish(id, $0) }
    }
}

/// A job after the first one, on its way through a thread of the host.
private final class LaterJob {
    private let job: UnownedJob
    private let executor: CallRun

    private init(_ job: UnownedJob, on executor: CallRun) {
        self.job = job
        self.executor = executor
    }

    static func retained(_ job: UnownedJob, on executor: CallRun) -> UnsafeMutableRawPointer {
        unsafe Unmanaged.passRetained(LaterJob(job, on: executor)).toOpaque()
    }

    static let run: @convention(c) (UnsafeMutableRawPointer?) -> Void = { argument in
        guard let argument = unsafe argument else { return }
        let later = unsafe Unmanaged<LaterJob>.fromOpaque(argument).takeRetainedValue()
        unsafe later.job.runSynchronously(on: later.executor.asUnownedTaskExecutor())
    }
}
