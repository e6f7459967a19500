import KernelModels
import ModuleChat
import Testing

@Suite struct CircuitTests {
    private static let second: UInt64 = 1_000_000_000
    private static let failure = ChatFailure(.server, "down")

    /// One that has just opened, at 0.
    private static func opened() -> Circuit {
        var circuit = Circuit()
        for _ in 0..<5 {
            #expect(circuit.enter(now: 0) == .open(trial: nil))
            circuit.failed(failure, trial: nil, now: 0)
        }
        return circuit
    }

    @Test func `a circuit opens after five failures, lets one through, and closes when it works`() {
        var circuit = Self.opened()
        #expect(circuit.enter(now: 0) == .shut(untilNanoseconds: 15 * Self.second))
        #expect(circuit.lastFailure == Self.failure)
        // One tries; the others wait for it.
        #expect(circuit.enter(now: 15 * Self.second) == .open(trial: 1))
        #expect(circuit.enter(now: 15 * Self.second) == .tried)
        circuit.failed(Self.failure, trial: 1, now: 16 * Self.second)
        #expect(circuit.enter(now: 20 * Self.second) == .shut(untilNanoseconds: 46 * Self.second))
        #expect(circuit.enter(now: 46 * Self.second) == .open(trial: 2))
        circuit.worked()
        #expect(circuit.enter(now: 46 * Self.second) == .open(trial: nil))
        #expect(circuit.enter(now: 46 * Self.second) == .open(trial: nil))
    }

    @Test func `a trial that says nothing leaves its place to another`() {
        var circuit = Self.opened()
        #expect(circuit.enter(now: 15 * Self.second) == .open(trial: 1))
        circuit.saidNothing(trial: nil)
        #expect(circuit.enter(now: 15 * Self.second) == .tried)
        circuit.saidNothing(trial: 1)
        #expect(circuit.enter(now: 15 * Self.second) == .open(trial: 2))
        circuit.saidNothing(trial: 1)
        #expect(circuit.enter(now: 15 * Self.second) == .tried)
    }

    @Test func `a trial without an end is not waited for for ever`() {
        var circuit = Self.opened()
        _ = circuit.enter(now: 15 * Self.second)
        #expect(circuit.enter(now: 614 * Self.second) == .tried)
        #expect(circuit.enter(now: 615 * Self.second) == .open(trial: 2))
    }

    @Test func `questions that were let in before count once, together`() {
        var circuit = Self.opened()
        for _ in 0..<20 { circuit.failed(Self.failure, trial: nil, now: Self.second) }
        #expect(circuit.enter(now: 14 * Self.second) == .shut(untilNanoseconds: 15 * Self.second))
        #expect(circuit.shutUntil(now: 14 * Self.second) == 15 * Self.second)
        #expect(circuit.shutUntil(now: 15 * Self.second) == nil)
        _ = circuit.enter(now: 15 * Self.second)
        circuit.failed(Self.failure, trial: nil, now: 16 * Self.second)
        #expect(circuit.enter(now: 16 * Self.second) == .tried)
    }

    @Test(arguments: [
        (ChatFailure.Kind.network, true), (.overloaded, true), (.stalled, true), (.cutShort, true),
        (.server, true), (.authentication, false), (.rateLimit, false), (.badRequest, false),
        (.contextTooLong, false), (.blocked, false), (.cancelled, false), (.malformed, false),
    ]) func `only failures of the server open its circuit`(
        kind: ChatFailure.Kind, isOfServer: Bool
    ) {
        #expect(Circuit.isOfServer(ChatFailure(kind, "")) == isOfServer)
    }
}
