/// The jobs and threads of a pool, and which thread does what next: a value without I/O.
package struct PoolState: Sendable {
    package typealias Job = @Sendable () -> Void

    package struct Counts: Sendable, Hashable {
        package var threads = 0
        package var idle = 0
        package var waiting = 0
        /// Threads whose job outlived its caller. As many as the pool may have no longer count
        /// against that limit.
        package var abandoned = 0

        package init() {}
    }

    /// What a thread does next.
    package enum Turn: Sendable {
        case job(Job)
        case end
    }

    package private(set) var counts = Counts()
    /// Nil where a job was taken, so that whoever runs it holds it alone.
    private var jobs: [Job?] = []
    private var firstJob = 0
    private var isClosed = false
    /// Of the idle threads, those for which there was no job, at the busiest time since the window
    /// began.
    private var spareLeast = 0
    private var windowEndNanoseconds: UInt64 = 0
    /// So many threads end as soon as they have nothing to do.
    private var surplus = 0
    private let threadsMax: Int
    private let windowNanoseconds: UInt64

    package init(threadsMax: Int, windowNanoseconds: UInt64) {
        self.threadsMax = threadsMax
        self.windowNanoseconds = windowNanoseconds
    }

    private var spare: Int { max(0, counts.idle - counts.waiting) }
    private var hasSeveralThreads: Bool { counts.threads - counts.abandoned > 1 }

    /// Lost threads are replaced, but not without end: whoever loses them all the time would have
    /// as many as the system gives.
    private var mayGrow: Bool {
        counts.threads - min(counts.abandoned, threadsMax) < threadsMax
    }

    // MARK: Jobs and threads that come and go

    /// Whether a thread is to be started, which counts from now on.
    package mutating func add(_ job: @escaping Job) -> Bool {
        jobs.append(job)
        counts.waiting += 1
        spareLeast = min(spareLeast, spare)
        surplus = min(surplus, spare)
        guard counts.idle < counts.waiting, mayGrow else { return false }
        counts.threads += 1
        return true
    }

    /// A thread will not come back to its work; whether another is to be started.
    package mutating func abandonThread() -> Bool {
        counts.abandoned += 1
        guard counts.waiting > counts.idle, mayGrow else { return false }
        counts.threads += 1
        return true
    }

    package mutating func reclaimThread() {
        counts.abandoned -= 1
    }

    /// A thread could not be started. False if it would have been the only one: it counts, and has
    /// to be started.
    package mutating func dropThread() -> Bool {
        guard hasSeveralThreads else { return false }
        counts.threads -= 1
        return true
    }

    package mutating func close() {
        isClosed = true
    }

    // MARK: Turns of a thread

    /// For a thread that has nothing to do: a job or its end, or nil, from where on it is idle.
    package mutating func turnOrIdle(nowNanoseconds now: UInt64) -> Turn? {
        if let turn = take(isIdle: false) { return turn }
        if isTooMany(now) { return .end }
        counts.idle += 1
        return nil
    }

    /// For an idle thread that was woken; nil if it goes on waiting.
    package mutating func idleTurn() -> Turn? { take(isIdle: true) }

    /// For an idle thread that has waited long enough; nil if it goes on waiting.
    package mutating func timedOutTurn() -> Turn? {
        // A job may have arrived between the time-out and here.
        if let turn = take(isIdle: true) { return turn }
        guard hasSeveralThreads else { return nil }
        counts.idle -= 1
        counts.threads -= 1
        return .end
    }

    /// A job, or the end of the pool; nil while there is neither.
    private mutating func take(isIdle: Bool) -> Turn? {
        let job = takeFirst()
        guard job != nil || isClosed else { return nil }
        // Together with the job: one that comes next must not count on this thread.
        if isIdle { counts.idle -= 1 }
        if let job { return .job(job) }
        counts.threads -= 1
        return .end
    }

    private mutating func takeFirst() -> Job? {
        guard firstJob < jobs.count else { return nil }
        let job = jobs[firstJob].take()
        firstJob += 1
        counts.waiting -= 1
        if firstJob == jobs.count {
            jobs.removeAll(keepingCapacity: jobs.count < 1_024)
            firstJob = 0
        } else if firstJob > 4_096 {
            jobs.removeFirst(firstJob)
            firstJob = 0
        }
        return job
    }

    /// Looks once in a while how many threads the work could do without. They end here rather
    /// than in their sleep, since those that share little work among them never sleep for long.
    private mutating func isTooMany(_ now: UInt64) -> Bool {
        if now >= windowEndNanoseconds {
            surplus = windowEndNanoseconds > 0 ? spareLeast : 0
            spareLeast = spare
            windowEndNanoseconds = now + windowNanoseconds
        }
        guard surplus > 0, hasSeveralThreads else { return false }
        surplus -= 1
        counts.threads -= 1
        return true
    }
}
