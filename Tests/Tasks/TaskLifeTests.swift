import KernelBase
import Testing

@testable import KernelStore
@testable import KernelTasks

/// Every event in every state.
struct TaskLifeTests {
    typealias Phase = TaskLife.Phase
    typealias Event = TaskLife.Event
    typealias Action = TaskLife.Action

    static let now = Moment(milliseconds: 1_000_000)

    static func record(
        _ state: TaskState = .queued, isIdempotent: Bool = true, attempts: Int = 0,
        failures: Int = 0, deadline: Moment? = nil
    ) -> TaskRecord {
        var record = TaskRecord(
            id: .make(), name: "fs.read", module: "fs", submitter: "ann",
            isIdempotent: isIdempotent, created: now, deadline: deadline, state: state,
            attempts: attempts, attemptsMax: 3)
        record.failures = failures
        return record
    }

    static func life(
        _ phase: Phase, isIdempotent: Bool = true, attempts: Int = 0, failures: Int = 0,
        deadline: Moment? = nil
    ) -> TaskLife {
        var life = TaskLife(
            record(
                isIdempotent: isIdempotent, attempts: attempts, failures: failures,
                deadline: deadline))
        life.phase = phase
        life.durable = durable(phase)
        switch phase {
        case .beginning, .running: life.holdsPlace = true
        case .waiting, .queued, .moving, .ended, .elsewhere: break
        }
        return life
    }

    private static func durable(_ phase: Phase) -> TaskState {
        switch phase {
        case .waiting, .moving(.toQueue): .waiting
        case .queued, .beginning: .queued
        case .running, .moving(.again), .moving(.end), .elsewhere: .running
        case .ended(let state): state
        }
    }

    static let again = Phase.moving(
        .again(notBefore: Moment(milliseconds: 5), AttemptEnd(.failed, "why")))
    static let ending = Phase.moving(
        .end(.failed, .failure(.failed, "why"), attempt: AttemptEnd(.failed, "why")))
    static let phases: [Phase] = [
        .waiting, .queued, .beginning, .running, .moving(.toQueue), again, ending, .ended(.done),
        .ended(.cancelled), .elsewhere,
    ]
    static let failure = CallOutcome.failure(.failed, "why")
    static let success = CallOutcome(status: .ok, kind: .text, value: [1], message: "")
    static let events: [Event] = [
        .ready, .unfit("why"), .chosen, .givenUp("why"),
        .finished(success, at: now, chance: 0.5), .finished(failure, at: now, chance: 0.5),
        .cancel("why"), .deadlinePassed("why"), .committed, .refused(.queued), .refused(.done),
        .refused(.running), .notWritten, .abandoned(.running), .abandoned(.done), .stop,
    ]

    private static func end(
        _ state: TaskState, _ status: CallStatus, _ attempt: AttemptEnd? = nil
    ) -> Phase {
        .moving(.end(state, .failure(status, "why"), attempt: attempt))
    }

    private struct Step {
        let phase: Phase
        let event: Event
        let to: Phase
        var actions: [Action] = []

        init(_ phase: Phase, _ event: Event, _ to: Phase, _ actions: [Action] = []) {
            self.phase = phase
            self.event = event
            self.to = to
            self.actions = actions
        }
    }

    /// All steps that lead anywhere; whatever is not here changes nothing.
    private static let steps: [Step] = [
        Step(.waiting, .ready, .moving(.toQueue), [.write]),
        Step(.waiting, .unfit("why"), end(.cancelled, .cancelled), [.write]),
        Step(.waiting, .cancel("why"), end(.cancelled, .cancelled), [.write]),
        Step(.waiting, .deadlinePassed("why"), end(.failed, .deadline), [.write]),
        Step(.queued, .chosen, .beginning, [.write]),
        Step(.queued, .givenUp("why"), end(.failed, .notFound), [.write]),
        Step(.queued, .cancel("why"), end(.cancelled, .cancelled), [.write]),
        Step(.queued, .deadlinePassed("why"), end(.failed, .deadline), [.write]),
        Step(.beginning, .committed, .running, [.run]),
        Step(.beginning, .refused(.queued), .queued),
        Step(.beginning, .refused(.done), .ended(.done)),
        Step(.beginning, .refused(.running), .elsewhere),
        Step(.beginning, .notWritten, .queued),
        Step(
            .running, .finished(success, at: now, chance: 0.5),
            .moving(.end(.done, success, attempt: AttemptEnd(.succeeded))), [.write]),
        Step(
            .running, .finished(failure, at: now, chance: 0.5),
            .moving(
                .again(
                    notBefore: now.adding(milliseconds: 1_000), AttemptEnd(.failed, "why"))),
            [.write]),
        Step(.running, .cancel("why"), .running, [.cancelCall]),
        Step(.running, .stop, .running, [.cancelCall]),
        Step(.moving(.toQueue), .committed, .queued),
        Step(.moving(.toQueue), .refused(.queued), .queued),
        Step(.moving(.toQueue), .refused(.done), .ended(.done)),
        Step(.moving(.toQueue), .refused(.running), .elsewhere),
        Step(.moving(.toQueue), .notWritten, .moving(.toQueue), [.writeLater]),
        Step(again, .committed, .waiting),
        Step(again, .refused(.queued), .queued),
        Step(again, .refused(.done), .ended(.done)),
        Step(again, .refused(.running), .elsewhere),
        Step(again, .notWritten, again, [.writeLater]),
        Step(ending, .committed, .ended(.failed)),
        Step(ending, .refused(.queued), .queued),
        Step(ending, .refused(.done), .ended(.done)),
        Step(ending, .refused(.running), .elsewhere),
        Step(ending, .notWritten, ending, [.writeLater]),
        Step(
            .elsewhere, .abandoned(.running),
            .moving(
                .again(
                    notBefore: nil, AttemptEnd(.interrupted, "the kernel ended while it ran"))),
            [.write]),
        Step(.elsewhere, .abandoned(.done), .ended(.done)),
    ]

    @Test(arguments: phases)
    func `each event leads where the table says, and else nowhere`(phase: Phase) {
        for event in Self.events {
            var life = Self.life(phase)
            let actions = life.handle(event)
            let step = Self.steps.first { $0.phase == phase && $0.event == event }
            #expect(life.phase == step?.to ?? phase, "\(event)")
            #expect(actions == step?.actions ?? [], "\(event)")
        }
    }

    @Test func `the table names each step once`() {
        let names = Self.steps.map { "\($0.phase) \($0.event)" }
        #expect(Set(names).count == names.count)
    }

    /// Cancelled meanwhile, a task ends at the next step and never runs.
    @Test(arguments: [
        (Phase.beginning, Event.notWritten, nil), (.beginning, .refused(.queued), nil),
        (.beginning, .committed, AttemptEnd.How.released), (.moving(.toQueue), .committed, nil),
        (again, .committed, nil),
    ])
    func `a wish to cancel is kept until it can be carried out`(
        phase: Phase, event: Event, attempt: AttemptEnd.How?
    ) {
        var life = Self.life(phase)
        #expect(life.handle(.cancel("why")).isEmpty)
        #expect(life.handle(event) == [.write])
        guard case .moving(.end(.cancelled, _, let end)) = life.phase else {
            Issue.record("it is \(life.phase)")
            return
        }
        #expect(end?.how == attempt)
        _ = life.handle(.committed)
        #expect(life.phase == .ended(.cancelled) && !life.holdsPlace)
    }

    @Test func `a running task that is cancelled and ends all the same is done`() {
        var life = Self.life(.running)
        #expect(life.handle(.cancel("why")) == [.cancelCall])
        #expect(life.handle(.cancel("again")).isEmpty)
        _ = life.handle(.finished(Self.success, at: Self.now, chance: 0))
        _ = life.handle(.committed)
        #expect(life.phase == .ended(.done))
    }

    @Test(arguments: [
        (CallStatus.failed, true), (.deadline, true), (.busy, true), (.limit, true),
        (.invalid, false), (.notFound, false), (.denied, false), (.unsupported, false),
        (.misuse, false),
    ])
    func `only what may pass is tried again`(status: CallStatus, isTriedAgain: Bool) {
        for isIdempotent in [true, false] {
            var life = Self.life(.running, isIdempotent: isIdempotent, attempts: 1)
            let outcome = CallOutcome.failure(status, "why")
            _ = life.handle(.finished(outcome, at: Self.now, chance: 0))
            if case .moving(.again) = life.phase {
                #expect(isTriedAgain && isIdempotent)
            } else {
                #expect(!(isTriedAgain && isIdempotent))
            }
        }
    }

    @Test func `after the last attempt there is no other`() {
        var life = Self.life(.running, attempts: 3, failures: 2)
        _ = life.handle(.finished(Self.failure, at: Self.now, chance: 0))
        let attempt = AttemptEnd(.failed, "why")
        #expect(life.phase == .moving(.end(.failed, Self.failure, attempt: attempt)))
    }

    /// Interruptions do not use up what a task has for failures, nor the other way round.
    @Test func `interruptions and failures are counted apart`() {
        var life = Self.life(.running, attempts: 5, failures: 1)
        _ = life.handle(.finished(Self.failure, at: Self.now, chance: 0.5))
        let due = Self.now.adding(milliseconds: 2_000)
        #expect(life.phase == .moving(.again(notBefore: due, AttemptEnd(.failed, "why"))))
        _ = life.handle(.committed)
        #expect(life.failures == 2 && life.phase == .waiting)
        var other = Self.life(.elsewhere, attempts: 7, failures: 2)
        _ = other.handle(.abandoned(.running))
        guard case .moving(.again) = other.phase else {
            Issue.record("it is \(other.phase)")
            return
        }
    }

    /// The module never saw it, so that any task may begin again, but not for ever.
    @Test(arguments: [(true, 1, true), (false, 1, true), (false, 5, true), (false, 6, false)])
    func `a call that is turned away begins later`(
        isIdempotent: Bool, attempts: Int, isRepeated: Bool
    ) {
        let outcome = CallOutcome.unbegun(.busy, "why")
        var life = Self.life(.running, isIdempotent: isIdempotent, attempts: attempts)
        _ = life.handle(.finished(outcome, at: Self.now, chance: 0.5))
        let attempt = AttemptEnd(.released, "why")
        let due = Self.now.adding(milliseconds: Int64(1_000) << (attempts - 1))
        #expect(
            life.phase
                == (isRepeated
                    ? .moving(.again(notBefore: due, attempt))
                    : .moving(.end(.failed, outcome, attempt: attempt))))
        var stopping = Self.life(.running, isIdempotent: false, attempts: 1)
        _ = stopping.handle(.stop)
        _ = stopping.handle(.finished(.unbegun(.cancelled, "why"), at: Self.now, chance: 0))
        #expect(stopping.phase == .moving(.again(notBefore: nil, attempt)))
    }

    /// The next attempt could not begin before: it says why this one failed.
    @Test func `nothing is tried again behind the deadline`() {
        let deadline = Self.now.adding(milliseconds: 500)
        for outcome in [Self.failure, .unbegun(.busy, "why")] {
            var life = Self.life(.running, attempts: 1, deadline: deadline)
            _ = life.handle(.finished(outcome, at: Self.now, chance: 0.5))
            guard case .moving(.end(.failed, let end, _)) = life.phase else {
                Issue.record("it is \(life.phase)")
                continue
            }
            #expect(end == outcome)
        }
    }

    @Test func `a failure while the kernel stops is a failure`() {
        var life = Self.life(.running, isIdempotent: false, attempts: 1)
        _ = life.handle(.stop)
        _ = life.handle(.finished(Self.failure, at: Self.now, chance: 0))
        let attempt = AttemptEnd(.failed, "why")
        #expect(life.phase == .moving(.end(.failed, Self.failure, attempt: attempt)))
    }

    /// A reload that nobody asked this task about, a stop, a crash.
    @Test(arguments: [(true, 1, true), (true, 5, true), (true, 6, false), (false, 1, false)])
    func `an attempt that is interrupted is repeated where it may be, but not for ever`(
        isIdempotent: Bool, attempts: Int, isRepeated: Bool
    ) {
        let cancelled = CallOutcome.failure(.cancelled, "it stopped because of a reload")
        let interruptions: [(Phase, [Event])] = [
            (.running, [.finished(cancelled, at: Self.now, chance: 0)]),
            (.running, [.stop, .finished(cancelled, at: Self.now, chance: 0)]),
            (.elsewhere, [.abandoned(.running)]),
        ]
        for (phase, events) in interruptions {
            var life = Self.life(phase, isIdempotent: isIdempotent, attempts: attempts)
            for event in events { _ = life.handle(event) }
            switch life.phase {
            case .moving(.again(nil, let end)): #expect(isRepeated && end.how == .interrupted)
            case .moving(.end(.interrupted, _, let end)):
                #expect(!isRepeated && end?.how == .interrupted)
            default: Issue.record("it is \(life.phase)")
            }
        }
    }

    @Test func `each step names where the task is, whose it is and which attempt`() {
        var life = Self.life(.running, attempts: 2)
        life.begins(as: AttemptStart(owner: "us", mode: .thread, isIdempotent: true))
        _ = life.handle(.finished(Self.success, at: Self.now, chance: 0))
        let step = life.step(at: Self.now, start: nil)
        #expect(step?.from == [.running] && step?.to == .done)
        #expect(step?.owner == "us" && step?.attempt == 2)
        #expect(step?.outcome == Self.success && step?.ends == AttemptEnd(.succeeded))
        #expect(life.durability == .durable)
    }

    @Test func `a step that begins an attempt is as durable as the task demands`() {
        for isIdempotent in [true, false] {
            let start = AttemptStart(
                owner: "us", mode: .thread, build: "ab", isIdempotent: isIdempotent)
            // What the build says counts, and not what was known when it was handed in.
            var life = Self.life(.queued, isIdempotent: !isIdempotent)
            life.begins(as: start)
            _ = life.handle(.chosen)
            #expect(life.step(at: Self.now, start: nil) == nil)
            #expect(life.step(at: Self.now, start: start)?.begins == start)
            #expect(life.durability == (isIdempotent ? .relaxed : .durable))
        }
    }

    /// Any events in any order, with a store that says yes, no or nothing.
    @Test func `whatever happens, one end is reached once and a place is held only on the way`() {
        for _ in 0..<3_000 {
            var life = Self.life(
                [.waiting, .queued].randomElement() ?? .queued, isIdempotent: .random())
            var ends = 0
            for _ in 0..<60 {
                let before = life
                let event = Self.events.randomElement() ?? .ready
                let actions = life.handle(event)
                if before.isEnded {
                    #expect(life == before && actions.isEmpty)
                } else if life.isEnded {
                    ends += 1
                }
                switch life.phase {
                case .waiting, .queued, .ended, .elsewhere: #expect(!life.holdsPlace)
                case .beginning, .running: #expect(life.holdsPlace)
                case .moving: break
                }
                #expect(life.attempts >= before.attempts)
                #expect(actions.filter { $0 == .write || $0 == .writeLater }.count <= 1)
                if actions.contains(.run) { #expect(life.phase == .running) }
                if actions.contains(.run) { #expect(life.attempts == before.attempts + 1) }
                if case .moving = life.phase {
                    #expect(life.step(at: Self.now, start: nil) != nil)
                }
            }
            #expect(ends <= 1)
        }
    }
}
