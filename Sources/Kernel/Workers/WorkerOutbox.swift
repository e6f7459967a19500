import KernelSystem
import Synchronization

/// What the kernel says to one worker: now, or as soon as the worker takes it, in its order.
/// Nothing here waits, on whichever thread.
package final class WorkerOutbox: Sendable {
    package enum Sending: Sendable {
        case sent
        /// Said when the worker takes it.
        case queued
        /// It cannot be said: the worker has not taken what was said before, or the system has no
        /// more of something.
        case refused(String)
        /// The worker has ended, which is told elsewhere.
        case gone
    }

    private struct State {
        var waiting: [Frame] = []
        /// Those before it were sent.
        var first = 0
        var waitingBytes = 0
        var isClosed = false
        var watch: @Sendable (_ isWaiting: Bool) -> Void

        var isEmpty: Bool { first == waiting.count }
    }

    private let channel: WorkerChannel
    private let leash: WorkerLeash
    private let state: Mutex<State>

    /// More than this does not wait for a worker that takes nothing.
    private static let waitingBytesMax = 64 << 20

    /// `watch` sees to it that `sendWaiting` is called once the worker takes more.
    init(
        _ channel: WorkerChannel, _ leash: WorkerLeash,
        watch: @escaping @Sendable (_ isWaiting: Bool) -> Void
    ) {
        self.channel = channel
        self.leash = leash
        state = Mutex(State(watch: watch))
    }

    /// From now on somebody else sees to what waits.
    package func handOver(to watch: @escaping @Sendable (_ isWaiting: Bool) -> Void) {
        state.withLock { state in
            state.watch = watch
            if !state.isEmpty { watch(true) }
        }
    }

    package func send(_ frame: Frame) -> Sending {
        state.withLock { state in
            guard !state.isClosed else { return .gone }
            do throws(SystemError) {
                if state.isEmpty, try channel.sendIfPossible(frame) { return .sent }
            } catch {
                return error.isPeerGone ? .gone : .refused("it could not be told: \(error)")
            }
            let bytes = state.waitingBytes + Frame.headBytes + frame.body.count
            // One of any size may wait.
            guard state.isEmpty || bytes <= Self.waitingBytesMax else {
                return .refused(
                    "it did not take what it was told, \(Self.waitingBytesMax >> 20) MiB by now")
            }
            state.waiting.append(frame)
            state.waitingBytes = bytes
            // Under the lock: two such changes must not overtake each other.
            if state.waiting.count - state.first == 1 { state.watch(true) }
            return .queued
        }
    }

    /// As `send`, for what has to be heard: a worker that cannot be told is ended.
    package func tell(_ frame: Frame) {
        if case .refused(let reason) = send(frame) { leash.end(Overrun(.time, reason)) }
    }

    /// The worker may take more. Does something still wait for that?
    @discardableResult
    package func sendWaiting() -> Bool {
        let (isWaiting, problem) = state.withLock { state -> (Bool, SystemError?) in
            guard !state.isEmpty else { return (false, nil) }
            let problem = sendWaiting(&state)
            Self.tidy(&state)
            return (!state.isEmpty, problem)
        }
        if let problem { leash.end(Overrun(.time, "it could not be told: \(problem)")) }
        return isWaiting
    }

    private func sendWaiting(_ state: inout State) -> SystemError? {
        do throws(SystemError) {
            while !state.isEmpty, try channel.sendIfPossible(state.waiting[state.first]) {
                state.waitingBytes -= Frame.headBytes + state.waiting[state.first].body.count
                state.waiting[state.first].body = []
                state.waiting[state.first].passed = nil
                state.first += 1
            }
            return nil
        } catch {
            // Nothing is sent any more, and nobody tries again and again.
            state.first = state.waiting.count
            return error.isPeerGone ? nil : error
        }
    }

    private static func tidy(_ state: inout State) {
        if state.isEmpty {
            state.waiting = []
            state.first = 0
            state.waitingBytes = 0
            state.watch(false)
        } else if state.first >= 1_024 {
            state.waiting.removeFirst(state.first)
            state.first = 0
        }
    }

    /// Nobody is told anything any more.
    package func close() {
        let dropped = state.withLock { state in
            state.isClosed = true
            defer {
                state.waiting = []
                state.first = 0
                state.waitingBytes = 0
            }
            return state.waiting
        }
        // Freed without the lock.
        _ = consume dropped
    }
}
