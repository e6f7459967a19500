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
    private let handle: DescriptorBox
    private let zygote: Zygote
    private let events: WorkerEvents
    private let wakeUp: WakeUp
    private let state = Mutex(State())

    private struct State {
        var lastRequest: UInt64 = 0
        var cancellation: (call: UInt64, reason: CancelReason)?
        var wasKilled = false
        var callsServed = 0
        var wallReport: WallReport?
        var asks: WorkerAsks?
        /// What the worker asked for, until a thread that talks to it sends it.
        var replies: [Frame] = []
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
            wakeUp = try WakeUp()
            let (worker, leash) = try order.worker()
            process = worker.process
            handle = worker.handle
            channel = worker.channel
            self.leash = leash
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
        zygote.forget(process)
    }

    /// Which walls stand around it; nil before its library was opened.
    package var wallReport: WallReport? { state.withLock { $0.wallReport } }

    package var callsServed: Int { state.withLock { $0.callsServed } }

    /// Ends the process at once. Whoever waits for its answer hears that it died.
    package func kill() {
        let watched = state.withLock { state in
            state.wasKilled = true
            return state.watched
        }
        watched?.settle()
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
        if request.walls.strength != .off { watch(request.walls) }
        let opened = try self.request(.open, body: request.bytes, seconds: seconds)
        return (opened.body, opened.second)
    }

    private func watch(_ walls: Walls) {
        let leash = leash
        let watched = zygote.resources.add(process: process, walls) {
            leash.end(Overrun(.machine, $0))
        }
        state.withLock { $0.watched = watched }
    }

    /// Sends a request and waits for its answer. A worker that is late is killed.
    package func request(
        _ kind: FrameKind, body: [UInt8] = [], second: UInt64 = 0, seconds: Double
    ) throws(WorkerFailure) -> Frame {
        let id = state.withLock { state in
            state.lastRequest += 1
            return state.lastRequest
        }
        try send(Frame(kind, id: id, second: second, body: body))
        let deadline = SystemClock.monotonicNanoseconds + UInt64(seconds * 1e9)
        while true {
            try sendReplies()
            guard let frame = try next(untilNanoseconds: deadline) else {
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

    private func send(_ frame: Frame) throws(WorkerFailure) {
        do throws(SystemError) {
            try channel.send(frame)
        } catch {
            guard error.isPeerGone else { throw .broken("\(error)") }
            throw death()
        }
    }

    /// The next frame; nil once the deadline has passed or somebody signalled `wakeUp`.
    private func next(untilNanoseconds due: UInt64?) throws(WorkerFailure) -> Frame? {
        var deadline = due
        if state.withLock({ !$0.replies.isEmpty }) {
            deadline = min(due ?? .max, SystemClock.monotonicNanoseconds + Self.retryNanoseconds)
        }
        var buffer = FrameBuffer.take()
        defer { FrameBuffer.giveBack(&buffer) }
        do {
            receiving: while true {
                guard try channel.wait(untilNanoseconds: deadline, orWokenBy: wakeUp) == .message
                else { return nil }
                switch try channel.receive(into: &buffer) {
                case .frame(let frame): return frame
                case .piece: continue
                case .closed: break receiving
                }
            }
        } catch {
            kill()
            throw .broken("its worker broke the protocol: \(error)")
        }
        throw death()
    }

    /// `call` is the one in flight. A line that names any other number belongs to none: the
    /// process may be a module's prey, and what it says is not believed.
    private func takeEvent(_ frame: Frame, call: UInt64 = 0) throws(WorkerFailure) {
        leash.count(said: Frame.headBytes + frame.body.count)
        switch frame.kind {
        case .log:
            let level = LogLevel(rawValue: frame.first) ?? .info
            let named = frame.id == call ? call : 0
            events.log(level, named, String(decoding: frame.body, as: UTF8.self))
        case .walls:
            let report = try contents { try WallReport(frame.body) }
            // The first one was sent before any code of the module ran.
            state.withLock { $0.wallReport = $0.wallReport ?? report }
        case .violation:
            events.violation(try contents { try ContractViolation(frame.body) })
        case .ask, .askCancelled:
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

    /// A worker that takes no reply now is tried again after this.
    private static let retryNanoseconds: UInt64 = 1_000_000

    private func asks() -> WorkerAsks {
        let modules = events.modules ?? NobodyToAsk()
        return state.withLock { state in
            if let asks = state.asks { return asks }
            let asks = WorkerAsks(modules) { [weak self] frame in
                guard let self else { return }
                self.state.withLock { $0.replies.append(frame) }
                self.wakeUp.signal()
            }
            state.asks = asks
            return asks
        }
    }

    /// As far as the worker takes them.
    private func sendReplies() throws(WorkerFailure) {
        while let frame = state.withLock({ $0.replies.first }) {
            do throws(SystemError) {
                guard try channel.sendIfPossible(frame) else { return }
            } catch {
                guard error.isPeerGone else { throw .broken("\(error)") }
                throw death()
            }
            state.withLock { _ = $0.replies.removeFirst() }
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
        do throws(SystemError) {
            try channel.send(request.frame)
        } catch {
            throw error.isPeerGone ? .unreached : .broken("\(error)")
        }
        // What it still waits for is of no use any more.
        defer { state.withLock { $0.asks }?.cancelAll() }
        var patience = CallPatience(
            deadlineNanoseconds: request.deadlineNanoseconds, graceSeconds: graceSeconds)
        var outputBytes = 0
        while true {
            try sendReplies()
            guard let frame = try next(untilNanoseconds: patience.waitNanoseconds) else {
                try lose(&patience, request)
                continue
            }
            switch frame.kind {
            case .finished where frame.id == request.id: return CallOutcome(frame)
            case .refused where frame.id == request.id:
                throw .refused(try contents { try ModuleFailure(frame.body) })
            case .progress where frame.id == request.id: tellProgress(listener, frame)
            case .output where frame.id == request.id:
                outputBytes += frame.body.count
                if outputBytes <= Self.outputBytesMax { tellOutput(listener, frame) }
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
            try send(Frame(.cancel, id: request.id, first: reason.rawValue))
        case .kill:
            leash.end(Overrun(.time, "it did not end its call when it was asked to"))
        }
    }

    /// A sound worker sends no more for one call; what another sends beyond it is dropped.
    private static let outputBytesMax = 16 << 20

    private func tellProgress(_ listener: any CallListener, _ frame: Frame) {
        // Also false for what is no number, which JSON could not say.
        let fraction = Double(bitPattern: frame.second)
        let isKnown = fraction >= 0 && fraction <= 1
        listener.callProgressed(
            fraction: isKnown ? fraction : nil, note: String(decoding: frame.body, as: UTF8.self))
    }

    private func tellOutput(_ listener: any CallListener, _ frame: Frame) {
        listener.callPrinted(PayloadKind(rawValue: frame.first) ?? .bytes, frame.body)
    }

    /// Asks a call to end; the thread that waits for it sees to the rest.
    package func cancel(_ call: UInt64, _ reason: CancelReason) {
        state.withLock { $0.cancellation = (call, reason) }
        wakeUp.signal()
    }
}

/// Scratch space for receiving, kept between calls: it is too large to be made for each.
private enum FrameBuffer {
    private static let spare = Mutex<[[UInt8]]>([])
    private static let spareMax = 16

    static func take() -> [UInt8] {
        spare.withLock { $0.popLast() } ?? [UInt8](repeating: 0, count: Frame.bufferBytes)
    }

    static func giveBack(_ buffer: inout [UInt8]) {
        let returned = consume buffer
        buffer = []
        spare.withLock { if $0.count < spareMax { $0.append(returned) } }
    }
}
