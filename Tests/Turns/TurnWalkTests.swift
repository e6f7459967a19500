import ModuleChat
import ModuleJSON
import Testing

@testable import KernelTurns

/// Events in any order, the impossible ones too.
@Suite struct TurnWalkTests {
    /// What an engine would know of a turn.
    private struct Walk {
        var turn: TurnLife
        var random: SplitMix
        /// Calls that stand in the chat, and how many results each of them has.
        var results: [String: Int] = [:]
        var asked: Set<String> = []
        var running: Set<String> = []
        var ends: [TurnEnd] = []
        var isPreparing = false
        var isAnswering = false
        var said: [SteeringMessage] = []
        var steered: [SteeringMessage] = []
        var last = 0

        mutating func carryOut(_ actions: [TurnLife.Action]) {
            for action in actions {
                #expect(ends.isEmpty, "\(action) after the end")
                switch action {
                case .prepare:
                    #expect(!isPreparing && !isAnswering && running.isEmpty)
                    #expect(results.values.allSatisfy { $0 == 1 }, "asked with an open call")
                    isPreparing = true
                case .say(let messages): said += messages
                case .ask:
                    isPreparing = false
                    isAnswering = true
                case .stopAnswer: #expect(isAnswering)
                case .judge(let ids): asked.formUnion(ids)
                case .withdraw(let ids): asked.subtract(ids)
                case .run(let ids): running.formUnion(ids)
                case .stopCalls(let ids): #expect(running == Set(ids))
                case .refuse(let ids, _): for id in ids { results[id, default: 0] += 1 }
                case .end(let how): ends.append(how)
                }
            }
        }

        mutating func calls() -> [TurnCall] {
            (0..<random.below(4)).map { _ in
                last += 1
                results["\(last)"] = 0
                return TurnCall(
                    id: "\(last)",
                    TurnCall.Deed(task: "t\(random.below(3))", arguments: JSONObject()),
                    onlyReads: random.below(2) == 0)
            }
        }

        mutating func step() {
            switch random.below(9) {
            case 0: carryOut(turn.begin())
            case 1: carryOut(turn.prepared())
            case 2:
                guard isAnswering else { return carryOut(turn.answered(TurnAnswer())) }
                isAnswering = false
                let usage = ChatUsage(input: random.below(50), output: random.below(50))
                carryOut(turn.answered(TurnAnswer(calls: calls(), usage: usage)))
            case 3:
                let failure = ChatFailure(.network, "gone")
                guard isAnswering else { return carryOut(turn.failed(failure)) }
                isAnswering = false
                carryOut(turn.failed(failure, calls: calls()))
            case 4, 5: judge()
            case 6:
                guard let id = running.sorted().first else { return }
                running.remove(id)
                results[id, default: 0] += 1
                carryOut(turn.acted(id))
            case 7 where random.below(20) == 0:
                carryOut(turn.stop(random.below(2) == 0 ? .cancelled : .interrupted))
            default:
                let message = SteeringMessage("\(last)", from: "walk")
                if random.below(10) == 0, turn.steer(message) { steered.append(message) }
            }
        }

        private mutating func judge() {
            let verdicts: [TurnVerdict] = [
                .allowed, .allowed, .refused("no"), .unknown("gone"), .refusedWithRest("stop"),
            ]
            // One that nobody asks about, now and then.
            let id = random.below(10) == 0 ? "\(random.below(30))" : asked.sorted().first
            guard let id else { return }
            let isAsked = asked.remove(id) != nil
            let actions = turn.judged(id, verdicts[random.below(verdicts.count)])
            if !isAsked { #expect(actions == []) }
            carryOut(actions)
        }
    }

    @Test func `no walk leaves a call without its one result, or ends twice`() {
        for seed in 0..<3_000 {
            var walk = Walk(
                turn: TurnLife(TurnLimits(rounds: 5, sameCalls: 2, tokens: 400)),
                random: SplitMix(seed: UInt64(seed)))
            walk.carryOut(walk.turn.begin())
            var steps = 0
            while walk.ends.isEmpty, steps < 20_000 {
                walk.step()
                steps += 1
            }
            #expect(walk.ends.count == 1, "seed \(seed)")
            #expect(walk.results.values.allSatisfy { $0 == 1 }, "seed \(seed): \(walk.results)")
            #expect(walk.running.isEmpty && walk.asked.isEmpty, "seed \(seed)")
            #expect(walk.said + walk.turn.steering == walk.steered, "seed \(seed)")
            #expect(walk.turn.stage == .ended)
        }
    }
}

/// The same numbers for the same seed.
struct SplitMix {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func below(_ count: Int) -> Int {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return Int((mixed ^ (mixed >> 31)) % UInt64(count))
    }
}
