import KernelModels
import Testing

@testable import KernelLocal

struct ServerLifeTests {
    private static let second: UInt64 = 1_000_000_000

    /// A life with what was told to it and what it said.
    private struct Told {
        var life = ServerLife()
        var policy = ServerLife.Policy()
        var now: UInt64 = 1_000 * ServerLifeTests.second

        mutating func take(_ events: ServerLife.Event...) -> [ServerLife.Action] {
            var actions: [ServerLife.Action] = []
            for event in events { actions = life.take(event, policy, now: now) }
            return actions
        }

        mutating func pass(seconds: Double) {
            now += UInt64(seconds * Double(ServerLifeTests.second))
        }

        mutating func becomeReady() {
            _ = take(.wanted, .foundNone, .room, .answersLoading, .answersReady)
        }

        var seconds: Double? {
            life.dueNanoseconds(policy).map { ($0 > now ? Double($0 - now) : 0) / 1e9 }
        }
    }

    private static let crash = ServerEnd(kind: .crash, reason: "it was ended by SIGSEGV")

    @Test func `a model that is wanted is looked for, given room, started and told of`() {
        var told = Told()
        #expect(told.take(.wanted) == [.look])
        #expect(told.take(.foundNone) == [.askForRoom])
        #expect(told.take(.room) == [.start])
        #expect(told.life.state == .starting(since: told.now))
        #expect(told.take(.answersLoading) == [])
        #expect(told.life.state == .loading(since: told.now))
        #expect(told.take(.answersReady) == [.tellReady])
        #expect(told.take(.wanted) == [.tellReady])
    }

    @Test func `the progress of a start that is a moment old is none`() {
        let server = LocalServer(LocalModel(name: "m", file: "/m.gguf"), token: 1)
        for event in [ServerLife.Event.wanted, .foundNone, .room] {
            _ = server.life.take(event, server.policy, now: 100)
        }
        server.expectedLoadSeconds = 1
        server.startedNanoseconds = 100
        #expect(server.progress(now: 99).fraction == nil)
        #expect(server.progress(now: 500_000_100).fraction == 0.5)
    }

    @Test func `somebody else's server is used and never stopped`() {
        var told = Told()
        #expect(told.take(.wanted, .foundLent) == [.tellReady])
        #expect(told.life.state == .lent && !told.life.isRunning)
        #expect(told.take(.rest) == [])
        #expect(told.take(.wanted, .foundLent, .unwanted) == [])
        #expect(told.life.state == .idle)
    }

    @Test func `a model that nobody has is unloaded after its time, and never before`() {
        var told = Told()
        told.policy.idleSeconds = 60
        told.becomeReady()
        #expect(told.seconds == nil)
        told.pass(seconds: 1_000)
        #expect(told.take(.due) == [])
        #expect(told.take(.unwanted) == [])
        #expect(told.seconds == 60)
        told.pass(seconds: 59)
        #expect(told.take(.due) == [])
        told.pass(seconds: 1)
        #expect(told.take(.due) == [.terminate])
        #expect(told.take(.ended(Self.crash)) == [])
        #expect(told.life.state == .idle)
    }

    @Test func `without a time it stays for ever`() {
        var told = Told()
        told.becomeReady()
        _ = told.take(.unwanted)
        #expect(told.seconds == nil)
    }

    @Test func `a server that streams gets a second signal, and is killed in the end`() {
        var told = Told()
        told.becomeReady()
        #expect(told.take(.rest) == [.terminate])
        #expect(told.seconds == 0.5)
        told.pass(seconds: 0.5)
        #expect(told.take(.due) == [.terminate])
        #expect(told.seconds == 2.5)
        told.pass(seconds: 2.5)
        #expect(told.take(.due) == [.kill])
        #expect(told.seconds == nil)
    }

    @Test func `who wants it while it is being stopped gets it afterwards`() {
        var told = Told()
        told.becomeReady()
        _ = told.take(.unwanted, .rest)
        #expect(told.take(.wanted) == [])
        #expect(told.take(.ended(Self.crash)) == [.look])
    }

    @Test func `loading has a deadline`() {
        var told = Told()
        told.policy.loadSeconds = 5
        _ = told.take(.wanted, .foundNone, .room, .answersLoading)
        #expect(told.seconds == 5)
        told.pass(seconds: 5)
        #expect(told.take(.due) == [.terminate])
        guard case .tellFailure(let reason) = told.take(.ended(Self.crash)).first else {
            Issue.record("nobody was told")
            return
        }
        #expect(reason.contains("5.0 s") && reason.contains("load_seconds"))
        #expect(told.life.state == .failed(reason))
        #expect(told.take(.wanted) == [.tellFailure(reason)])
    }

    @Test func `a program that answers as no llama-server does is ended and told of`() {
        var told = Told()
        _ = told.take(.wanted, .foundNone, .room)
        #expect(told.take(.answersWrongly("no")) == [.terminate])
        #expect(told.take(.ended(Self.crash)) == [.tellFailure("no")])
        told = Told()
        told.becomeReady()
        #expect(told.take(.answersWrongly("no")) == [])
    }

    @Test func `a crash is mended at once if somebody has it, then after longer and longer`() {
        var told = Told()
        told.becomeReady()
        var pauses: [Double] = []
        for _ in 0..<4 {
            #expect(told.take(.ended(Self.crash)) == [])
            pauses.append(told.seconds ?? -1)
            told.pass(seconds: told.seconds ?? 0)
            #expect(told.take(.due) == [.askForRoom])
            #expect(told.take(.room) == [.start])
            _ = told.take(.answersReady)
        }
        #expect(pauses == [0, 1, 2, 4])
        guard case .tellFailure(let reason) = told.take(.ended(Self.crash)).first else {
            Issue.record("it went on for ever")
            return
        }
        #expect(reason.contains("5 times") && reason.contains(Self.crash.reason))
        #expect(told.take(.forgiven) == [] && told.life.state == .idle)
        #expect(told.life.crashes == 0)
    }

    @Test func `a crash after a calm time is a first one`() {
        var told = Told()
        told.becomeReady()
        for _ in 0..<20 {
            told.pass(seconds: ServerLife.Policy.calmSeconds)
            _ = told.take(.ended(Self.crash), .due, .room, .answersReady)
            #expect(told.life.state == .ready && told.life.crashes == 1)
        }
    }

    @Test func `a crash that nobody waits for is left alone until somebody does`() {
        var told = Told()
        told.becomeReady()
        _ = told.take(.unwanted, .ended(Self.crash))
        #expect(told.take(.due) == [])
        #expect(told.life.state == .idle)
        #expect(told.take(.wanted) == [.look])
    }

    @Test func `a port that was taken is exchanged, unless it is a fixed one`() {
        let taken = ServerEnd(kind: .portTaken, reason: "the port 1 is taken")
        var told = Told()
        _ = told.take(.wanted, .foundNone, .room)
        for _ in 1..<ServerLife.Policy.portTriesMax {
            #expect(told.take(.ended(taken)) == [.start])
        }
        #expect(told.take(.ended(taken)) == [.tellFailure(taken.reason)])
        #expect(told.life.state == .idle)

        told = Told()
        told.policy.hasFixedPort = true
        _ = told.take(.wanted, .foundNone, .room)
        #expect(told.take(.ended(taken)) == [.tellFailure(taken.reason)])
    }

    @Test func `what can only fail again is not tried again; short memory is`() {
        for kind in [ServerEnd.Kind.hopeless, .outOfMemory] {
            var told = Told()
            _ = told.take(.wanted, .foundNone, .room, .answersLoading)
            let end = ServerEnd(kind: kind, reason: "so")
            #expect(told.take(.ended(end)) == [.tellFailure("so")])
            _ = told.take(.unwanted)
            let expected: [ServerLife.Action] =
                kind == .hopeless ? [.tellFailure("so")] : [.look]
            #expect(told.take(.wanted) == expected)
        }
    }

    @Test func `no event in any order ends with a program that runs unseen`() {
        let end = ServerEnd(kind: .crash, reason: "crash")
        let events: [ServerLife.Event] = [
            .wanted, .unwanted, .forgiven, .foundLent, .foundNone, .room, .noRoom("no"),
            .startFailed("no"), .answersLoading, .answersReady, .ended(end), .rest, .due,
        ]
        var generator = Steps(state: 7)
        for _ in 0..<2_000 {
            var told = Told()
            told.policy.idleSeconds = 10
            var runs = false
            for _ in 0..<40 {
                let event = events[Int(generator.next() % UInt64(events.count))]
                // What only a program can say is said by none.
                if case .ended = event, !runs { continue }
                if case .startFailed = event { continue }
                if case .ended = event { runs = false }
                let before = runs
                for action in told.take(event) where action == .start {
                    #expect(!before, "a second program was started")
                    runs = true
                }
                #expect(told.life.isRunning == runs)
                told.pass(seconds: Double(generator.next() % 20))
            }
        }
    }

    /// The same numbers each time.
    private struct Steps {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
    }
}
