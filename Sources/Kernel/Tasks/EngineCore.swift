import KernelBase
import KernelCalls
import KernelStore

/// The inside of the engine, on one thread only: the open tasks, whose turn it is, and what the
/// store is to write next. What happens in one turn of the thread is written with one commit.
final class EngineCore {
    let records: any TaskRecords
    let runner: any TaskRunner
    let options: TaskOptions
    let clock: TaskClock
    let mailbox: EngineMailbox
    let observe: @Sendable (TaskEvent) -> Void
    let report: @Sendable (TaskReport) -> Void

    var entries: [TaskID: TaskEntry] = [:]
    var queue = TaskQueue()
    var graph = TaskGraph()
    var due = DueList<Due>()
    /// Tasks that hold a place, by module.
    var places: [String: Int] = [:]
    var placesTaken = 0
    var isRenewalDue = false
    /// Names of tasks that nobody runs just now.
    var absent: [String: Absence] = [:]
    var waitersCount = 0
    /// Handed to the store and not answered yet.
    var openSubmissions = 0
    var openWrites = 0
    var isStopping = false
    var stopped: (@Sendable () -> Void)?
    private var sequence: UInt64 = 0
    private var steps: [TaskTransition] = []
    private var relaxedSteps: [TaskTransition] = []
    /// As of this turn.
    var limits: TaskLimits
    private var absences: UInt64 = 0
    /// The list of what is due is looked through when it is as long as this.
    private var dueCountToSweep = dueCountMin
    /// Writing has failed: no new work begins before.
    var stalledUntil: Moment?
    var whyNotWriting: StoreError?
    /// Why what was open before could not be read, or not all of it.
    var whyNotReading: StoreError?
    /// Tasks that are open, and that a damaged store does not give.
    var unread: Set<TaskID> = []
    /// Where reading at the start goes on, and what it has found so far.
    var loadAgain: TaskID?
    var recovered: (again: [TaskRecord], interrupted: [TaskRecord]) = ([], [])

    enum Due: Sendable {
        case start(TaskID)
        case deadline(TaskID)
        case write(TaskID)
        case heard(TaskID)
        case dependencies(TaskID)
        case takeOver(TaskID)
        case renew
        case look(String, Absence.Number)
        case giveUp(String, Absence.Number)
        case announce(String, Absence.Number)
        case prune
        case load
        case nothing
    }

    struct Absence: Sendable {
        typealias Number = UInt64

        /// What is due because of an earlier absence of the same name is none of this one's.
        let number: Number
        var since: Moment
        var why: String
        var isAnnounced = false
    }

    init(
        records: any TaskRecords, runner: any TaskRunner, options: TaskOptions, clock: TaskClock,
        mailbox: EngineMailbox, observe: @escaping @Sendable (TaskEvent) -> Void,
        report: @escaping @Sendable (TaskReport) -> Void
    ) {
        self.records = records
        self.runner = runner
        self.options = options
        limits = options.limits()
        self.clock = clock
        self.mailbox = mailbox
        self.observe = observe
        self.report = report
    }

    var now: Moment { clock.now() }

    static let retryMilliseconds: Int64 = 1_000
    private static let dueCountMin = 256

    // MARK: - Turns

    /// What is due, what can begin, and one commit for all that came of it.
    func turn() {
        let now = now
        limits = options.limits()
        while let thing = due.takeFirst(dueAt: now) { take(thing) }
        begin(at: now)
        flush(at: now)
        guard isStopping, placesTaken == 0, openWrites == 0, openSubmissions == 0 else { return }
        stopped?()
        stopped = nil
    }

    private func take(_ thing: Due) {
        switch thing {
        case .start(let id): with(id) { startIfReady($0) }
        case .deadline(let id): with(id) { checkDeadline($0) }
        case .write(let id): with(id) { write($0) }
        case .heard(let id): with(id) { hear($0) }
        case .dependencies(let id): with(id) { lookAtDependencies(of: $0) }
        case .takeOver(let id): lookAtLease(of: id)
        case .renew: renewLeases()
        case .look(let name, let number): lookAgain(name, number)
        case .giveUp(let name, let number): giveUp(name, number)
        case .announce(let name, let number): announce(name, number)
        case .prune: prune()
        case .load: loadRest()
        case .nothing: break
        }
    }

    func with(_ id: TaskID, _ body: (TaskEntry) -> Void) {
        if let entry = entries[id] { body(entry) }
    }

    /// Gives places to those whose turn it is.
    private func begin(at now: Moment) {
        guard options.work != .nothing, !isStopping else { return }
        if let until = stalledUntil {
            guard until <= now else { return }
            stalledUntil = nil
        }
        // Of each name, until something changes.
        var held: [String: Bool] = [:]
        while placesTaken < limits.runningMax {
            let next = queue.next(at: now) { item in
                if let isHeld = held[item.name] { return isHeld }
                let isHeld = isHeld(item)
                held[item.name] = isHeld
                return isHeld
            }
            guard let item = next else { return }
            guard let entry = entries[item.id] else { continue }
            held.removeAll(keepingCapacity: true)
            switch runner.look(item.name) {
            case .ready(let mode, let build, let isIdempotent):
                let start = AttemptStart(
                    owner: options.owner, mode: mode, build: build, isIdempotent: isIdempotent,
                    lease: leaseEnd)
                entry.start = start
                entry.ran = nil
                entry.life.begins(as: start)
                feed(entry, .chosen)
            case .absent(let why), .unknown(let why):
                queue.add(item)
                noteAbsence(of: item.name, why, at: now)
            }
        }
    }

    private func isHeld(_ item: TaskQueue.Item) -> Bool {
        absent[item.name] != nil
            || places[item.module, default: 0] >= options.moduleRunningMax(item.module)
    }

    private func flush(at now: Moment) {
        if !steps.isEmpty { send(steps, .durable) }
        if !relaxedSteps.isEmpty { send(relaxedSteps, .relaxed) }
        steps = []
        relaxedSteps = []
    }

    // MARK: - One task

    /// Tells a life what happened and does what it asks for.
    func feed(_ entry: TaskEntry, _ event: TaskLife.Event) {
        let before = entry.life
        let actions = entry.life.handle(event)
        reconcile(entry, before)
        for action in actions { perform(action, entry) }
    }

    private func reconcile(_ entry: TaskEntry, _ before: TaskLife) {
        let life = entry.life
        if before.holdsPlace != life.holdsPlace {
            let step = life.holdsPlace ? 1 : -1
            placesTaken += step
            keepLeases()
            places[entry.record.module, default: 0] += step
        }
        if before.phase == .queued, life.phase != .queued { queue.remove(entry.id) }
        if before.phase != .queued, life.phase == .queued {
            entry.queuedAt = now
            queue.add(entry.item)
        }
        if before.phase != .waiting, life.phase == .waiting { wait(entry) }
        // Its deadline may have come while it could not end.
        if entry.life.phase != before.phase { checkDeadline(entry) }
        if !before.isEnded, life.isEnded { close(entry) }
    }

    private func perform(_ action: TaskLife.Action, _ entry: TaskEntry) {
        switch action {
        case .write: write(entry)
        case .writeLater:
            due.add(.write(entry.id), at: now.adding(milliseconds: Self.retryMilliseconds))
        case .run: run(entry)
        case .cancelCall: cancelCall(entry)
        }
    }

    /// Puts the step that a life asks for into the commit of this turn.
    private func write(_ entry: TaskEntry) {
        guard var step = entry.life.step(at: now, start: entry.start) else { return }
        step.ends?.ran = entry.ran
        if entry.life.durability == .durable {
            steps.append(step)
        } else {
            relaxedSteps.append(step)
        }
    }

    // MARK: - Waiting

    func startIfReady(_ entry: TaskEntry) {
        guard entry.life.phase == .waiting, entry.unmet.isEmpty else { return }
        if let notBefore = entry.life.notBefore, notBefore > now { return }
        feed(entry, .ready)
    }

    private func wait(_ entry: TaskEntry) {
        if let notBefore = entry.life.notBefore { due.add(.start(entry.id), at: notBefore) }
        startIfReady(entry)
    }

    private func checkDeadline(_ entry: TaskEntry) {
        guard let deadline = entry.life.deadline, deadline <= now else { return }
        let why =
            entry.life.attempts == 0
            ? "it had not begun when its deadline came"
            : "its deadline came before its next attempt"
        feed(entry, .deadlinePassed(why))
    }

    /// A task has ended: those that waited for it go on, or never will.
    private func close(_ entry: TaskEntry) {
        entries[entry.id] = nil
        for id in graph.remove(entry.id) {
            with(id) { settle($0, dependency: entry.record) }
        }
        waitersCount -= entry.waiters.count
        for waiter in entry.waiters { waiter.end(.success(entry.record)) }
        sweep()
    }

    /// What is due for tasks that have ended may be years away.
    private func sweep() {
        guard due.count >= dueCountToSweep else { return }
        due.keep { thing in
            switch thing {
            case .start(let id), .deadline(let id), .write(let id), .heard(let id),
                .dependencies(let id), .takeOver(let id):
                entries[id] != nil
            case .look(let name, let number), .giveUp(let name, let number),
                .announce(let name, let number):
                absent[name]?.number == number
            case .prune, .load, .renew, .nothing: true
            }
        }
        dueCountToSweep = max(Self.dueCountMin, 2 * due.count)
    }

    func newAbsence() -> Absence.Number {
        absences += 1
        return absences
    }

    func settle(_ entry: TaskEntry, dependency: TaskRecord) {
        guard entry.unmet.contains(dependency.id), dependency.state.isEnd else { return }
        guard dependency.state == .done else {
            return feed(entry, .unfit(Self.unfit(dependency.id, dependency.name, dependency.state)))
        }
        entry.unmet.remove(dependency.id)
        startIfReady(entry)
    }

    static func unfit(_ id: TaskID, _ name: String, _ state: TaskState) -> String {
        let what =
            switch state {
            case .failed: "failed"
            case .cancelled: "was cancelled"
            case .interrupted: "was interrupted"
            case .done, .queued, .running, .waiting: "is \(state.name)"
            }
        return "not run, because \(id) (\(name)), which it waits for, \(what)"
    }

    // MARK: - Telling

    func tell(_ kind: TaskEvent.Kind) {
        sequence += 1
        observe(TaskEvent(sequence: sequence, kind: kind))
    }

    // MARK: - The store

    func send(_ steps: [TaskTransition], _ durability: Durability) {
        openWrites += 1
        records.transition(steps, durability) { [mailbox] answer in
            mailbox.post { $0.stepped(steps, durability, answer) }
        }
    }
}
