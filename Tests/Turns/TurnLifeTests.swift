import ModuleChat
import ModuleJSON
import Testing

@testable import KernelTurns

@Suite struct TurnLifeTests {
    private static func call(_ id: String, reads: Bool = false, task: String = "") -> TurnCall {
        TurnCall(
            id: id, TurnCall.Deed(task: task.isEmpty ? id : task, arguments: JSONObject()),
            onlyReads: reads)
    }

    private static func asking(_ limits: TurnLimits = TurnLimits()) -> TurnLife {
        var turn = TurnLife(limits)
        _ = turn.begin()
        _ = turn.prepared()
        return turn
    }

    private static func acting(_ calls: [TurnCall]) -> TurnLife {
        var turn = asking()
        _ = turn.answered(TurnAnswer(calls: calls))
        return turn
    }

    private let failure = ChatFailure(.network, "the server is gone")

    // MARK: The way through

    @Test func `an answer without calls ends the turn`() {
        var turn = TurnLife()
        #expect(turn.begin() == [.prepare])
        #expect(turn.prepared() == [.ask])
        #expect(turn.answered(TurnAnswer(finish: .length)) == [.end(.answered(.length))])
        #expect(turn.stage == .ended)
    }

    @Test func `what is done leads to the next question`() {
        var turn = Self.asking()
        #expect(turn.answered(TurnAnswer(calls: [Self.call("a")])) == [.judge(["a"])])
        #expect(turn.judged("a", .allowed) == [.run(["a"])])
        #expect(turn.acted("a") == [.prepare])
        #expect(turn.prepared() == [.ask])
    }

    @Test func `what only reads is judged and done side by side`() {
        var turn = Self.asking()
        let calls = ["a", "b", "c"].map { Self.call($0, reads: true) }
        #expect(turn.answered(TurnAnswer(calls: calls)) == [.judge(["a", "b", "c"])])
        #expect(turn.judged("b", .allowed) == [.run(["b"])])
        #expect(turn.judged("a", .refused("no")) == [.refuse(["a"], .refused("no"))])
        #expect(turn.acted("b") == [])
        #expect(turn.judged("c", .allowed) == [.run(["c"])])
        #expect(turn.acted("c") == [.prepare])
    }

    @Test func `one that changes something makes all wait for their turn`() {
        var turn = Self.asking()
        let calls = [Self.call("a", reads: true), Self.call("b"), Self.call("c", reads: true)]
        #expect(turn.answered(TurnAnswer(calls: calls)) == [.judge(["a"])])
        #expect(turn.judged("a", .allowed) == [.run(["a"])])
        #expect(turn.acted("a") == [.judge(["b"])])
        #expect(
            turn.judged("b", .unknown("it is gone")) == [
                .refuse(["b"], .unknown("it is gone")), .judge(["c"]),
            ])
        #expect(turn.judged("c", .allowed) == [.run(["c"])])
        #expect(turn.acted("c") == [.prepare])
    }

    @Test func `a refusal can end the turn`() {
        var turn = Self.acting([Self.call("a"), Self.call("b")])
        #expect(
            turn.judged("a", .refusedWithRest("stop")) == [
                .refuse(["a"], .refused("stop")), .refuse(["b"], .cancelled), .end(.cancelled),
            ])
    }

    // MARK: What breaks off

    @Test func `calls of an answer that broke off get a result`() {
        var turn = Self.asking()
        #expect(
            turn.failed(failure, calls: [Self.call("a")]) == [
                .refuse(["a"], .brokenOff), .end(.failed(failure)),
            ])
    }

    @Test func `a prompt that cannot be made ends the turn`() {
        var turn = TurnLife()
        _ = turn.begin()
        #expect(turn.unprepared(failure) == [.end(.failed(failure))])
    }

    @Test func `a stop waits for the answer, which stays`() {
        var turn = Self.asking()
        #expect(turn.stop(.cancelled) == [.stopAnswer])
        #expect(turn.stop(.interrupted) == [])
        #expect(
            turn.failed(ChatFailure(.cancelled, "cancelled"), calls: [Self.call("a")]) == [
                .refuse(["a"], .brokenOff), .end(.cancelled),
            ])
    }

    @Test func `an answer that was whole before the stop was heard does nothing more`() {
        var turn = Self.asking()
        _ = turn.stop(.cancelled)
        #expect(
            turn.answered(TurnAnswer(calls: [Self.call("a")])) == [
                .refuse(["a"], .cancelled), .end(.cancelled),
            ])
    }

    @Test func `a stop withdraws questions, and waits for what runs`() {
        var turn = Self.acting(["a", "b", "c"].map { Self.call($0, reads: true) })
        _ = turn.judged("a", .allowed)
        #expect(
            turn.stop(.cancelled) == [
                .withdraw(["b", "c"]), .refuse(["b", "c"], .cancelled), .stopCalls(["a"]),
            ])
        #expect(turn.judged("b", .allowed) == [])
        #expect(turn.acted("a") == [.end(.cancelled)])
        #expect(turn.acted("a") == [])
    }

    // MARK: What is said meanwhile

    @Test func `what is said meanwhile is heard before the next question`() {
        let message = SteeringMessage("look in docs too", from: "tty1")
        var turn = Self.acting([Self.call("a", reads: true)])
        #expect(turn.steer(message) == true)
        _ = turn.judged("a", .allowed)
        #expect(turn.acted("a") == [.say([message]), .prepare])
        #expect(turn.steering == [])
    }

    @Test func `what is said during the last answer makes another round`() {
        let message = SteeringMessage("and now?", from: "tty1")
        var turn = Self.asking()
        #expect(turn.steer(message) == true)
        #expect(turn.answered(TurnAnswer()) == [.say([message]), .prepare])
    }

    @Test func `what was not heard is left for the next turn`() {
        let message = SteeringMessage("and now?", from: "tty1")
        var turn = Self.asking()
        #expect(turn.steer(message) == true)
        _ = turn.failed(failure)
        #expect(turn.steering == [message])
        #expect(turn.steer(message) == false)
    }

    // MARK: Limits

    @Test func `rounds are limited`() {
        var turn = Self.asking(TurnLimits(rounds: 1))
        _ = turn.answered(TurnAnswer(calls: [Self.call("a", reads: true)]))
        _ = turn.judged("a", .allowed)
        #expect(turn.acted("a") == [.end(.limit(.rounds(1)))])
    }

    @Test(arguments: [
        (TurnLimits(tokens: 30), TurnLimit.tokens(30)), (TurnLimits(cost: 0.5), .cost(0.5)),
    ])
    func `tokens and cost are limited`(limits: TurnLimits, limit: TurnLimit) {
        var turn = Self.asking(limits)
        _ = turn.answered(
            TurnAnswer(
                calls: [Self.call("a")], usage: ChatUsage(input: 20, output: 10), cost: 0.5))
        _ = turn.judged("a", .refused("no"))
        #expect(turn.stage == .ended)
        var other = Self.asking(limits)
        _ = other.answered(TurnAnswer(calls: [Self.call("a")]))
        #expect(other.judged("a", .refused("no")) == [.refuse(["a"], .refused("no")), .prepare])
    }

    @Test func `the same call is made a few times, and then ends the turn`() {
        var turn = Self.asking(TurnLimits(sameCalls: 2))
        for number in 1...2 {
            let id = "call-\(number)"
            #expect(
                turn.answered(TurnAnswer(calls: [Self.call(id, task: "fs.read")]))
                    == [.judge([id])])
            _ = turn.judged(id, .allowed)
            #expect(turn.acted(id) == [.prepare])
            _ = turn.prepared()
        }
        #expect(
            turn.answered(TurnAnswer(calls: [Self.call("call-3", task: "fs.read")])) == [
                .refuse(["call-3"], .repeated), .end(.limit(.repeats)),
            ])
    }

    @Test func `beside something new a repeated call is only refused`() {
        var turn = Self.asking(TurnLimits(sameCalls: 1))
        let calls = [
            Self.call("a", reads: true, task: "fs.read"),
            Self.call("b", reads: true, task: "fs.read"),
        ]
        #expect(
            turn.answered(TurnAnswer(calls: calls)) == [
                .refuse(["b"], .repeated), .judge(["a"]),
            ])
        _ = turn.judged("a", .allowed)
        #expect(turn.acted("a") == [.prepare])
    }
}
