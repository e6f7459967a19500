import KernelBase
import KernelHosting
import KernelSandbox
import KernelSystem
import KernelWorkers
import ModuleJSON
import Synchronization

/// One program from its start to its end, followed by a thread of its own.
final class ProgramRun: ErrandWork {
    private let order: ProgramOrder
    private let line: ErrandLine
    private let deadlineNanoseconds: UInt64
    private let alert: WakeUp
    private let isCancelled = Atomic(false)
    private let overrun = Mutex<String?>(nil)

    private enum News {
        static let output: UInt32 = 1
        static let errors: UInt32 = 2
    }

    private enum Token {
        static let output: UInt64 = 0
        static let errors: UInt64 = 1
        static let channel: UInt64 = 2
        static let process: UInt64 = 3
        static let alert: UInt64 = 4
    }

    private static let pieceBytes = 32 << 10
    /// Between two looks at what all its processes use together.
    private static let lookMilliseconds: Int32 = 250
    /// What is left in its pipes after its end.
    private static let restBytesMax = 1 << 20

    init(
        _ order: ProgramOrder, _ line: ErrandLine, deadlineNanoseconds: UInt64
    ) throws(SystemError) {
        self.order = order
        self.line = line
        self.deadlineNanoseconds = deadlineNanoseconds
        alert = try WakeUp()
    }

    func hasRoom() { alert.signal() }

    func cancel() {
        isCancelled.store(true, ordering: .releasing)
        alert.signal()
    }

    // MARK: On its thread

    func work(_ request: ProgramRequest, _ zygote: Zygote) {
        do {
            line.end(try outcome(request, zygote))
        } catch {
            line.end(
                .failure(.failed, "run: \(order.program) cannot be run: \(error)"))
        }
    }

    private func outcome(_ request: ProgramRequest, _ zygote: Zygote) throws -> CallOutcome {
        let output = try Pipe()
        let errors = try Pipe()
        let ordered = try zygote.beginFork(
            name: "kernel-program", output: output.writer, errors: errors.writer)
        // Its end is not seen by its pipes, which whatever it started may hold.
        return try follow(
            request, zygote, try zygote.finishFork(ordered), output.reader, errors.reader)
    }

    private func follow(
        _ request: ProgramRequest, _ zygote: Zygote, _ worker: Zygote.Worker,
        _ output: borrowing FileDescriptor, _ errors: borrowing FileDescriptor
    ) throws -> CallOutcome {
        defer { zygote.forget(worker.process) }
        let watched = zygote.watchProgram(worker.process, request.walls) { [weak self] sentence in
            self?.isOver(sentence)
        }
        defer { withExtendedLifetime(watched) {} }
        var state = Following(worker, request.walls.limits.memoryBytes)
        defer { ChildProcess.signal(worker.handle.descriptor, SignalNumber.kill) }
        try worker.channel.send(Frame(.execute, body: request.bytes))
        let poller = try Poller()
        try output.setNonblocking(true)
        try errors.setNonblocking(true)
        try worker.channel.join(poller, token: Token.channel)
        try poller.add(worker.handle.descriptor.raw, token: Token.process)
        try poller.add(alert.descriptor.raw, token: Token.alert)
        while !state.hasEnded {
            try watchPipes(&state, poller, output, errors)
            for token in try poller.wait(timeoutMilliseconds: Self.lookMilliseconds) {
                switch token {
                case Token.output: try take(output, News.output, &state, poller, token)
                case Token.errors: try take(errors, News.errors, &state, poller, token)
                case Token.channel: try hear(&state, poller)
                case Token.process: state.hasEnded = true
                default: alert.clear()
                }
            }
            look(&state)
        }
        if let failure = state.failure { return .failure(.failed, "run: \(failure)") }
        drain(output, News.output, &state)
        drain(errors, News.errors, &state)
        return ended(state, zygote.end(of: worker.process))
    }

    /// What is known of a program that runs.
    private struct Following {
        let worker: Zygote.Worker
        let memoryBytesMax: UInt64
        var hasEnded = false
        /// Why it could not become the program.
        var failure: String?
        var printedBytes = 0
        var isWatched = false
        var openPipes: Set<UInt64> = [Token.output, Token.errors]
        /// Why it was asked to end.
        var reason: CallOutcome?
        var killNanoseconds: UInt64 = .max

        init(_ worker: Zygote.Worker, _ memoryBytesMax: UInt64) {
            self.worker = worker
            self.memoryBytesMax = memoryBytesMax
        }
    }

    /// While the module has no room, nobody reads: the program waits.
    private func watchPipes(
        _ state: inout Following, _ poller: borrowing Poller, _ output: borrowing FileDescriptor,
        _ errors: borrowing FileDescriptor
    ) throws(SystemError) {
        let watches = !line.isFull
        guard watches != state.isWatched else { return }
        state.isWatched = watches
        for token in state.openPipes {
            let descriptor = token == Token.output ? output.raw : errors.raw
            if watches {
                try poller.add(descriptor, token: token)
            } else {
                try poller.remove(descriptor)
            }
        }
    }

    private func take(
        _ pipe: borrowing FileDescriptor, _ kind: UInt32, _ state: inout Following,
        _ poller: borrowing Poller, _ token: UInt64
    ) throws(SystemError) {
        guard !line.isFull else { return }
        var buffer = [UInt8](repeating: 0, count: Self.pieceBytes)
        switch try pipe.read(into: &buffer) {
        case .bytes(let count): tell(Array(buffer[..<count]), kind, &state)
        case .wouldBlock: break
        case .endOfFile:
            state.openPipes.remove(token)
            try poller.remove(pipe.raw)
        }
    }

    private func tell(_ piece: [UInt8], _ kind: UInt32, _ state: inout Following) {
        state.printedBytes += piece.count
        guard state.printedBytes <= order.bytesMax else {
            return end(
                &state,
                .failure(
                    .limit, "run: \(order.program) printed more than \(order.bytesMax) bytes"))
        }
        line.tell(ErrandNews(kind, piece))
    }

    /// The channel closes once the program runs.
    private func hear(
        _ state: inout Following, _ poller: borrowing Poller
    ) throws {
        var buffer = [UInt8](repeating: 0, count: Frame.bufferBytes)
        if case .frame(let frame)? = try? state.worker.channel.receiveIfPresent(into: &buffer),
            frame.kind == .refused
        {
            state.failure = String(decoding: frame.body.prefix(4_096), as: UTF8.self)
        }
        try state.worker.channel.leave(poller)
    }

    // MARK: Its end

    private func isOver(_ sentence: String) {
        overrun.withLock { $0 = $0 ?? sentence }
        alert.signal()
    }

    private func look(_ state: inout Following) {
        let now = SystemClock.monotonicNanoseconds
        if let sentence = overrun.withLock({ $0 }) {
            end(&state, .failure(.limit, "run: \(order.program): \(sentence)"))
        } else if isCancelled.load(ordering: .acquiring) {
            end(&state, .failure(.cancelled, "run: \(order.program) was cancelled"))
        } else if now >= deadlineNanoseconds {
            end(&state, .failure(.deadline, "run: \(order.program) did not end in time"))
        } else if let sentence = ProgramGroup(of: state.worker.process).excess(
            memoryBytesMax: state.memoryBytesMax)
        {
            end(&state, .failure(.limit, "run: \(order.program): \(sentence)"))
        }
        if now >= state.killNanoseconds {
            ChildProcess.signal(state.worker.handle.descriptor, SignalNumber.kill)
        }
    }

    /// The first reason counts. Who used too much is not asked.
    private func end(_ state: inout Following, _ reason: CallOutcome) {
        guard state.reason == nil else { return }
        state.reason = reason
        let isAsked = reason.status != .limit
        let grace = isAsked ? UInt64(order.graceSeconds * 1e9) : 0
        state.killNanoseconds = SystemClock.monotonicNanoseconds + grace
        let signal = isAsked ? SignalNumber.terminate : SignalNumber.kill
        ChildProcess.signal(state.worker.handle.descriptor, signal)
    }

    /// All that could write is gone: what is left was written before, and is told even if the
    /// module has little room.
    private func drain(
        _ pipe: borrowing FileDescriptor, _ kind: UInt32, _ state: inout Following
    ) {
        var buffer = [UInt8](repeating: 0, count: Self.pieceBytes)
        var left = Self.restBytesMax
        while left > 0, case .bytes(let count)? = try? pipe.read(into: &buffer) {
            left -= count
            tell(Array(buffer[..<count]), kind, &state)
        }
    }

    private func ended(_ state: Following, _ end: ChildProcess.End?) -> CallOutcome {
        if let reason = state.reason { return reason }
        let value: JSON
        switch end {
        case .exited(let code): value = ["exit": .integer(Int64(code))]
        case .killed(let signal): value = ["signal": .integer(Int64(signal))]
        case nil: return .failure(.failed, "run: how \(order.program) ended is not known")
        }
        return CallOutcome(status: .ok, kind: .json, value: value.serialized(), message: "")
    }
}
