internal import CModuleABI
internal import Dispatch
internal import Glibc
internal import ModuleJSON
internal import ModuleKit
internal import Synchronization

/// What the host's functions reach: the calls in flight, and what went wrong.
@safe
final class TestHostCore: Sendable {
    private let state = Mutex(State())
    // Made once, freed with the core; the module may use them until destroy() has returned.
    nonisolated(unsafe) let tables: TestHostTables
    let asks: TestAsks
    let errands: TestErrands
    let folder = TestFolder()
    private let mainQueue = DispatchQueue(label: "test host: main thread")
    /// How long a call may take before the host gives up on it.
    private let patience: Duration

    private struct State {
        var nextCall: UInt64 = 1
        var running: [UInt64: Running] = [:]
        var names: [UInt64: String] = [:]
        var parcels: [UInt64: CallParcel] = [:]
        var ended: [UInt64: Outcome] = [:]
        var step: Step?
        var message: String?
        var failure: mod_status = 0
        var logs: [TestHost.LogLine] = []
        var violations: [String] = []
        var unreported: [String] = []
        var isActive = false
        var isClosed = false

        /// `the call 3 ("hello")`
        func label(_ call: UInt64) -> String {
            names[call].map { "the call \(call) (\"\($0)\")" }
                ?? "the call \(call), which never was"
        }
    }

    /// A lifecycle function that runs.
    private struct Step {
        let name: String
        let thread = pthread_self()

        var isHere: Bool { pthread_equal(thread, pthread_self()) != 0 }
    }

    private struct Running {
        var outcome = Outcome()
        var isCancelled = false
        var waiter: CheckedContinuation<Outcome, any Error>?
    }

    init(
        offersThreads: Bool = true, patience: Duration = .seconds(20),
        asks: TestAsks = TestAsks([:], manifest: [:]),
        errands: TestErrands = TestErrands(Outside(), manifest: [:])
    ) {
        self.patience = patience
        self.asks = asks
        self.errands = errands
        unsafe tables = TestHostTables(offersThreads: offersThreads, folder: folder.path)
        unsafe tables.bind(to: self)
    }

    deinit {
        unsafe tables.deallocate()
    }

    var hostTable: UnsafePointer<mod_host> { unsafe UnsafePointer(tables.host) }
    var logs: [TestHost.LogLine] { state.withLock { $0.logs } }
    var violations: [String] { state.withLock { $0.violations } }

    func queue(for mode: Mode) -> DispatchQueue {
        mode == .main ? mainQueue : .global()
    }

    func after(_ duration: Duration, _ body: @escaping @Sendable () -> Void) {
        let milliseconds = Int(duration / .milliseconds(1))
        DispatchQueue.global().asyncAfter(
            deadline: .now() + .milliseconds(milliseconds), execute: body)
    }

    // MARK: - Violations

    func report(_ sentence: String) {
        state.withLock { state in
            state.violations.append(sentence)
            state.unreported.append(sentence)
        }
    }

    func check(_ holds: Bool, _ sentence: @autoclosure () -> String) {
        if !holds { report(sentence()) }
    }

    func throwViolations() throws(ContractViolation) {
        let sentences = state.withLock { state in
            defer { state.unreported = [] }
            return state.unreported
        }
        if !sentences.isEmpty { throw ContractViolation(sentences: sentences) }
    }

    func checkNothingRuns(before step: String) {
        let names = state.withLock { state in state.running.keys.sorted().map { state.label($0) } }
        check(names.isEmpty, "\(step) was asked for while \(names.joined(separator: ", ")) ran")
    }

    // MARK: - Lifecycle

    struct StepResult<T> {
        let value: T
        let status: Failure.Status
        let message: String?
    }

    func step<T>(_ name: String, _ body: () -> T) -> StepResult<T> {
        state.withLock { state in
            state.step = Step(name: name)
            state.message = nil
            state.failure = 0
        }
        let value = body()
        let (status, message) = state.withLock { state in
            state.step = nil
            return (state.failure, state.message)
        }
        return StepResult(
            value: value, status: Failure.Status(rawValue: status) ?? .failed, message: message)
    }

    /// Between start and stop.
    var isActive: Bool {
        get { state.withLock { $0.isActive } }
        set { state.withLock { $0.isActive = newValue } }
    }

    func beginClosing() -> Bool {
        state.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
    }

    func fail(_ status: mod_status, _ message: String) {
        let step = state.withLock { state in
            state.message = message
            state.failure = status
            return state.step
        }
        if let step {
            check(
                step.isHere,
                "fail was called on another thread than the \(step.name) that runs: \(message)")
        } else {
            report("fail was called outside a lifecycle function: \(message)")
        }
        check(status < 0, "fail was called with the status \(status), which is no failure")
    }

    // MARK: - Calls

    /// The number of an answer that a provider reads.
    func newAnswer() -> UInt64 {
        state.withLock { state in
            defer { state.nextCall += 1 }
            return state.nextCall
        }
    }

    func newCall(named name: String) -> UInt64 {
        state.withLock { state in
            defer { state.nextCall += 1 }
            state.running[state.nextCall] = Running()
            state.names[state.nextCall] = name
            return state.nextCall
        }
    }

    /// Holds the memory of a call until it ends; one that has ended already lets it go at once.
    func keep(_ parcel: CallParcel) {
        state.withLock { state in
            if state.running[parcel.id] != nil { state.parcels[parcel.id] = parcel }
        }
    }

    func outcome(of call: UInt64) async throws -> Outcome {
        after(patience) { [self] in giveUp(call) }
        return try await withCheckedThrowingContinuation { continuation in
            let ended = state.withLock { state in
                state.running[call]?.waiter = continuation
                return state.ended[call]
            }
            if let ended { continuation.resume(returning: ended) }
        }
    }

    private func giveUp(_ call: UInt64) {
        let (waiter, label) = state.withLock { state in
            (state.running[call]?.waiter.take(), state.label(call))
        }
        guard let waiter else { return }
        let sentence = "\(label) was not finished within \(patience)"
        waiter.resume(throwing: ContractViolation(sentences: [sentence]))
    }

    func progress(of call: UInt64) -> [Outcome.Progress] {
        state.withLock { $0.running[call]?.outcome.progress ?? [] }
    }

    var isIdle: Bool { state.withLock { $0.running.isEmpty } }

    /// False if the call has ended.
    func markCancelled(_ call: UInt64) -> Bool {
        state.withLock { state in
            state.running[call]?.isCancelled = true
            return state.running[call] != nil
        }
    }

    /// Makes a request of the module's; 0 if it may not.
    func ask(
        _ task: String, call: UInt64, _ kind: Outcome.Kind?, _ arguments: [UInt8],
        _ listener: AskListener?
    ) -> UInt64 {
        check(asks.isOpen, "ask was called for \(task) before start() or after stop()")
        check(kind != nil, "ask for \(task): the arguments are of an unknown kind")
        check(listener != nil, "ask for \(task): the reply function is NULL")
        guard let kind, let listener else { return 0 }
        let isKnown = state.withLock { call == 0 || $0.running[call] != nil }
        check(isKnown, "ask for \(task): the call \(call) is not in flight")
        return isKnown ? asks.begin(task, call: call, kind, arguments, listener) : 0
    }

    func begin(
        _ order: TestErrands.Order, call: UInt64, _ listener: ErrandListener?
    ) -> UInt64 {
        let what = "errands begin for \(order.service)"
        check(errands.isOpen, "\(what) was called before start() or after stop()")
        check(listener != nil, "\(what): the news or the end function is NULL")
        check((try? JSON(parsing: order.order)) != nil, "\(what): the order is not JSON")
        guard let listener else { return 0 }
        let isKnown = state.withLock { call == 0 || $0.running[call] != nil }
        check(isKnown, "\(what): the call \(call) is not in flight")
        return isKnown ? errands.begin(order, call: call, listener) : 0
    }

    func isCancelled(_ call: UInt64) -> Bool {
        state.withLock { $0.running[call]?.isCancelled ?? true }
    }

    /// Changes a call in flight; for one that is not, records that `function` was misused.
    func update(_ call: UInt64, _ function: String, _ body: (inout Outcome) -> Void) -> Bool {
        let stray: String? = state.withLock { state in
            guard state.running[call] != nil else { return state.label(call) }
            body(&state.running[call]!.outcome)
            return nil
        }
        return reportStray(stray, function)
    }

    func finish(_ call: UInt64, _ end: (inout Outcome) -> Void) -> Bool {
        var waiter: (CheckedContinuation<Outcome, any Error>, Outcome)?
        let stray: String? = state.withLock { state in
            guard var running = state.running.removeValue(forKey: call) else {
                return state.label(call)
            }
            end(&running.outcome)
            state.parcels[call] = nil
            state.ended[call] = running.outcome
            waiter = running.waiter.map { ($0, running.outcome) }
            return nil
        }
        asks.cancel(of: call)
        errands.cancel(of: call)
        waiter?.0.resume(returning: waiter!.1)
        return reportStray(stray, "finish")
    }

    private func reportStray(_ label: String?, _ function: String) -> Bool {
        guard let label else { return true }
        report("\(function) was called for \(label), which is not in flight")
        return false
    }

    func log(_ line: TestHost.LogLine) {
        state.withLock { $0.logs.append(line) }
    }
}
