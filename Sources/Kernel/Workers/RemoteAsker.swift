import KernelBase
import KernelHosting
import KernelSystem
import Synchronization

/// The worker's side of what its module asks of others: it goes to the kernel, and comes back.
final class RemoteAsker: ModuleAsker {
    private let channel: WorkerChannel
    private let audience: Audience
    private let pool: ThreadPool
    private let lastID = Atomic<UInt64>(0)
    private let pending = Mutex<[UInt64: Pending]>([:])

    /// Where in `second` the place of a frame among those of its request stands.
    static let placeShift: UInt64 = 32

    private final class Pending: Sendable {
        let listener: any CallListener
        let state = Mutex(State())

        struct State {
            var next: UInt64 = 0
            /// By place, until those before them are there.
            var early: [UInt64: Frame] = [:]
            var isTelling = false
        }

        init(_ listener: any CallListener) {
            self.listener = listener
        }
    }

    init(_ channel: WorkerChannel, _ audience: Audience, pool: ThreadPool) {
        self.channel = channel
        self.audience = audience
        self.pool = pool
    }

    func newID() -> UInt64 { lastID.add(1, ordering: .relaxed).newValue }

    func ask(_ ask: ModuleAsk, _ listener: any CallListener) {
        var writer = ByteWriter(reserving: ask.arguments.count + ask.task.utf8.count + 16)
        writer.write(ask.deadlineNanoseconds)
        writer.write(ask.task)
        writer.write(ask.arguments)
        if let errand = ask.errand {
            writer.write(errand.body)
            writer.write(errand.creditBytes)
        }
        let frame = Frame(
            .ask, id: ask.id, first: ask.kind.rawValue, second: ask.call, body: writer.bytes)
        guard frame.body.count <= Frame.askBytesMax else {
            return listener.callFinished(
                .failure(.limit, "the request has more than \(Frame.askBytesMax) bytes"))
        }
        pending.withLock { $0[ask.id] = Pending(listener) }
        let refusal: CallOutcome
        do throws(SystemError) {
            guard
                try !audience.say({ () throws(SystemError) in try channel.send(frame) })
            else { return }
            refusal = .failure(.unsupported, "\(ask.task): \(Self.unheard)")
        } catch {
            refusal = .failure(.failed, "\(ask.task): the kernel is gone (\(error))")
        }
        guard pending.withLock({ $0.removeValue(forKey: ask.id) }) != nil else { return }
        listener.callFinished(refusal)
    }

    private static let unheard =
        "between its calls nobody hears a process that serves tasks of mode process; ask within a "
        + "call, or have the module live in a process of its own"

    func cancel(_ id: UInt64) {
        // If the kernel is gone, or has stopped listening, there is nobody to tell.
        _ = try? audience.say { () throws(SystemError) in
            try channel.send(Frame(.askCancelled, id: id))
        }
    }

    func credit(_ id: UInt64, bytes: UInt64) {
        // If the kernel is gone, or has stopped listening, there is nobody to tell.
        _ = try? audience.say { () throws(SystemError) in
            try channel.send(Frame(.askCredit, id: id, second: bytes))
        }
    }

    func deliver(_ job: @escaping @Sendable () -> Void) {
        pool.run(job)
    }

    /// Takes a frame of the kinds `replied`, `askPrinted` and `askHanded`, on whichever thread
    /// received it.
    func take(_ frame: Frame) {
        guard let pending = pending.withLock({ $0[frame.id] }) else { return }
        let tells = pending.state.withLock { state -> Bool in
            state.early[frame.second >> Self.placeShift] = frame
            defer { state.isTelling = true }
            return !state.isTelling
        }
        if tells { tell(pending) }
    }

    private func tell(_ pending: Pending) {
        while let frame = next(pending) {
            switch frame.kind {
            case .askPrinted:
                pending.listener.callPrinted(
                    PayloadKind(rawValue: frame.first) ?? .bytes, frame.body)
            case .askHanded:
                hand(frame, pending)
            default:
                _ = self.pending.withLock { $0.removeValue(forKey: frame.id) }
                var frame = frame
                frame.second &= (1 << Self.placeShift) - 1
                pending.listener.callFinished(CallOutcome(frame))
            }
        }
    }

    private func hand(_ frame: Frame, _ pending: Pending) {
        if let passed = frame.passed, let news = try? ErrandNews(frame.body) {
            return pending.listener.callHanded(passed, news)
        }
        _ = self.pending.withLock { $0.removeValue(forKey: frame.id) }
        cancel(frame.id)
        pending.listener.callFinished(
            .failure(.limit, "this process may open no more files, and got none from the host"))
    }

    private func next(_ pending: Pending) -> Frame? {
        pending.state.withLock { state in
            guard let frame = state.early.removeValue(forKey: state.next) else {
                state.isTelling = false
                return nil
            }
            state.next += 1
            return frame
        }
    }
}
