package import KernelBase
package import KernelHosting
package import KernelSandbox
package import KernelSystem
import Synchronization

/// Why a worker did not answer a request.
package enum WorkerFailure: Error, Sendable, Hashable, CustomStringConvertible {
    case refused(ModuleFailure)
    case died(ChildProcess.End?)
    /// The kernel ended it.
    case overran(Overrun)
    case timedOut(seconds: Double)
    case broken(String)
    /// It had ended before the request reached it: another worker may be asked.
    case unreached

    /// Somebody else ended the process, or the system for want of memory, which says nothing
    /// against the build. What the kernel itself ends has overrun or timed out.
    package var isByOthers: Bool {
        switch self {
        case .died(.killed(signal: SignalNumber.kill)), .died(nil), .unreached: true
        default: false
        }
    }

    package var description: String {
        switch self {
        case .refused(let failure): failure.description
        case .died(let end): "its process \(end.map { "\($0)" } ?? "is gone")"
        case .overran(let overrun): overrun.description
        case .timedOut(let seconds): "it gave no answer within \(seconds) s, and was killed"
        case .broken(let reason): reason
        case .unreached: "its process had ended before"
        }
    }
}

/// The kernel's side of one worker. One thread at a time talks to it; cancelling and killing may
/// come from any.
package final class WorkerProcess: Sendable {
    package let process: Int32
    package let channel: WorkerChannel
    package let leash: WorkerLeash
    package let outbox: WorkerOutbox
    private let handle: DescriptorBox
    private let zygote: Zygote
    private let events: WorkerEvents
    /// Wakes the thread that waits for what the worker says.
    private let alert: Alert
    private let state = Mutex(State())

    private final class Alert: Sendable {
        let wakeUp: WakeUp

        init() throws(SystemError) {
            wakeUp = try WakeUp()
        }
    }

    private struct State {
        var lastRequest: UInt64 = 0
        var cancellation: (call: UInt64, reason: CancelReason)?
        var callsServed = 0
        var wallReport: WallReport?
        var asks: WorkerAsks?
        var watched: ResourceWatch.Watched?
    }

    /// A worker that is being forked while its owner does something else.
    package struct Order: Sendable {
        fileprivate let zygote: Zygote
        fileprivate let request: Zygote.Request
        fileprivate let events: WorkerEvents
        fileprivate let leash = WorkerLeash()
        private let name: String
        private let output: OutputCollector

        /// What the worker prints goes to the events as log lines of level info.
        package init(
            zygote: Zygote, name: String, output: OutputCollector, events: WorkerEvents
        ) throws(WorkerFailure) {
            self.zygote = zygote
            self.events = events
            self.name = name
            self.output = output
            do {
                let printed = try Pipe()
                let errors = try Pipe()
                request = try zygote.beginFork(
                    name: name, output: printed.writer, errors: errors.writer)
                let log = events.log
                let leash = leash
                let gauge: OutputCollector.Gauge = { leash.count(said: $0) }
                try output.add(try printed.reader.duplicate(), gauge: gauge) { log(.info, 0, $0) }
                try output.add(try errors.reader.duplicate(), gauge: gauge) {
                    log(.warning, 0, $0)
                }
            } catch {
                throw .broken("cannot make a worker: \(error)")
            }
        }

        /// Has it raise the walls of what it will be asked to open; unheard, it does so then.
        package func confine(for coming: OpenRequest) {
            _ = try? request.channel.sendIfPossible(Frame(.confine, body: coming.bytes))
        }

        /// Waits for the worker. If the zygote ends meanwhile, the next one is asked, once.
        fileprivate func worker() throws -> (Zygote.Worker, WorkerLeash) {
            do {
                return (try zygote.finishFork(request), leash)
            } catch let failure as Zygote.ForkFailure where failure.mayBeRetried {
                let again = try Order(zygote: zygote, name: name, output: output, events: events)
                return (try zygote.finishFork(again.request), again.leash)
            }
        }
    }

    /// Waits for the worker that was ordered.
    package init(_ order: Order) throws(WorkerFailure) {
        zygote = order.zygote
        events = order.events
        do {
            let alert = try Alert()
            self.alert = alert
            let (worker, leash) = try order.worker()
            process = worker.process
            handle = worker.handle
            channel = worker.channel
            self.leash = leash
            outbox = WorkerOutbox(channel, leash) { if $0 { alert.wakeUp.signal() } }
            leash.attach(handle)
        } catch {
            throw .broken("cannot make a worker: \(error)")
        }
    }

    /// Forks a worker.
    package convenience init(
        zygote: Zygote, name: String, output: OutputCollector, events: WorkerEvents
    ) throws(WorkerFailure) {
        try self.init(Order(zygote: zygote, name: name, output: output, events: events))
    }

    deinit {
        kill()
        state.withLock { $0.asks }?.cancelAll()
        zygote.forget(process)
    }

    /// Which walls stand around it; nil before its library was opened.
    package var wallReport: WallReport? { state.withLock { $0.wallReport } }

    package var callsServed: Int { state.withLock { $0.callsServed } }

    /// Ends the process at once. Whoever waits for its answer hears that it died.
    package func kill() {
        state.withLock { $0.watched }?.settle()
        ChildProcess.signal(handle.descriptor, SignalNumber.kill)
    }

    /// How it ended. Waits a little for the news, since a closed channel comes first.
    package func death() -> WorkerFailure {
        let end = zygote.end(of: process)
        return leash.overrun.map { .overran($0) } ?? .died(end)
    }

    // MARK: Requests

    /// Has it raise its walls and open a library, and watches from then on what it uses. Answers
    /// with the manifest, and the number that stands for it, or 0.
    @discardableResult
    package func open(
        _ request: OpenRequest, seconds: Double
    ) throws(WorkerFailure) -> (manifest: [UInt8], mark: UInt64) {
        try finishOpen(try beginOpen(request), seconds: seconds)
    }

    /// As `open`, but waits for nothing: whoever has begun it finishes it.
    package func beginOpen(_ request: OpenRequest) throws(WorkerFailure) -> UInt64 {
        if request.walls.strength != .off { watch(request.walls) }
        return try begin(.open, body: request.bytes)
    }

    package func finishOpen(
        _ id: UInt64, seconds: Double
    ) throws(WorkerFailure) -> (manifest: [UInt8], mark: UInt64) {
        let opened = try answer(to: id, seconds: seconds)
        return (opened.body, opened.second)
    }

    private func watch(_ walls: Walls) {
        let leash = leash
        let watched = zygote.resources.add(process: process, walls) {
            leash.end(Overrun($0 == .machine ? .machine : .descriptors, $1))
        }
        state.withLock { $0.watched = watched }
    }

    /// Sends a request and waits for its answer. A worker that is late is killed.
    package func request(
        _ kind: FrameKind, body: [UInt8] = [], second: UInt64 = 0, seconds: Double
    ) throws(WorkerFailure) -> Frame {
        try answer(to: try begin(kind, body: body, second: second), seconds: seconds)
    }

    private func begin(
        _ kind: FrameKind, body: [UInt8], second: UInt64 = 0
    ) throws(WorkerFailure) -> UInt64 {
        let id = state.withLock { state in
            state.lastRequest += 1
            return state.lastRequest
        }
        guard try isTold(Frame(kind, id: id, second: second, body: body)) else { throw death() }
        return id
    }

    private func answer(to id: UInt64, seconds: Double) throws(WorkerFailure) -> Frame {
        let deadline = SystemClock.monotonicNanoseconds + UInt64(seconds * 1e9)
        while true {
            guard let frame = try next(untilNanoseconds: deadline, awaiting: id) else {
                // A cancellation that came too late for its call may have ended the wait.
                guard SystemClock.monotonicNanoseconds >= deadline else { continue }
                kill()
                throw .timedOut(seconds: seconds)
            }
            switch frame.kind {
            case .done, .opened:
                if frame.id == id { return frame }
            case .refused where frame.id == id:
                throw .refused(try contents { try ModuleFailure(frame.body) })
            default:
                try takeEvent(frame)
            }
        }
    }

    /// False if the worker has ended.
    private func isTold(_ frame: Frame) throws(WorkerFailure) -> Bool {
        switch outbox.send(frame) {
        case .sent, .queued: return true
        case .refused(let reason): throw .broken(reason)
        case .gone: return false
        }
    }

    /// The next frame; nil once the deadline has passed or somebody woke us. `id` is the request
    /// or call whose end and output are waited for: all else the worker says of its own accord.
    private func next(
        untilNanoseconds deadline: UInt64?, awaiting id: UInt64
    ) throws(WorkerFailure) -> Frame? {
        var buffer = FrameBuffer.take()
        defer { FrameBuffer.giveBack(&buffer) }
        do {
            receiving: while true {
                let isWaiting = outbox.sendWaiting()
                switch try channel.wait(
                    untilNanoseconds: deadline, orWokenBy: alert.wakeUp, forWriting: isWaiting)
                {
                case .message: break
                case .room: continue
                case .wokenUp, .timedOut: return nil
                }
                switch try channel.receive(into: &buffer) {
                case .frame(let frame): return frame
                case .piece(let frame):
                    if frame.id != id || !frame.kind.isAwaited { count(frame) }
                case .closed: break receiving
                }
            }
        } catch {
            kill()
            throw .broken("its worker broke the protocol: \(error)")
        }
        // It may have closed its end and live on.
        kill()
        throw death()
    }

    private func count(_ frame: Frame) {
        leash.count(said: frame.messageBytes)
    }

    /// `call` is the one in flight. A line that names any other number belongs to none: the
    /// process may be a module's prey, and what it says is not believed.
    private func takeEvent(_ frame: Frame, call: UInt64 = 0) throws(WorkerFailure) {
        count(frame)
        switch frame.kind {
        case .log:
            let level = LogLevel(rawValue: frame.first) ?? .info
            let named = frame.id == call ? call : 0
            events.log(level, named, String(decoding: frame.body, as: UTF8.self))
        // The first one was sent before any code of the module ran.
        case .walls where wallReport == nil:
            let report = try contents { try WallReport(frame.body) }
            state.withLock { $0.wallReport = report }
        case .violation:
            events.violation(try contents { try ContractViolation(frame.body) })
        case .ask, .askCancelled, .askCredit:
            try contents { try asks().take(frame) { $0 == call } }
        default:
            break
        }
    }

    private func contents<Value>(_ body: () throws -> Value) throws(WorkerFailure) -> Value {
        do {
            return try body()
        } catch {
            kill()
            throw .broken("its worker broke the protocol: \(error)")
        }
    }

    // MARK: What the module asks of others

    private func asks() -> WorkerAsks {
        let modules = events.modules ?? NobodyToAsk()
        return state.withLock { state in
            if let asks = state.asks { return asks }
            let asks = WorkerAsks(modules) { [outbox] in outbox.tell($0) }
            state.asks = asks
            return asks
        }
    }

    // MARK: Calls

    /// Runs one call and waits for its end, on the calling thread. A call that does not end
    /// within `graceSeconds` of its deadline or cancellation costs the worker its life.
    package func call(
        _ request: CallRequest, _ listener: any CallListener, graceSeconds: Double
    ) throws(WorkerFailure) -> CallOutcome {
        state.withLock {
            $0.callsServed += 1
            if $0.cancellation?.call != request.id { $0.cancellation = nil }
        }
        guard try isTold(request.frame) else { throw .unreached }
        do throws(WorkerFailure) {
            let outcome = try end(of: request, listener, graceSeconds: graceSeconds)
            // What it still waits for is of no use any more.
            state.withLock { $0.asks }?.cancel(of: request.id)
            return outcome
        } catch {
            state.withLock { $0.asks }?.cancelAll()
            throw error
        }
    }

    private func end(
        of request: CallRequest, _ listener: any CallListener, graceSeconds: Double
    ) throws(WorkerFailure) -> CallOutcome {
        var patience = CallPatience(
            deadlineNanoseconds: request.deadlineNanoseconds, graceSeconds: graceSeconds)
        var output = OutputBudget()
        while true {
            let due = patience.waitNanoseconds
            guard let frame = try next(untilNanoseconds: due, awaiting: request.id) else {
                try lose(&patience, request)
                continue
            }
            guard frame.id == request.id else {
                try takeEvent(frame, call: request.id)
                continue
            }
            switch frame.kind {
            case .finished: return CallOutcome(frame)
            case .refused: throw .refused(try contents { try ModuleFailure(frame.body) })
            case .progress:
                count(frame)
                listener.callProgressed(frame)
            case .output where output.takes(frame.body.count): listener.callPrinted(frame)
            case .output: leash.count(said: Frame.headBytes + frame.body.count)
            default: try takeEvent(frame, call: request.id)
            }
        }
    }

    private func lose(
        _ patience: inout CallPatience, _ request: CallRequest
    ) throws(WorkerFailure) {
        let asked = state.withLock { $0.cancellation }
        let reason = asked?.call == request.id ? asked?.reason : nil
        switch patience.next(cancelled: reason, nowNanoseconds: SystemClock.monotonicNanoseconds) {
        case .wait: break
        case .cancel(let reason):
            outbox.tell(Frame(.cancel, id: request.id, first: reason.rawValue))
        case .kill:
            leash.end(Overrun(.time, "it did not end its call when it was asked to"))
            throw death()
        }
    }

    /// Asks a call to end; the thread that waits for it sees to the rest.
    package func cancel(_ call: UInt64, _ reason: CancelReason) {
        state.withLock { $0.cancellation = (call, reason) }
        alert.wakeUp.signal()
    }
}
