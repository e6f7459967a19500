import KernelBase
import KernelHosting
import KernelSandbox
import KernelSystem
import Synchronization

/// The worker's side: a process that holds one module.
///
/// Every idle thread of the process waits for the next request, and whoever gets a call runs it
/// then and there, so that a call costs no hop between threads. Before it does, it makes sure that
/// somebody else waits, for the cancellation that may come. The main thread is left to the main
/// loop, for tasks of mode main and for MainActor.
///
/// Walls hold for threads that are started after them: the first request, which brings them, is
/// taken while there is one thread.
final class WorkerServer: Sendable {
    let channel: WorkerChannel
    private let mainLoop: MainLoop
    private let pool = ThreadPool(name: "pool", threadsMax: 64)
    let audience = Audience()
    private let asker: RemoteAsker
    private let crew = Mutex(ReceiverCrew())
    let exchanges = WorkerExchanges()
    let state = Mutex(State())
    /// Threads that are at work in the module for calls.
    private let working = Condition(0)

    struct State {
        var instance: ModuleInstance?
        var image: ModuleImage?
        var walls: Walls?
        /// Why the walls are not what the module needs.
        var wallProblem: String?
        var watchesContract = false
        var mainSlowMilliseconds: UInt64 = 0
        var mainWatch: MainLoopWatch?
        /// Why calls are to end whose cancellation overtook them.
        var cancelledEarly: [UInt64: CancelReason] = [:]
    }

    /// The exit status of a worker that could not do its work: EX_SOFTWARE.
    static let failureStatus: Int32 = 70

    private static let cancelledEarlyMax = 128

    init(_ channel: WorkerChannel) throws(SystemError) {
        self.channel = channel
        asker = RemoteAsker(
            channel, audience, pool: ThreadPool(name: "replies", threadsMax: 4))
        mainLoop = try MainLoop()
    }

    /// Does in the zygote, without a thread, what each worker begins with: the runtime's records
    /// of generic types, which every worker would else work out anew, come along with the fork.
    static func warmUp() {
        _ = ThreadPool(name: "", threadsMax: 1)
        _ = Condition(0)
        let walls = Walls(
            module: "", strength: .off, rules: [Walls.Rule("/", .read)], limits: ResourceLimits())
        let open = OpenRequest(path: "/", watchesContract: false, walls: walls)
        _ = try? OpenRequest(open.bytes)
        let setUp = SetUpRequest(
            configuration: ModuleConfiguration(), state: nil, testsItself: false, starts: false,
            stateFolder: "/")
        _ = try? SetUpRequest(setUp.bytes)
    }

    /// The body of the worker's main thread. Returns its exit status.
    func run() -> Int32 {
        do {
            guard let frame = try firstFrame() else { return 0 }
            if frame.kind == .execute { return ProgramStart.run(frame, channel) }
            crew.withLock { $0.join() }
            startReceiver(frame.kind == .confine ? nil : frame)
            try mainLoop.runUntilStopped()
            return 0
        } catch {
            return Self.failureStatus
        }
    }

    /// Waits for the request to open a library, or for its walls, and raises them. Nil if none will
    /// come.
    private func firstFrame() throws -> Frame? {
        var buffer = [UInt8](repeating: 0, count: Frame.bufferBytes)
        guard case .frame(let frame) = try channel.receive(into: &buffer) else { return nil }
        guard frame.kind == .open || frame.kind == .confine else { return frame }
        let walls = try OpenRequest(frame.body).walls
        let report = Sandbox.raise(walls)
        tell(Frame(.walls, body: report.bytes))
        state.withLock { state in
            state.walls = walls
            state.wallProblem = walls.strength == .required ? report.problem : nil
        }
        return frame
    }

    /// Without a first frame it waits for one.
    private func startReceiver(_ frame: Frame? = nil) {
        do {
            try SystemThread.start(name: "worker") { self.receive(frame) }
        } catch {
            // The thread that wanted help goes on alone: cancellations are read later.
            crew.withLock { $0.miss() }
        }
    }

    private func receive(_ first: Frame?) {
        var buffer = [UInt8](repeating: 0, count: Frame.bufferBytes)
        var waitingFrame = first
        while let frame = waitingFrame.take() ?? received(into: &buffer) {
            switch crew.withLock({ $0.received(frame) }) {
            case .putAside:
                continue
            case .serve(let startsAnother):
                if startsAnother { startReceiver() }
                guard serveAll(from: frame) else { return }
            }
        }
        mainLoop.stop()
    }

    private func received(into buffer: inout [UInt8]) -> Frame? {
        guard case .frame(let frame)? = try? channel.receive(into: &buffer) else { return nil }
        return frame
    }

    /// Serves the frame, and what was put aside meanwhile. False if the thread is to end.
    private func serveAll(from first: Frame) -> Bool {
        var frame = first
        while true {
            serve(frame)
            switch crew.withLock({ $0.served() }) {
            case .wait: return true
            case .end: return false
            case .serve(let next, let startsAnother):
                if startsAnother { startReceiver() }
                frame = next
            }
        }
    }

    private func serve(_ frame: Frame) {
        switch frame.kind {
        case .cancel: return cancel(frame)
        case .replied, .askPrinted, .askHanded: return asker.take(frame)
        case .exchange, .feed: return exchanges.take(frame) { self.serveExchange($0) }
        default: break
        }
        answering(frame) {
            switch frame.kind {
            case .open: try open(frame)
            case .setUp: try setUp(frame)
            case .start, .stop, .configure, .save, .load, .checkHealth, .describe, .destroy:
                try lifecycle(frame)
            case .call: try call(frame)
            default: throw ProtocolError("a worker was sent \(frame.kind)")
            }
        }
    }

    /// Serves a request, whose end the kernel waits for.
    func answering(_ frame: Frame, _ body: () throws -> Void) {
        let notes = RefusalNotes(state.withLock { $0.walls })
        audience.enter()
        do {
            try body()
        } catch let failure as ModuleFailure {
            let told = ModuleFailure(
                failure.step, failure.status, notes.added(to: failure.message))
            answer(Frame(.refused, id: frame.id, body: told.bytes))
        } catch {
            let failure = ModuleFailure(.open, .misuse, "\(error)")
            answer(Frame(.refused, id: frame.id, body: failure.bytes))
        }
    }

    /// Ends a request.
    private func answer(_ frame: Frame) {
        audience.leave()
        tell(frame)
    }

    /// If the kernel is gone there is nobody to tell.
    private func tell(_ frame: Frame) {
        try? channel.send(frame)
    }

    // MARK: Requests

    private func open(_ frame: Frame) throws {
        let request = try OpenRequest(frame.body)
        try requireWalls()
        let image = try ModuleImage(opening: request.path)
        state.withLock {
            $0.image = image
            $0.watchesContract = request.watchesContract
            $0.mainSlowMilliseconds = request.mainSlowMilliseconds
        }
        let manifest = try image.manifest()
        answer(
            Frame(.opened, id: frame.id, second: image.manifestMark ?? 0, body: manifest))
    }

    /// No code of a module runs here but behind walls. Those that stand cannot be moved: a further
    /// library is confined by what came with the first one.
    private func requireWalls() throws(ModuleFailure) {
        let (walls, problem) = state.withLock { ($0.walls, $0.wallProblem) }
        guard walls != nil else {
            throw ModuleFailure(.open, .misuse, "a worker gets its walls with its first request")
        }
        guard let problem else { return }
        throw ModuleFailure(
            .open, .unsupported,
            "this system cannot confine the module (\(problem)); to run it all the same, write "
                + "sandbox = \"preferred\" to [kernel] in kernel.toml")
    }

    private func setUp(_ frame: Frame) throws {
        let request = try SetUpRequest(frame.body)
        let (image, watchesContract) = state.withLock { ($0.image, $0.watchesContract) }
        guard let image else { throw ProtocolError("set up before open") }
        if request.isHeard { audience.stay() }
        let instance = try ModuleInstance(
            of: image,
            services: services(
                watchesContract: watchesContract, stateFolder: request.stateFolder))
        if let configuration = request.configuration {
            try instance.configure(own: configuration.own, user: configuration.user)
        }
        if let state = request.state {
            try instance.loadState(state.bytes, version: state.version)
        }
        if request.testsItself { try instance.selfTest() }
        if request.starts { try instance.start() }
        state.withLock { $0.instance = instance }
        answer(Frame(.done, id: frame.id, body: instance.canDo.bytes))
    }

    private func lifecycle(_ frame: Frame) throws {
        let instance = try currentInstance()
        var body: [UInt8] = []
        switch frame.kind {
        case .start:
            try instance.start()
            instance.openForCalls()
        case .stop:
            waitUntilReturned(nanoseconds: frame.second)
            instance.stop()
        case .destroy:
            waitUntilReturned()
            instance.stopAndDestroy()
            _ = state.withLock { state in
                defer { state.instance = nil }
                return state.instance
            }
        case .checkHealth: try instance.checkHealth()
        case .describe: body = try instance.describeProvider() ?? []
        case .load: try instance.loadState(frame.body, version: frame.first)
        case .save: body = try instance.saveState(bytesMax: Int(frame.second)) ?? []
        default:
            var reader = ByteReader(frame.body)
            try instance.configure(own: try reader.part(), user: try reader.part())
        }
        answer(Frame(.done, id: frame.id, body: body))
    }

    func currentInstance() throws -> ModuleInstance {
        guard let instance = state.withLock({ $0.instance }) else {
            throw ProtocolError("a request before the module was set up")
        }
        return instance
    }

    // MARK: Calls

    private func call(_ frame: Frame) throws {
        let instance = try currentInstance()
        let request = try CallRequest(frame)
        guard try admit(request.id, to: instance, { $0 }) else { return }
        if request.mode == .main {
            runOnMain(call: request.id) { self.work { instance.begin(request) } }
        } else {
            work { instance.begin(request) }
        }
    }

    /// False if the call has ended with that: it was cancelled before.
    func admit(
        _ call: UInt64, to instance: ModuleInstance,
        _ listening: (RemoteListener) -> any CallListener
    ) throws(ModuleFailure) -> Bool {
        let (isAdmitted, cancelled) = state.withLock { state in
            let listener = RemoteListener(channel, audience, call, RefusalNotes(state.walls))
            return (
                instance.admit(call, listening(listener)),
                state.cancelledEarly.removeValue(forKey: call)
            )
        }
        guard isAdmitted else { throw ModuleFailure(.start, .busy, "the module is stopped") }
        guard let cancelled else { return true }
        let outcome = CallOutcome.failure(.cancelled, "cancelled before it began")
        instance.release(call, outcome.explained(by: cancelled))
        return false
    }

    /// Enters the module for a call.
    func work(_ body: () -> Void) {
        working.withLock { $0 += 1 }
        body()
        working.withLock { $0 -= 1 }
        working.broadcast()
    }

    /// On the main thread, which is watched from the first job on.
    private func runOnMain(call: UInt64, _ job: @escaping MainLoop.Job) {
        state.withLock { state in
            guard state.mainWatch == nil, state.mainSlowMilliseconds > 0,
                let alarms = try? Alarms()
            else { return }
            let limits = MainLoopWatch.Limits(slowMilliseconds: state.mainSlowMilliseconds)
            let watch = MainLoopWatch(mainLoop, alarms: alarms, limits: limits) {
                self.tellSlow(call: UInt64($0) ?? 0, milliseconds: $1)
            }
            watch.begin()
            state.mainWatch = watch
        }
        mainLoop.run(label: "\(call)", job)
    }

    private func tellSlow(call: UInt64, milliseconds: UInt64) {
        let what = call == 0 ? "a job of the module" : "call \(call)"
        let text =
            "\(what) has kept the main loop of its process busy for more than \(milliseconds) ms; "
            + "a task that has to wait is better given the mode thread"
        tell(Frame(.log, id: call, first: LogLevel.warning.rawValue, body: Array(text.utf8)))
    }

    /// A call may end before the function that began it has returned: until then the instance is
    /// in use. One that never returns costs this process its life, when the request is late.
    private func waitUntilReturned(nanoseconds: UInt64 = 0) {
        let deadline = nanoseconds == 0 ? nil : SystemClock.monotonicNanoseconds + nanoseconds
        _ = working.wait(untilNanoseconds: deadline) { $0 == 0 ? true : nil }
    }

    private func cancel(_ frame: Frame) {
        let reason = CancelReason(rawValue: frame.first) ?? .requested
        let instance = state.withLock { state -> ModuleInstance? in
            if state.instance?.hasCall(frame.id) == true { return state.instance }
            // The call may be on its way to another thread of this process.
            // The oldest of them are of calls that had ended before.
            if state.cancelledEarly.count >= Self.cancelledEarlyMax,
                let oldest = state.cancelledEarly.keys.min()
            {
                state.cancelledEarly[oldest] = nil
            }
            state.cancelledEarly[frame.id] = reason
            return nil
        }
        instance?.cancel(frame.id, reason)
    }

    private func services(watchesContract: Bool, stateFolder: String?) -> HostServices {
        var services = HostServices(
            log: { level, call, text in
                self.tell(Frame(.log, id: call, first: level.rawValue, body: Array(text.utf8)))
            },
            runOnMain: { job in self.runOnMain(call: 0, job) },
            runOnPool: { job in self.pool.run(job) })
        services.modules = asker
        services.stateFolder = stateFolder
        if watchesContract {
            services.violation = { violation in
                self.tell(Frame(.violation, id: violation.call, body: violation.bytes))
            }
        }
        return services
    }
}
