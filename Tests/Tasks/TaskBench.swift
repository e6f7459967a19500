import KernelBase
import KernelStore
import KernelSystem
import KernelTesting
import Synchronization
import Testing

@testable import KernelTasks

/// An engine on a real database, with calls that end as the test wants and a clock that it moves.
final class TaskBench: Sendable {
    let folder: TemporaryFolder
    let store: SQLiteStore
    let runner: ScriptedRunner
    let engine: TaskEngine
    let clock: TestClock
    let heard = HeardTasks()
    private let isOver = Atomic(false)

    /// A bench on the folder of an earlier one is a kernel that starts again.
    init(
        _ folder: TemporaryFolder? = nil, runner: ScriptedRunner = ScriptedRunner(),
        faults: Faults? = nil, startsAt moment: Moment = .now,
        change: (inout TaskOptions) -> Void = { _ in }
    ) throws {
        let folder = try folder ?? TemporaryFolder("kernel-tasks")
        self.folder = folder
        self.runner = runner
        store = try SQLiteStore(folder: folder.file("state"))
        var options = TaskOptions()
        change(&options)
        let (clock, heard, store) = (TestClock(moment), heard, self.store)
        self.clock = clock
        engine = try TaskEngine(
            records: faults.map { FaultyRecords(store.tasks, $0) } ?? store.tasks,
            runner: runner, options: options,
            clock: TaskClock(runsByItself: false) { clock.now },
            observe: { heard.add($0) }, report: { heard.add($0) })
        engine.start()
    }

    deinit {
        if !isOver.load(ordering: .relaxed) { die() }
    }

    /// As a kernel that is killed: nothing is written any more, nobody is asked to end.
    func die() {
        isOver.store(true, ordering: .relaxed)
        engine.mailbox.close()
        store.close()
    }

    func advance(milliseconds: Int64) {
        clock.advance(milliseconds: milliseconds)
        engine.clockMoved()
    }

    // MARK: Requests

    /// `label` tells tasks apart in the runner.
    static func task(
        _ label: String, _ name: String = "fs.read", by submitter: String = "tests",
        change: (inout NewTask) -> Void = { _ in }
    ) -> NewTask {
        var task = NewTask(name, .text(label), submitter: submitter)
        change(&task)
        return task
    }

    @discardableResult
    func submit(_ tasks: NewTask..., attemptsMax: Int? = nil) throws -> [TaskID] {
        try submit(tasks, attemptsMax: attemptsMax).map(\.id)
    }

    func submit(_ tasks: [NewTask], attemptsMax: Int? = nil) throws -> [TaskRecord] {
        let tasks = tasks.map { task in
            var task = task
            task.attemptsMax = attemptsMax ?? task.attemptsMax
            return task
        }
        return try answer { engine.submit(tasks, $0) }
    }

    func cancel(_ id: TaskID) throws -> [TaskID] {
        try answer { engine.cancel(id, why: "it was cancelled by the test", $0) }
    }

    func retry(_ id: TaskID) throws -> TaskRecord {
        let records = try answer { engine.retry(id, by: "tests", $0) }
        return try #require(records.first)
    }

    func end(of id: TaskID) throws -> TaskRecord {
        try answer { _ = engine.wait(for: id, $0) }
    }

    /// The sentence with which something is refused.
    func problem<Value: Sendable>(
        _ ask: (@escaping TaskEngine.Answer<Value>) -> Void
    ) throws -> TaskProblem {
        try #require(throws: TaskProblem.self) { _ = try answer(ask) }
    }

    func answer<Value: Sendable>(
        _ ask: (@escaping TaskEngine.Answer<Value>) -> Void
    ) throws -> Value {
        let box = Condition<Result<Value, TaskProblem>?>(nil)
        ask { result in
            box.withLock { $0 = result }
            box.broadcast()
        }
        return try #require(box.wait(untilNanoseconds: patience()) { $0 }).get()
    }

    /// Everything that was posted before has been dealt with.
    func settle() throws {
        let box = Condition(false)
        engine.notes([]) { _ in
            box.withLock { $0 = true }
            box.broadcast()
        }
        let isSettled = box.wait(untilNanoseconds: patience()) { $0 ? true : nil }
        #expect(isSettled == true)
    }

    // MARK: The store

    func record(_ id: TaskID) throws -> TaskRecord { try Answer.wait { store.tasks.task(id, $0) } }
    func state(_ id: TaskID) throws -> TaskState { try record(id).state }

    func attempts(_ id: TaskID) throws -> [AttemptEnd.How?] {
        try Answer.wait { store.tasks.attempts(of: id, $0) }.map { $0.end?.how }
    }

    func waitForFailures(_ count: Int, of id: TaskID) throws {
        _ = try heard.waitFor("failure \(count) of \(id)") {
            $0.record.id == id && $0.record.failures == count && $0.record.state == .waiting
        }
    }

    func wait(for id: TaskID, toBe state: TaskState) throws {
        _ = try heard.waitFor("\(id) to be \(state)") { event in
            if case .changed(let record) = event.kind, record.id == id {
                record.state == state
            } else {
                false
            }
        }
    }
}

/// Limits that do not change.
extension TaskOptions {
    private mutating func change(_ body: (inout TaskLimits) -> Void) {
        var limits = limits()
        body(&limits)
        let changed = limits
        self.limits = { changed }
    }

    var runningMax: Int {
        get { limits().runningMax }
        set { change { $0.runningMax = newValue } }
    }
    var openMax: Int {
        get { limits().openMax }
        set { change { $0.openMax = newValue } }
    }
    var moduleWaitSeconds: Int? {
        get { limits().moduleWaitSeconds }
        set { change { $0.moduleWaitSeconds = newValue } }
    }
}

/// Generous: nothing waits for so long unless something is broken.
func patience() -> UInt64 { SystemClock.monotonicNanoseconds + 60_000_000_000 }

/// Stands still until it is moved.
final class TestClock: Sendable {
    private let time: Mutex<Moment>

    init(_ moment: Moment) {
        time = Mutex(moment)
    }

    var now: Moment { time.withLock { $0 } }

    func advance(milliseconds: Int64) {
        time.withLock { $0 = $0.adding(milliseconds: milliseconds) }
    }
}

/// What an engine has told of.
final class HeardTasks: Sendable {
    private struct State {
        var events: [TaskEvent] = []
        var reports: [TaskReport] = []
    }

    private let state = Condition(State())

    func add(_ event: TaskEvent) {
        state.withLock { $0.events.append(event) }
        state.broadcast()
    }

    func add(_ report: TaskReport) {
        state.withLock { $0.reports.append(report) }
        state.broadcast()
    }

    var events: [TaskEvent] { state.withLock { $0.events } }
    var reports: [TaskReport] { state.withLock { $0.reports } }

    @discardableResult
    func waitFor(_ what: String, _ matches: (TaskEvent) -> Bool) throws -> TaskEvent {
        try #require(
            state.wait(untilNanoseconds: patience()) { $0.events.first(where: matches) },
            "waited for \(what)")
    }

    func report(_ matches: (TaskReport) -> Bool) throws -> TaskReport {
        try #require(
            state.wait(untilNanoseconds: patience()) { $0.reports.first(where: matches) })
    }

    /// The states of a task in the order in which they were told.
    func states(_ id: TaskID) -> [TaskState] {
        events.compactMap { event in
            guard case .changed(let record) = event.kind, record.id == id else { return nil }
            return record.state
        }
    }
}
