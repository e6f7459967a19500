import KernelBase
package import KernelStore
import KernelSystem

/// What is known of builds that did harm: how often, what follows from it, and until when.
package final class Containment: Sendable {
    private struct State {
        var histories: [Key: FailureHistory] = [:]
        var quarantined = QuarantineList()
        /// Builds that may not run in the kernel, and why.
        var isolated: [String: String] = [:]
        var records: (any QuarantineRecords)?
        /// What earlier kernels have recorded is not known yet.
        var isReading = false
    }

    private struct Key: Hashable {
        let build: String
        let failureClass: FailureClass
    }

    /// What a failure leads to.
    package enum Verdict: Sendable, Hashable {
        case retry(afterSeconds: Double)
        case quarantined(QuarantineRecord)
    }

    private let state = Condition(State())
    private let policy: RestartPolicy
    private let warn: @Sendable (String) -> Void
    private let isolations: (any IsolationRecords)?

    /// Builds that failed are forgotten beyond so many: each new one of a module is another.
    private static let historiesMax = 4_096

    /// How long a module that is wanted meanwhile waits for what earlier kernels have recorded.
    private static let readingNanoseconds: UInt64 = 1_000_000_000

    package init(
        policy: RestartPolicy = RestartPolicy(),
        warn: @escaping @Sendable (String) -> Void = { _ in },
        isolations: (any IsolationRecords)? = nil
    ) {
        self.policy = policy
        self.warn = warn
        self.isolations = isolations
    }

    /// Takes in what earlier kernels have recorded, before any module is used, and records from
    /// now on. Without it nothing outlives this kernel.
    package func attach(_ records: any QuarantineRecords) {
        state.withLock { state in
            state.records = records
            state.isReading = true
        }
        records.list(includingLifted: false) { [self] result in
            if case .failure(let error) = result {
                warn("which modules were quarantined is not known: \(error)")
            }
            state.withLock { state in
                state.isReading = false
                // What failed in the meantime counts as well, and knows no more of the past.
                let known = (try? result.get()) ?? []
                state.quarantined = QuarantineList(known + state.quarantined.all(at: .now))
            }
            state.broadcast()
        }
    }

    // MARK: Failures

    /// A build has failed: what comes next.
    package func fail(_ failure: BuildFailure) -> Verdict {
        let now = SystemClock.monotonicNanoseconds
        let key = Key(build: failure.build, failureClass: failure.failureClass)
        let verdict = state.withLock { state -> Verdict in
            if state.histories.count >= Self.historiesMax { state.histories = [:] }
            var history = state.histories[key] ?? FailureHistory()
            defer { state.histories[key] = history }
            let step = history.fail(nowNanoseconds: now, policy)
            if case .retry(let seconds) = step { return .retry(afterSeconds: seconds) }
            var known = failure
            known.reason = sentence(history.count, failure)
            let record = state.quarantined.add(known, at: .now, policy)
            let seconds = policy.quarantineSeconds(record.count)
            history.quarantined(untilNanoseconds: now + UInt64(seconds * 1e9))
            return .quarantined(record)
        }
        if case .quarantined(let record) = verdict { keep(record) }
        return verdict
    }

    private func sentence(_ count: Int, _ failure: BuildFailure) -> String {
        let often =
            count > 1
            ? "\(count) times within \(Span.words(policy.windowSeconds)) it "
            : "soon after it had been quarantined it "
        return "\(often)\(failure.failureClass.sentence), at last: \(failure.reason)"
    }

    private func keep(_ record: QuarantineRecord) {
        state.withLock { $0.records }?.put(record) { [warn] result in
            guard case .failure(let error) = result else { return }
            warn("that \(record.module) is quarantined will be forgotten: \(error)")
        }
    }

    /// The build did what it had failed at.
    package func succeed(build: String, _ failureClass: FailureClass) {
        state.withLock { state in
            // The usual case costs a look at an empty table.
            guard !state.histories.isEmpty else { return }
            state.histories[Key(build: build, failureClass: failureClass)] = nil
        }
    }

    // MARK: Quarantine

    /// Why the build is out of service now; nil if it is not.
    package func quarantine(of build: String, tasks: Bool = false) -> QuarantineRecord? {
        let isKnown = state.withLock { $0.isReading ? nil : $0.quarantined.isEmpty }
        // The usual case.
        if isKnown == true { return nil }
        if isKnown == nil { waitForReading() }
        return state.withLock { $0.quarantined.inForce(build, tasks: tasks, at: .now) }
    }

    private func waitForReading() {
        let deadline = SystemClock.monotonicNanoseconds + Self.readingNanoseconds
        _ = state.wait(untilNanoseconds: deadline) { $0.isReading ? nil : true }
    }

    /// Ends the quarantine of a module's builds by hand, and forgets how they failed. Returns how
    /// many were in force.
    package func lift(module: String, by whom: String) -> Int {
        let now = Moment.now
        let (lifted, records) = state.withLock { state in
            let lifted = state.quarantined.lift(module: module, at: now)
            let builds = Set(lifted.map(\.build))
            state.histories = state.histories.filter { !builds.contains($0.key.build) }
            return (lifted, state.records)
        }
        for build in Set(lifted.map(\.build)) {
            records?.lift(build: build, by: whom, at: now) { [warn] result in
                guard case .failure(let error) = result else { return }
                warn("that the quarantine of \(module) is lifted will be forgotten: \(error)")
            }
        }
        return lifted.count
    }

    // MARK: Isolation

    /// From now on this build runs in a worker, wherever it was to run: it did harm in the kernel,
    /// of which the records know.
    package func isolate(_ isolation: BuildIsolation) {
        state.withLock { $0.isolated[isolation.build] = isolation.sentence }
    }

    /// As above, and recorded. Waits for nothing.
    package func isolateForGood(_ isolation: BuildIsolation) {
        isolate(isolation)
        isolations?.began(isolation)
    }

    /// Why the build may not run in the kernel; nil if it may.
    package func isolationReason(of build: String) -> String? {
        state.withLock { $0.isolated[build] }
    }

    /// The build may run in the kernel again. False if it could all the time.
    package func endIsolation(of build: String) -> Bool {
        guard state.withLock({ $0.isolated.removeValue(forKey: build) != nil }) else {
            return false
        }
        do {
            try isolations?.ended(build: build)
        } catch {
            warn("that a build may run in the kernel again will be forgotten: \(error)")
        }
        return true
    }
}

extension QuarantineRecord {
    /// For how long it is out of service, and what ends that: goes on after "it is".
    package func consequence(at now: Moment) -> String {
        let left = until.map { Double($0.milliseconds - now.milliseconds) / 1_000 }
        let time = left.map { "for another \(Span.words($0))" } ?? "until that is lifted"
        return "quarantined \(time) (a rebuilt file or /module lift \(module) ends that)"
    }

    /// As above, with the reason.
    package func sentence(at now: Moment) -> String {
        "\(consequence(at: now)), since \(reason)"
    }
}
