package import KernelSystem
import KernelWorkers
import Synchronization

/// Reads what all residents say, on one thread: however many calls are in flight in workers, none
/// of them holds a thread of the kernel.
package final class ResidentOffice: Sendable {
    private let desk: Desk

    package init() throws(SystemError) {
        let desk = try Desk()
        self.desk = desk
        try SystemThread.start(name: "residents") { desk.work() }
    }

    deinit {
        close()
    }

    /// Ends the thread: what residents say from now on is lost.
    package func close() {
        desk.close()
    }

    /// From now on the resident hears what its worker says, until the worker ends.
    func add(_ resident: Resident) throws(SystemError) {
        try desk.add(resident)
    }
}

/// What the thread works with. It does not hold the office, whose end is the thread's.
private final class Desk: Sendable {
    private let poller: Poller
    private let wakeUp: WakeUp
    private let state = Mutex(State())

    private struct State {
        var residents: [UInt64: Resident] = [:]
        var lastToken = wakeUpToken
        var isClosed = false
    }

    /// The tokens of residents are above it.
    private static let wakeUpToken: UInt64 = 0

    init() throws(SystemError) {
        poller = try Poller()
        wakeUp = try WakeUp()
        try poller.add(wakeUp.descriptor.raw, token: Self.wakeUpToken)
    }

    func close() {
        state.withLock { $0.isClosed = true }
        wakeUp.signal()
    }

    // MARK: Residents

    func add(_ resident: Resident) throws(SystemError) {
        let worker = resident.worker
        let token = state.withLock { state in
            state.lastToken += 1
            state.residents[state.lastToken] = resident
            return state.lastToken
        }
        do throws(SystemError) {
            try worker.channel.join(poller, token: token)
        } catch {
            _ = take(token)
            throw error
        }
        worker.outbox.handOver { [weak self, channel = worker.channel] isWaiting in
            self?.watchWriting(isWaiting, channel, token)
        }
    }

    private func watchWriting(_ isWatched: Bool, _ channel: WorkerChannel, _ token: UInt64) {
        guard state.withLock({ $0.residents[token] != nil }) else { return }
        try? channel.watchWriting(isWatched, in: poller, token: token)
    }

    private func remove(_ resident: Resident, _ token: UInt64) {
        try? resident.worker.channel.leave(poller)
        _ = take(token)
    }

    /// Hands it out, so that it is not freed while the lock is held: the last resident of a kernel
    /// may hold the last that knows the office, whose end takes the lock.
    private func take(_ token: UInt64) -> Resident? {
        state.withLock { $0.residents.removeValue(forKey: token) }
    }

    // MARK: The thread

    func work() {
        var buffer = [UInt8](repeating: 0, count: Frame.bufferBytes)
        while let tokens = try? poller.wait(), !state.withLock({ $0.isClosed }) {
            for token in tokens where token != Self.wakeUpToken { serve(token, &buffer) }
        }
        // They know the office, as it knows them; freed without the lock, as in `take`.
        _ = state.withLock { state in
            defer { state.residents = [:] }
            return state.residents
        }
    }

    /// One frame for each turn, so that one that says much does not starve the others.
    private func serve(_ token: UInt64, _ buffer: inout [UInt8]) {
        guard let resident = state.withLock({ $0.residents[token] }) else { return }
        resident.worker.outbox.sendWaiting()
        do {
            switch try resident.worker.channel.receiveIfPresent(into: &buffer) {
            case .frame(let frame): resident.take(frame)
            case .piece(let frame): resident.takePiece(frame)
            case nil: break
            case .closed:
                remove(resident, token)
                resident.channelEnded(nil)
            }
        } catch {
            remove(resident, token)
            resident.channelEnded("its worker broke the protocol: \(error)")
        }
    }
}
