/// The life of a build from the moment its file has been taken in: which step comes next, and
/// what a failure undoes. A value without I/O; `BuildTransaction` does what it says.
///
///     probe -> map -> configure -> (drain -> hand over) -> start -> swap -> probation -> retire
///
/// A failure at any step before the swap leaves the old generation as it was.
package struct BuildLife: Sendable, Hashable {
    package struct Plan: Sendable, Hashable {
        /// The module is in use in this process: the new build is mapped before it is swapped in.
        /// A module that nobody has called yet is mapped on first use.
        package var maps: Bool
        /// State or resources go from the old instance to the new one, so that no call may run
        /// meanwhile.
        package var handsOver: Bool
        /// There is another build to return to.
        package var replaces: Bool

        package init(maps: Bool, handsOver: Bool, replaces: Bool) {
            self.maps = maps
            self.handsOver = handsOver
            self.replaces = replaces
        }
    }

    package enum State: Sendable, Hashable {
        case probing
        case mapping
        case configuring
        case draining
        case handingOver
        case starting(isHeld: Bool)
        case swapping(isHeld: Bool)
        case onProbation
        case returning
        case ended(End)
    }

    package enum End: Sendable, Hashable {
        case serving
        case refused
        case returned
    }

    package enum Event: Sendable, Hashable {
        case succeeded
        case failed
    }

    package enum Action: Sendable, Hashable {
        case probe
        case map
        case configure
        /// Hold new calls, and wait for those in flight.
        case drain
        /// Stop the old instance and carry its state to the new one.
        case handOver
        case start
        /// Put the new generation in the old one's place, and let held calls go.
        case swap
        /// Throw the new generation away; if the old one was stopped it starts again, and held
        /// calls go to it.
        case abandon(restartsOld: Bool, releases: Bool)
        case watch
        /// Put the old generation back.
        case returnToOld
        case retireOld
        case finish
    }

    package private(set) var state: State = .probing
    private var plan = Plan(maps: false, handsOver: false, replaces: false)

    package init() {}

    package var firstAction: Action { .probe }

    /// The plan is known once the probe has told what the module is.
    package mutating func decide(_ plan: Plan) {
        precondition(state == .probing, "the plan is made before the build is used")
        self.plan = plan
    }

    package mutating func next(_ event: Event) -> Action {
        event == .succeeded ? nextAfterSuccess() : nextAfterFailure()
    }

    private mutating func nextAfterSuccess() -> Action {
        switch state {
        case .probing where plan.maps: return go(.mapping, .map)
        case .probing: return go(.swapping(isHeld: false), .swap)
        case .mapping: return go(.configuring, .configure)
        case .configuring where plan.handsOver: return go(.draining, .drain)
        case .configuring: return go(.starting(isHeld: false), .start)
        case .draining: return go(.handingOver, .handOver)
        case .handingOver: return go(.starting(isHeld: true), .start)
        case .starting(let isHeld): return go(.swapping(isHeld: isHeld), .swap)
        case .swapping where plan.replaces && plan.maps: return go(.onProbation, .watch)
        case .swapping: return go(.ended(.serving), .retireOld)
        case .onProbation: return go(.ended(.serving), .retireOld)
        case .returning: return go(.ended(.returned), .finish)
        case .ended: preconditionFailure("an ended build has no next step")
        }
    }

    private mutating func nextAfterFailure() -> Action {
        switch state {
        case .probing, .mapping, .configuring, .starting(isHeld: false):
            return go(.ended(.refused), .abandon(restartsOld: false, releases: false))
        case .draining:
            return go(.ended(.refused), .abandon(restartsOld: false, releases: true))
        case .handingOver, .starting(isHeld: true):
            return go(.ended(.refused), .abandon(restartsOld: true, releases: true))
        case .onProbation:
            return go(.returning, .returnToOld)
        case .swapping, .returning, .ended:
            preconditionFailure("\(state) cannot fail")
        }
    }

    private mutating func go(_ state: State, _ action: Action) -> Action {
        self.state = state
        return action
    }
}
