import KernelDatabase
import Testing

struct CheckpointPolicyTests {
    @Test(arguments: [
        (0, CheckpointPolicy.Action.none), (999, .none), (1_000, .copy), (3_999, .copy),
        (4_000, restart(20)), (7_999, restart(20)), (8_000, restart(80)),
        (16_000, restart(320, interrupts: true)), (1_000_000, restart(1_000, interrupts: true)),
    ])
    func `the larger a log, the more is done`(pages: Int, action: CheckpointPolicy.Action) {
        var policy = CheckpointPolicy()
        #expect(policy.action(afterCommit: pages) == action)
    }

    private static func restart(
        _ patience: Int32, interrupts: Bool = false
    ) -> CheckpointPolicy.Action {
        .restart(patienceMilliseconds: patience, interruptsLongReads: interrupts)
    }

    @Test func `a log that goes on is not copied after each commit`() {
        var policy = CheckpointPolicy()
        let actions = [1_000, 1_010, 1_999, 2_000, 2_500, 3_200, 4_100, 4_200, 5_100].map {
            policy.action(afterCommit: $0)
        }
        #expect(
            actions == [
                .copy, .none, .none, .copy, .none, .copy, .none, Self.restart(20), .none,
            ])
    }

    @Test func `a log that has begun anew is copied from its size on`() {
        var policy = CheckpointPolicy()
        let actions = [3_000, 40, 900, 1_000].map { policy.action(afterCommit: $0) }
        #expect(actions == [.copy, .none, .none, .copy])
    }
}
