import KernelHosting
import Testing

@Suite struct InstanceLifeTests {
    private enum Step: CaseIterable {
        case start, stop, destroy

        func take(_ life: inout InstanceLife) -> Bool {
            switch self {
            case .start: life.start()
            case .stop: life.stop()
            case .destroy: life.destroy()
            }
        }

        /// The one state from which the step is allowed, and where it leads.
        var allowed: (from: InstanceLife.State, to: InstanceLife.State) {
            switch self {
            case .start: (.created, .active)
            case .stop: (.active, .created)
            case .destroy: (.created, .destroyed)
            }
        }
    }

    private func life(in state: InstanceLife.State) -> InstanceLife {
        var life = InstanceLife()
        if state == .active { _ = life.start() }
        if state == .destroyed { _ = life.destroy() }
        return life
    }

    @Test(arguments: [InstanceLife.State.created, .active, .destroyed])
    func `each step is allowed from one state only, and changes nothing elsewhere`(
        state: InstanceLife.State
    ) {
        for step in Step.allCases {
            var life = life(in: state)
            #expect(step.take(&life) == (state == step.allowed.from), "\(step) in \(state)")
            #expect(life.state == (state == step.allowed.from ? step.allowed.to : state))
        }
    }

    @Test func `what may be called follows the state`() {
        #expect(life(in: .created).mayLoad)
        #expect(life(in: .created).mayConfigureAndSave)
        #expect(!life(in: .created).mayCall)
        #expect(!life(in: .active).mayLoad)
        #expect(life(in: .active).mayConfigureAndSave)
        #expect(life(in: .active).mayCall)
        #expect(!life(in: .destroyed).mayLoad)
        #expect(!life(in: .destroyed).mayConfigureAndSave)
        #expect(!life(in: .destroyed).mayCall)
    }

    @Test func `an instance starts again after a stop`() {
        var life = InstanceLife()
        #expect(life.start() && life.stop() && life.start() && life.stop() && life.destroy())
    }
}
