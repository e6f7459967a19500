package import KernelBase
import KernelHosting
package import KernelSystem
import Synchronization

/// The place of one module: which generation serves, and the gate that every call passes.
///
/// No raw pointer of a module is kept anywhere else: who wants to call asks here, and holds the
/// generation for the time of that call.
package final class ModuleSlot: Sendable {
    package let id: String
    /// Lifecycle functions of the module run here, one at a time.
    package let lane: SerialLane
    package let statistics = CallStatistics()
    private let gate = Mutex(Gate())

    private struct Gate {
        var current: Generation?
        /// Has served, and could not be started again after it was stopped for a reload. It keeps
        /// its state for the build that comes next.
        var suspended: Generation?
        var isHeld = false
        var waiting: [Waiter] = []
        var lastNumber: UInt64 = 0
        var problem: String?
        var kept = Kept()
    }

    /// What this module has left mapped in the kernel.
    package struct Kept: Sendable, Hashable {
        package var generations = 0
        package var bytes = 0
    }

    /// Told when the gate opens again: the generation that the call has entered, or why not.
    package typealias Waiter = @Sendable (Result<Generation, CallRefusal>) -> Void

    /// More calls than this do not wait for a reload.
    private static let waitingMax = 100_000

    package init(id: String, pool: ThreadPool) {
        self.id = id
        lane = SerialLane(on: pool)
    }

    // MARK: Calls

    package enum Entry: Sendable {
        case entered(Generation)
        /// A reload holds new calls: `whenOpen` tells when it is over.
        case held
        case refused(CallRefusal)
    }

    /// Takes the current generation for one call; `leave()` gives it back.
    package func enter() -> Entry {
        gate.withLock { gate in
            if gate.isHeld { return .held }
            guard let current = gate.current else { return .refused(.notServing(id, gate.problem)) }
            current.enter()
            return .entered(current)
        }
    }

    package func whenOpen(_ waiter: @escaping Waiter) {
        let answer = gate.withLock { gate -> Result<Generation, CallRefusal>? in
            if gate.isHeld {
                guard gate.waiting.count < Self.waitingMax else { return .failure(.tooMany(id)) }
                gate.waiting.append(waiter)
                return nil
            }
            guard let current = gate.current else {
                return .failure(.notServing(id, gate.problem))
            }
            current.enter()
            return .success(current)
        }
        if let answer { waiter(answer) }
    }

    // MARK: Generations

    package var current: Generation? { gate.withLock { $0.current } }

    /// The generation that serves, or the one that would if it could be started again.
    package var latest: Generation? { gate.withLock { $0.current ?? $0.suspended } }

    package var problem: String? { gate.withLock { $0.problem } }

    /// Calls that wait until a reload is over.
    package var callsHeld: Int { gate.withLock { $0.waiting.count } }

    package var kept: Kept { gate.withLock { $0.kept } }

    /// The reason that is shown while no build serves, or beside one that does after a newer one
    /// was refused.
    package func setProblem(_ problem: String?) {
        gate.withLock { $0.problem = problem }
    }

    func nextNumber() -> UInt64 {
        gate.withLock { gate in
            gate.lastNumber += 1
            return gate.lastNumber
        }
    }

    func countMapped(bytes: Int) {
        gate.withLock { gate in
            gate.kept.generations += 1
            gate.kept.bytes += bytes
        }
    }

    /// From now on calls wait.
    package func hold() {
        gate.withLock { $0.isHeld = true }
    }

    /// Puts a generation in the place of the current one and lets waiting calls go to it.
    package func swap(to generation: Generation?) {
        // The last word on a generation may ask the gate: it is let go of without the lock.
        _ = gate.withLock { gate in
            defer {
                gate.current = generation
                gate.suspended = nil
            }
            return (gate.current, gate.suspended)
        }
        release()
    }

    /// Takes a generation that does not work out of service, but keeps it for the next build.
    package func suspend(_ generation: Generation, _ problem: String) {
        _ = gate.withLock { gate in
            defer {
                gate.current = nil
                gate.suspended = generation
                gate.problem = problem
            }
            return (gate.current, gate.suspended)
        }
        release()
    }

    /// Lets waiting calls go to the current generation.
    func release() {
        let waiters = gate.withLock { gate -> [(Waiter, Result<Generation, CallRefusal>)] in
            gate.isHeld = false
            defer { gate.waiting = [] }
            return gate.waiting.map { waiter in
                guard let current = gate.current else {
                    return (waiter, .failure(.notServing(id, gate.problem)))
                }
                current.enter()
                return (waiter, .success(current))
            }
        }
        for (waiter, answer) in waiters { waiter(answer) }
    }
}

/// Why a module takes no call.
package enum CallRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    case notServing(String, String?)
    case tooMany(String)

    package var description: String {
        switch self {
        case .notServing(let id, let reason?): "\(id) is not in service: \(reason)"
        case .notServing(let id, nil): "\(id) is not in service"
        case .tooMany(let id): "\(id) is being reloaded, and too many calls are waiting for it"
        }
    }

    package var status: CallStatus {
        switch self {
        case .notServing: .notFound
        case .tooMany: .busy
        }
    }
}
