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
        attemptsMax: Int = 3
    ) -> TaskRecord {
        TaskRecord(
            id: .make(), name: "fs.read", module: "fs", submitter: "ann", key: nil, priority: 0,
            mode: nil, isIdempotent: isIdempotent, parent: nil, dependencies: [], created: now,
            deadline: nil, state: state, notBefore: nil,
            attempts: attempts, attemptsMax: attemptsMax, started: nil, ended: nil, build: nil,
            progress: nil, lease: nil, end: nil)
    }

    static func life(
        _ phase: Phase, isIdempotent: Bool = true, attempts: Int = 0, attemptsMax: Int = 3
    ) -> TaskLife {
        var life = TaskLife(
            record(isIdempotent: isIdempotent, attempts: attempts, attemptsMax: attemptsMax))
        life.phase = phase
        life.durable = durable(phase)
        switch phase {
        case .claiming, .beginning, .running: life.holdsPlace = true
        case .waiting, .queued, .moving, .ended, .elsewhere: break
        }
        return life
    }

    private static func durable(_ phase: Phase) -> TaskState {
        switch phase {
        case .waiting, .moving(.toQueue): .waiting
        case .queued, .claiming: .queued
        case .beginning, .moving(.release): .claimed
        case .running, .moving(.again), .moving(.end), .elsewhere: .running
        case .ended(let state): state
        }
    }

    static let again = Phase.moving(
        .again(notBefore: Moment(milliseconds: 5), AttemptEnd(.failed, "why")))
    static let ending = Phase.moving(
        .end(.failed, .failure(.failed, "why"), attempt: AttemptEnd(.failed, "why")))
    static let phases: [Phase] = [
        .waiting, .queued, .claiming, .beginning, .running, .moving(.toQueue), .moving(.release),
        again, ending, .ended(.done), .ended(.cancelled), .elsewhere,
    ]
    static let failure = CallOutcome.failure(.failed, "why")
    static let success = CallOutcome(status: .ok, kind: .text, value: [1], message: "")
    static let events: [Event] = [
        .ready, .unfit("why"), .chosen, .claimed, .targetGone, .givenUp("why"),
        .finished(success, at: now, chance: 0.5), .finished(failure, at: now, chance: 0.5),
        .cancel("why"), .deadlinePassed("why"), .committed, .refused(.queued), .refused(.done),
        .refused(.running), .notWritten, .abandoned(.running), .abandoned(.claimed),
        .abandoned(.done), .leaseLost, .stop,
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
        Step(.queued, .chosen, .claiming, [.claim]),
        Step(.queued, .givenUp("why"), end(.failed, .notFound), [.write]),
        Step(.queued, .cancel("why"), end(.cancelled, .cancelled), [.write]),
        Step(.queued, .deadlinePassed("why"), end(.failed, .deadline), [.write]),
        Step(.claiming, .claimed, .beginning, [.write]),
        Step(.claiming, .refused(.queued), .queued),
        Step(.claiming, .refused(.done), .ended(.done)),
        Step(.claiming, .refused(.running), .elsewhere),
        Step(.claiming, .notWritten, .queued),
        Step(.beginning, .targetGone, .moving(.release), [.write]),
        Step(.beginning, .committed, .running, [.run]),
        Step(.beginning, .refused(.queued), .queued),
        Step(.beginning, .refused(.done), .ended(.done)),
        Step(.beginning, .refused(.running), .elsewhere),
        Step(.beginning, .notWritten, .moving(.release), [.writeLater]),
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
        Step(.running, .leaseLost, .elsewhere, [.cancelCall]),
        Step(.running, .stop, .running, [.cancelCall]),
        Step(.moving(.toQueue), .committed, .queued),
        Step(.moving(.toQueue), .refused(.queued), .queued),
        Step(.moving(.toQueue), .refused(.done), .ended(.done)),
        Step(.moving(.toQueue), .refused(.running), .elsewhere),
        Step(.moving(.toQueue), .notWritten, .moving(.toQueue), [.writeLater]),
        Step(.moving(.release), .committed, .queued),
        Step(.moving(.release), .refused(.queued), .queued),
        Step(.moving(.release), .refused(.done), .ended(.done)),
        Step(.moving(.release), .refused(.running), .elsewhere),
        Step(.moving(.release), .notWritten, .moving(.release), [.writeLater]),
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
        Step(.elsewhere, .abandoned(.claimed), .moving(.release), [.write]),
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
        (Phase.claiming, Event.claimed, nil), (.claiming, .notWritten, nil),
        (.claiming, .refused(.queued), nil),
        (.beginning, .committed, AttemptEnd.How.released), (.moving(.toQueue), .committed, nil),
        (.moving(.release), .committed, nil), (again, .committed, nil),
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
        var life = Self.life(.running, attempts: 3, attemptsMax: 3)
        _ = life.handle(.finished(Self.failure, at: Self.now, chance: 0))
        let attempt = AttemptEnd(.failed, "why")
        #expect(life.phase == .moving(.end(.failed, Self.failure, attempt: attempt)))
    }

    /// A reload that nobody asked this task about, a stop, a crash.
    @Test(arguments: [(true, 1, true), (true, 7, true), (true, 8, false), (false, 1, false)])
    func `an attempt that is interrupted is repeated where it may be, but not for ever`(
        isIdempotent: Bool, attempts: Int, isRepeated: Bool
    ) {
        let cancelled = CallOutcome.failure(.cancelled, "it stopped because of a reload")
        let interruptions: [(Phase, [Event])] = [
            (.running, [.finished(cancelled, at: Self.now, chance: 0)]),
            (.running, [.stop, .finished(Self.failure, at: Self.now, chance: 0)]),
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
        life.claims(for: "us")
        _ = life.handle(.finished(Self.success, at: Self.now, chance: 0))
        let step = life.step(at: Self.now, start: nil)
        #expect(step?.from == [.running] && step?.to == .done)
        #expect(step?.owner == "us" && step?.attempt == 2)
        #expect(step?.outcome == Self.success && step?.ends == AttemptEnd(.succeeded))
        #expect(life.durability == .durable)
    }

    @Test func `a step that begins an attempt is as durable as the task demands`() {
        let start = AttemptStart(owner: "us", mode: .thread, build: "ab")
        for isIdempotent in [true, false] {
            var life = Self.life(.claiming, isIdempotent: isIdempotent)
            life.claims(for: "us")
            _ = life.handle(.claimed)
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
                case .claiming, .beginning, .running: #expect(life.holdsPlace)
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
