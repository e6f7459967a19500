import KernelSystem

/// The one connection that writes, on a thread of its own. All units of work that wait at one
/// moment are one transaction, so that they share the wait for the disk; each is undone on its own
/// if it throws. What is answered is committed.
package final class Writer: Sendable {
    package struct Limits: Sendable {
        /// Units that wait; more are refused.
        package var units = 16_384
        /// Bytes that waiting units hold, as their submitters say; more are refused.
        package var bytes = 64 << 20
        /// Units in one transaction: who waits for its answer waits for all of them.
        package var unitsPerCommit = 1_000
        package var log = CheckpointPolicy()

        package init() {}
    }

    private struct State {
        var jobs: [WriteJob] = []
        var bytes = 0
        var isClosed = false
        var hasEnded = false
        /// Why nothing is written any more.
        var failure: DatabaseError?
        /// Why the log grows.
        var trouble: DatabaseError?
        /// Only its own thread uses it.
        var thread: WriterThread?
        var threadID: Int32 = 0
    }

    package let path: String
    private let limits: Limits
    private let state: Condition<State>

    /// Opens the file, and makes or migrates it. `readers` are asked to end where they keep the
    /// log from beginning anew.
    package init(
        _ file: DatabaseFile, readers: ReaderPool, limits: Limits = Limits()
    ) throws(DatabaseError) {
        path = file.path
        self.limits = limits
        let lock = try file.lock()
        let thread = WriterThread(
            try file.openForWriting(), readers, file, limits.log, lock: lock)
        state = Condition(State(thread: thread))
        do throws(SystemError) {
            try SystemThread.start(name: "database") { self.work() }
        } catch {
            throw DatabaseError(error, path: file.path)
        }
    }

    /// Hands in work. `done` is called once, on the writer's thread, where nobody may block. It is
    /// not called for work that is refused at once.
    package func submit<Value: Sendable>(
        _ lane: WriteLane = .durable, bytes: Int = 0,
        _ body: @escaping @Sendable (borrowing Transaction) throws -> Value,
        _ done: @escaping @Sendable (Result<Value, any Error>) -> Void
    ) throws(DatabaseError) {
        let job = WriteJobOf(lane, bytes: bytes, body, done)
        let refusal = state.withLock { state -> DatabaseError? in
            if let refusal = self.refusal(state, bytes: bytes) { return refusal }
            state.jobs.append(job)
            state.bytes += bytes
            return nil
        }
        if let refusal { throw refusal }
        state.signal()
    }

    private func refusal(_ state: State, bytes: Int) -> DatabaseError? {
        if let failure = state.failure { return failure }
        if state.isClosed { return DatabaseError(.closed, path: path) }
        // A single one that is larger than all together is still taken when nobody waits.
        guard state.jobs.count < limits.units,
            state.bytes + bytes <= limits.bytes || state.jobs.isEmpty
        else {
            let detail = "\(state.jobs.count) units of work with \(state.bytes) bytes wait already"
            return DatabaseError(.busy, path: path, detail: detail)
        }
        return nil
    }

    /// Hands in work and waits: not for the main thread.
    @discardableResult
    package func write<Value: Sendable>(
        _ lane: WriteLane = .durable, bytes: Int = 0,
        _ body: @escaping @Sendable (borrowing Transaction) throws -> Value
    ) throws -> Value {
        refuseOwnThread()
        let answer = Condition<Result<Value, any Error>?>(nil)
        try submit(lane, bytes: bytes, body) { result in
            answer.withLock { $0 = result }
            answer.signal()
        }
        guard let result = answer.wait({ $0 }) else {
            preconditionFailure("a wait without a deadline ends with an answer")
        }
        return try result.get()
    }

    /// Hands in work and suspends.
    @discardableResult
    package func write<Value: Sendable>(
        _ lane: WriteLane = .durable, bytes: Int = 0,
        _ body: @escaping @Sendable (borrowing Transaction) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            do throws(DatabaseError) {
                try submit(lane, bytes: bytes, body) { continuation.resume(with: $0) }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    /// Does what waits, refuses what comes later, and lets go of the file.
    package func close() {
        refuseOwnThread()
        state.withLock { $0.isClosed = true }
        state.broadcast()
        _ = state.wait { $0.hasEnded ? true : nil }
    }

    private func refuseOwnThread() {
        precondition(
            SystemThread.currentID != state.withLock { $0.threadID },
            "the writer's thread cannot wait for itself")
    }

    private func work() {
        state.withLock { $0.threadID = SystemThread.currentID }
        while let jobs = nextJobs() {
            if let failure = perform(jobs) { state.withLock { $0.failure = failure } }
        }
        letGo()
        state.withLock { $0.hasEnded = true }
        state.broadcast()
    }

    /// Closing the file copies the log, which must not be waited for with the lock.
    private func letGo() {
        _ = state.withLock { state in
            defer { state.thread = nil }
            return state.thread
        }
    }

    private func perform(_ jobs: [WriteJob]) -> DatabaseError? {
        let (thread, failure) = state.withLock { ($0.thread, $0.failure) }
        if let failure {
            for job in jobs { job.finish(failure) }
            return nil
        }
        guard let thread else { return nil }
        defer { state.withLock { $0.trouble = thread.trouble } }
        return thread.perform(jobs)
    }

    /// What a person should know although nothing has failed yet.
    package var trouble: DatabaseError? { state.withLock { $0.failure ?? $0.trouble } }

    private func nextJobs() -> [WriteJob]? {
        let limit = limits.unitsPerCommit
        return state.wait { state -> [WriteJob]?? in
            guard !state.jobs.isEmpty else { return state.isClosed ? .some(nil) : nil }
            guard state.jobs.count > limit else {
                state.bytes = 0
                // The next batch is probably as large as this one.
                let jobs = state.jobs
                state.jobs = []
                state.jobs.reserveCapacity(jobs.count)
                return jobs
            }
            let jobs = Array(state.jobs.prefix(limit))
            state.jobs.removeFirst(limit)
            state.bytes -= jobs.reduce(0) { $0 + $1.bytes }
            return jobs
        } ?? nil
    }
}
