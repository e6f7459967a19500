import KernelBase
package import KernelSandbox
package import KernelSystem
import Synchronization

/// The kernel's side of the zygote: asks for workers, hears how they ended, and starts a new
/// zygote if the old one dies.
package final class Zygote: Sendable {
    private let executable: String
    private let condition = Condition(State())
    private let log: @Sendable (String) -> Void
    /// What the workers use.
    let resources = ResourceWatch()

    private struct State {
        var channel: WorkerChannel?
        var process: Int32 = 0
        var lastID: UInt64 = 0
        /// Asked for, and neither forked nor given up.
        var awaited: Set<UInt64> = []
        var forked: [UInt64: Forked] = [:]
        var endings: [Int32: Ending] = [:]
        var isStopping = false
        var restarts: UInt64 = 0
        /// When the zygote was last heard, or started.
        var heardNanoseconds: UInt64 = 0
        /// Parts of the Swift runtime that the zygote has opened, or will.
        var warmed: Set<String> = []
    }

    private enum Forked {
        case worker(process: Int32, handle: DescriptorBox)
        case failed(String)
        /// The zygote ended before it answered: the next one may be asked.
        case lost
    }

    private enum Ending {
        case running
        case ended(ChildProcess.End)
    }

    package struct ForkFailure: Error, CustomStringConvertible {
        package let description: String
        /// Another zygote may do it.
        let mayBeRetried: Bool

        fileprivate init(_ description: String, mayBeRetried: Bool = false) {
            self.description = description
            self.mayBeRetried = mayBeRetried
        }
    }

    /// A zygote that says nothing within this time is ended, and the next one started.
    private let answerNanoseconds: UInt64

    /// Before another request is tried while the zygote has not taken hundreds.
    private static let fullNanoseconds: UInt64 = 5_000_000

    /// The wait before a restart grows by this much with each one, up to fifty times.
    private static let restartNanoseconds: UInt64 = 20_000_000

    /// Starts the program at `executable`. Call it before anything else runs in this process, so
    /// that what the workers inherit is as little as can be.
    package init(
        executable: String, answerSeconds: Double = 5, log: @escaping @Sendable (String) -> Void
    ) throws(SystemError) {
        self.executable = executable
        answerNanoseconds = UInt64(answerSeconds * 1e9)
        self.log = log
        try start()
    }

    deinit {
        stop()
    }

    private func start() throws(SystemError) {
        let pair = try PacketSocket.pair()
        let theirs = try pair.second.descriptor.duplicate()
        var options = ChildProcess.Options(environment: Self.environment)
        options.descriptors = [.init(theirs.raw, as: 3)]
        let process = try ChildProcess.spawn(executable, ["3"], options)
        let channel = WorkerChannel(try Self.take(pair), end: .control)
        let isStopping = condition.withLock { state in
            state.channel = channel
            state.process = process
            state.heardNanoseconds = SystemClock.monotonicNanoseconds
            state.warmed = []
            return state.isStopping
        }
        condition.broadcast()
        // Whoever stopped did not know of this one.
        if isStopping { channel.close() }
        // The thread does not hold us: our end is its end.
        try SystemThread.start(name: "zygote") { [weak self] in
            var buffer = [UInt8](repeating: 0, count: Frame.bufferBytes)
            while let news = try? channel.receiveWithDescriptor(into: &buffer) {
                self?.take(news.frame, news.descriptor)
            }
            // Whatever the reason, a zygote that is not listened to has to end.
            channel.close()
            self?.zygoteEnded(process)
        }
    }

    /// Workers start with a nearly empty environment: nothing secret may be in it, and what a
    /// module needs it is told in its configuration. Where the user's folders are it must find out
    /// alike in every run mode.
    private static var environment: [String] {
        ["LANG=C.UTF-8"]
            + PathPlaces.variableNames.compactMap { name in
                Environment.value(name).map { "\(name)=\($0)" }
            }
    }

    private static func take(
        _ pair: consuming PacketSocket.Pair
    ) throws(SystemError) -> PacketSocket {
        PacketSocket(owning: try pair.first.descriptor.duplicate())
    }

    // MARK: Requests

    /// What a new worker is given, and what we keep of it.
    package struct Worker: Sendable {
        package let process: Int32
        package let handle: DescriptorBox
        package let channel: WorkerChannel
    }

    /// A worker that was asked for and may not be there yet. If nobody waits for it, it ends by
    /// itself, since its channel has no other end.
    package final class Request: Sendable {
        fileprivate let id: UInt64
        let channel: WorkerChannel
        private let zygote: Zygote

        fileprivate init(_ zygote: Zygote, _ id: UInt64, _ channel: WorkerChannel) {
            self.zygote = zygote
            self.id = id
            self.channel = channel
        }

        deinit {
            zygote.abandon(id)
        }
    }

    /// Asks for a worker, and does not wait for it. Its output will arrive at the reading ends of
    /// two pipes.
    package func beginFork(
        name: String, output: borrowing FileDescriptor, errors: borrowing FileDescriptor
    ) throws -> Request {
        let pair = try PacketSocket.pair()
        // One that is being started anew is waited for.
        let deadline = SystemClock.monotonicNanoseconds + answerNanoseconds
        let turn = condition.wait(untilNanoseconds: deadline) {
            state -> (UInt64, WorkerChannel)?? in
            if state.isStopping { return .some(nil) }
            guard let channel = state.channel else { return nil }
            state.lastID += 1
            state.awaited.insert(state.lastID)
            return (state.lastID, channel)
        }
        guard case let (id, channel)?? = turn else {
            throw ForkFailure("the zygote is not running")
        }
        let frame = Frame(.fork, id: id, body: Array(name.utf8))
        let descriptors = [pair.second.descriptor.raw, output.raw, errors.raw]
        do {
            while !(try channel.sendIfPossible(frame, descriptors: descriptors)) {
                guard SystemClock.monotonicNanoseconds < deadline else { throw unanswered() }
                SystemThread.sleep(nanoseconds: Self.fullNanoseconds)
            }
        } catch {
            guard (error as? SystemError)?.isPeerGone == true else {
                abandon(id)
                throw error
            }
            // It has just ended: the request fails as one does that it had read, and the next one
            // is not made to it, should nobody have noticed yet.
            condition.withLock { state in
                if state.awaited.remove(id) != nil { state.forked[id] = .lost }
                if state.channel === channel { state.channel = nil }
            }
        }
        return Request(self, id, WorkerChannel(try Self.take(pair), end: .kernel))
    }

    /// Has the zygote open what of the Swift runtime these libraries are: each worker that needs
    /// them would take half a millisecond for it.
    package func warm(_ libraries: [String]) {
        let (channel, names) = condition.withLock { state in
            let names = libraries.filter {
                $0.hasPrefix(Self.runtimePrefix) && state.warmed.insert($0).inserted
            }
            return (state.channel, names)
        }
        guard let channel, !names.isEmpty else { return }
        let frame = Frame(.warm, body: Array(names.joined(separator: "\n").utf8))
        // Without it a worker is slower, and not wrong.
        _ = try? channel.sendIfPossible(frame)
    }

    private static let runtimePrefix = "libswift"

    /// Waits for a worker that was asked for.
    package func finishFork(_ request: Request) throws -> Worker {
        let (process, handle) = try waitForFork(request.id)
        return Worker(process: process, handle: handle, channel: request.channel)
    }

    private func abandon(_ id: UInt64) {
        let forked = condition.withLock { state in
            state.awaited.remove(id)
            return state.forked.removeValue(forKey: id)
        }
        if case .worker(let process, _) = forked { forget(process) }
    }

    private func waitForFork(_ id: UInt64) throws(ForkFailure) -> (Int32, DescriptorBox) {
        let deadline = SystemClock.monotonicNanoseconds + answerNanoseconds
        switch condition.wait(untilNanoseconds: deadline, { $0.forked.removeValue(forKey: id) }) {
        case .worker(let process, let handle): return (process, handle)
        case .failed(let reason): throw ForkFailure(reason)
        case .lost: throw ForkFailure("the zygote ended meanwhile", mayBeRetried: true)
        case nil: throw unanswered()
        }
    }

    /// The zygote has not answered. One that says nothing at all to anybody is ended, with all
    /// workers: it would never start another one.
    private func unanswered() -> ForkFailure {
        let now = SystemClock.monotonicNanoseconds
        let isEnded = condition.withLock { state in
            guard state.process != 0, now >= state.heardNanoseconds + answerNanoseconds,
                // Under the lock: nobody has waited for it yet, so that its number is its own.
                let handle = try? ChildProcess.handle(of: state.process)
            else { return false }
            ChildProcess.signal(handle, SignalNumber.kill)
            // Whoever wants a worker from now on waits for the next one.
            state.channel = nil
            return true
        }
        return ForkFailure(
            isEnded ? "the zygote did not answer, and was ended" : "the zygote did not answer",
            mayBeRetried: isEnded)
    }

    /// How a worker ended; waits a little for the news, since a closed channel comes first.
    package func end(of process: Int32) -> ChildProcess.End? {
        let deadline = SystemClock.monotonicNanoseconds + answerNanoseconds
        return condition.wait(untilNanoseconds: deadline) { state in
            switch state.endings[process] {
            case .running: return nil
            case .ended(let end):
                state.endings[process] = nil
                return .some(end)
            case nil: return .some(nil)
            }
        }.flatMap { $0 }
    }

    /// Nobody will ask how this worker ended.
    package func forget(_ process: Int32) {
        condition.withLock { state in
            _ = state.endings.removeValue(forKey: process)
        }
    }

    /// Watches what a program uses. `exceeded` is called once, with a sentence.
    package func watchProgram(
        _ process: Int32, _ walls: Walls, exceeded: @escaping @Sendable (String) -> Void
    ) -> ResourceWatch.Watched {
        resources.add(process: process, walls) { exceeded($1) }
    }

    package func stop() {
        let (channel, process) = condition.withLock { state in
            state.isStopping = true
            defer { state.process = 0 }
            return (state.channel, state.process)
        }
        condition.broadcast()
        channel?.close()
        resources.stop()
        if process != 0 { _ = try? ChildProcess.wait(for: process) }
    }

    // MARK: News

    private static let noDescriptor =
        "too many open files: raise the limit of open files (ulimit -n)"

    private func take(_ frame: Frame, _ descriptor: DescriptorBox?) {
        let process = Int32(bitPattern: frame.first)
        condition.withLock { state in
            state.heardNanoseconds = SystemClock.monotonicNanoseconds
            switch (frame.kind, descriptor) {
            case (.forked, let handle):
                guard state.awaited.remove(frame.id) != nil else { break }
                guard let handle else {
                    let reason = String(decoding: frame.body, as: UTF8.self)
                    state.forked[frame.id] = .failed(reason.isEmpty ? Self.noDescriptor : reason)
                    break
                }
                state.forked[frame.id] = .worker(process: process, handle: handle)
                // The number may be one that an earlier worker had.
                state.endings[process] = .running
            case (.ended, _):
                guard state.endings[process] != nil else { break }
                let status = Int32(truncatingIfNeeded: frame.second)
                state.endings[process] = .ended(ChildProcess.End(waitStatus: status))
            default:
                break
            }
        }
        condition.broadcast()
    }

    private func zygoteEnded(_ process: Int32) {
        let isStopping = condition.withLock { state in
            state.channel = nil
            if !state.isStopping { state.process = 0 }
            for id in state.awaited { state.forked[id] = .lost }
            state.awaited = []
            return state.isStopping
        }
        condition.broadcast()
        guard !isStopping else { return }
        let end = try? ChildProcess.wait(for: process)
        log("the zygote \(end.map { "\($0)" } ?? "is gone"); starting another")
        // Its workers die with it, and nobody can report how any more.
        condition.withLock { $0.endings = [:] }
        condition.broadcast()
        restart()
    }

    /// Tries until it succeeds: what is missing, such as memory, may be there again.
    private func restart() {
        var hasFailed = false
        while true {
            let (isStopping, restarts) = condition.withLock { state in
                state.restarts += 1
                return (state.isStopping, state.restarts)
            }
            guard !isStopping else { return }
            SystemThread.sleep(nanoseconds: min(restarts, 50) * Self.restartNanoseconds)
            do {
                return try start()
            } catch {
                if !hasFailed { log("cannot start another zygote, and goes on trying: \(error)") }
                hasFailed = true
            }
        }
    }
}
