import KernelBase
import KernelStore

/// The inside of the engine, on one thread only: the open tasks, whose turn it is, and what the
/// store is to write next. What happens in one turn of the thread is written with one commit.
final class EngineCore {
    let records: any TaskRecords
    let runner: any TaskRunner
    var options: TaskOptions
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
    /// Names of tasks that nobody runs just now.
    var absent: [String: Absence] = [:]
    var waitersCount = 0
    /// Handed to the store and not answered yet.
    var openSubmissions = 0
    var openWrites = 0
    var isStopping = false
    var stopped: (@Sendable () -> Void)?
    private var sequence: UInt64 = 0
    private var claims: [TaskID] = []
    private var steps: [TaskTransition] = []
    private var relaxedSteps: [TaskTransition] = []
    /// Writing has failed: no new work begins before.
    var stalledUntil: Moment?
    var isNotWriting = false
    /// Where reading at the start goes on, and what it has found so far.
    var loadAgain: TaskID?
    var recovered: (again: [TaskRecord], interrupted: [TaskRecord]) = ([], [])

    enum Due: Sendable {
        case start(TaskID)
        case deadline(TaskID)
        case write(TaskID)
        case heard(TaskID)
        case cancelCall(TaskID)
        case look(String)
        case giveUp(String)
        case announce(String)
        case renew
        case prune
        case load
        case nothing
    }

    struct Absence: Sendable {
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
        self.clock = clock
        self.mailbox = mailbox
        self.observe = observe
        self.report = report
    }

    var now: Moment { clock.now() }

    static let retryMilliseconds: Int64 = 1_000

    // MARK: - Turns

    /// What is due, what can begin, and one commit for all that came of it.
    func turn() {
        let now = now
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
        case .deadline(let id):
            with(id) { feed($0, .deadlinePassed("it had not begun when its deadline came")) }
        case .write(let id): with(id) { write($0) }
        case .heard(let id): with(id) { hear($0) }
        case .cancelCall(let id): with(id) { cancelCall($0) }
        case .look(let name): lookAgain(name)
        case .giveUp(let name): giveUp(name)
        case .announce(let name): announce(name)
        case .renew: renew()
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
        while placesTaken < options.runningMax {
            guard let item = queue.next(at: now, isHeld: { isHeld($0) }) else { return }
            guard let entry = entries[item.id] else { continue }
            switch runner.look(item.name) {
            case .ready: feed(entry, .chosen)
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
        if !claims.isEmpty { sendClaims(at: now) }
        if !steps.isEmpty { send(&steps, .durable) }
        if !relaxedSteps.isEmpty { send(&relaxedSteps, .relaxed) }
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
            places[entry.record.module, default: 0] += step
        }
        if before.phase == .queued, life.phase != .queued { queue.remove(entry.id) }
        if before.phase != .queued, life.phase == .queued {
            entry.queuedAt = now
            queue.add(entry.item)
        }
        if before.phase != .waiting, life.phase == .waiting { wait(entry) }
        if !before.isEnded, life.isEnded { close(entry) }
    }

    private func perform(_ action: TaskLife.Action, _ entry: TaskEntry) {
        switch action {
        case .claim: claims.append(entry.id)
        case .write: write(entry)
        case .writeLater:
            due.add(.write(entry.id), at: now.adding(milliseconds: Self.retryMilliseconds))
        case .run: run(entry)
        case .cancelCall: cancelCall(entry)
        }
    }

    /// Puts the step that a life asks for into the commit of this turn.
    private func write(_ entry: TaskEntry) {
        if entry.life.phase == .beginning {
            switch runner.look(entry.record.name) {
            case .ready(let mode, let build, _):
                entry.start = AttemptStart(owner: options.owner, mode: mode, build: build)
            case .absent(let why), .unknown(let why):
                noteAbsence(of: entry.record.name, why, at: now)
                return feed(entry, .targetGone)
            }
        }
        guard let step = entry.life.step(at: now, start: entry.start) else { return }
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

    /// A task has ended: those that waited for it go on, or never will.
    private func close(_ entry: TaskEntry) {
        entries[entry.id] = nil
        for id in graph.remove(entry.id) {
            with(id) { settle($0, dependency: entry.record) }
        }
        waitersCount -= entry.waiters.count
        for waiter in entry.waiters { waiter(entry.record) }
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
            case .done, .queued, .claimed, .running, .waiting: "is \(state.name)"
            }
        return "not run, because \(id) (\(name)), which it waits for, \(what)"
    }

    // MARK: - Telling

    func tell(_ kind: TaskEvent.Kind) {
        sequence += 1
        observe(TaskEvent(sequence: sequence, kind: kind))
    }

    // MARK: - The store

    private func sendClaims(at now: Moment) {
        let ids = claims
        claims = []
        let until = now.adding(milliseconds: Int64(options.leaseSeconds) * 1_000)
        let claim = TaskClaim(
            .these(ids), lease: TaskLease(owner: options.owner, until: until), at: now)
        openWrites += 1
        records.claim(claim, .relaxed) { [mailbox] answer in
            mailbox.post { $0.claimed(ids, answer) }
        }
    }

    private func send(_ steps: inout [TaskTransition], _ durability: Durability) {
        let sent = steps
        steps = []
        openWrites += 1
        records.transition(sent, durability) { [mailbox] answer in
            mailbox.post { $0.stepped(sent.map(\.id), answer) }
        }
    }
}
