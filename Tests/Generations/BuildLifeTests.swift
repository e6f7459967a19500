import KernelBuilds
import KernelGenerations
import Testing

/// Drives the life of a build through every plan and every sequence of events.
@Suite struct BuildLifeTests {
    struct Walk: Sendable {
        let plan: BuildLife.Plan
        var life: BuildLife
        var actions: [BuildLife.Action]
        var state: BuildLife.State { life.state }

        var end: BuildLife.End? {
            if case .ended(let end) = life.state { return end }
            return nil
        }
    }

    private static let plans = [true, false].flatMap { maps in
        [true, false].flatMap { handsOver in
            [true, false].map { replaces in
                BuildLife.Plan(maps: maps, handsOver: handsOver, replaces: replaces)
            }
        }
    }

    private static func canFail(_ state: BuildLife.State) -> Bool {
        switch state {
        case .swapping, .returning, .ended: false
        default: true
        }
    }

    /// Every walk from the beginning to an end.
    private static let walks: [Walk] = plans.flatMap { plan -> [Walk] in
        var life = BuildLife()
        let first = life.firstAction
        life.decide(plan)
        var open = [Walk(plan: plan, life: life, actions: [first])]
        var ended: [Walk] = []
        while let walk = open.popLast() {
            guard walk.end == nil else {
                ended.append(walk)
                continue
            }
            let events: [BuildLife.Event] =
                canFail(walk.state) ? [.succeeded, .failed] : [.succeeded]
            for event in events {
                var next = walk
                next.actions.append(next.life.next(event))
                open.append(next)
            }
        }
        return ended
    }

    @Test func `every sequence of events ends`() {
        #expect(Self.walks.count > 30)
        #expect(Self.walks.allSatisfy { $0.actions.count <= 12 })
    }

    @Test func `a failure before the swap never swaps`() {
        for walk in Self.walks where walk.end == .refused {
            #expect(!walk.actions.contains(.swap), "\(walk.actions)")
            #expect(!walk.actions.contains(.retireOld))
        }
    }

    @Test
    func `a build that serves was swapped in once, after its probe, and then the old one retires`()
    {
        for walk in Self.walks where walk.end == .serving {
            #expect(walk.actions.first == .probe)
            #expect(walk.actions.filter { $0 == .swap }.count == 1)
            #expect(walk.actions.last == .retireOld)
        }
    }

    @Test func `what was held is released exactly once`() {
        for walk in Self.walks {
            let holds = walk.actions.filter { $0 == .drain }.count
            let releases = walk.actions.filter { action in
                if case .abandon(_, let releases) = action { return releases }
                return action == .swap
            }.count
            #expect(holds <= 1)
            #expect(holds == 0 || releases == 1, "\(walk.actions)")
            if holds == 0 && walk.end == .refused { #expect(releases == 0) }
        }
    }

    @Test func `the old build starts again exactly if it was stopped and nothing took its place`() {
        for walk in Self.walks {
            let wasStopped = walk.actions.contains(.handOver)
            let restarts = walk.actions.contains { action in
                if case .abandon(let restartsOld, _) = action { return restartsOld }
                return false
            }
            #expect(restarts == (wasStopped && walk.end == .refused), "\(walk.actions)")
        }
    }

    @Test func `a state is handed over only between a drain and a start`() {
        for walk in Self.walks where walk.actions.contains(.handOver) {
            #expect(walk.plan.handsOver && walk.plan.maps)
            let index = walk.actions.firstIndex(of: .handOver) ?? 0
            #expect(walk.actions[index - 1] == .drain)
            if walk.actions.count > index + 1, case .abandon = walk.actions[index + 1] { continue }
            #expect(walk.actions[index + 1] == .start)
        }
    }

    @Test func `a module that nobody uses yet is not mapped`() {
        for walk in Self.walks where !walk.plan.maps && walk.end == .serving {
            #expect(walk.actions == [.probe, .swap, .retireOld])
        }
    }

    @Test func `only a mapped build that replaces another is on probation, and may be returned`() {
        for walk in Self.walks {
            let watches = walk.actions.contains(.watch)
            if watches { #expect(walk.plan.maps && walk.plan.replaces) }
            if walk.end == .returned {
                #expect(watches)
                #expect(Array(walk.actions.suffix(2)) == [.returnToOld, .finish])
            }
        }
        #expect(Self.walks.contains { $0.end == .returned })
    }
}
