/// Which lifecycle function of an instance may run now: a value without I/O.
package struct InstanceLife: Sendable, Hashable {
    package enum State: Sendable, Hashable {
        case created
        case active
        case destroyed
    }

    package private(set) var state: State = .created

    package init() {}

    /// Each returns false, and changes nothing, where the contract forbids the step.
    package mutating func start() -> Bool { move(from: .created, to: .active) }
    package mutating func stop() -> Bool { move(from: .active, to: .created) }
    package mutating func destroy() -> Bool { move(from: .created, to: .destroyed) }

    /// `configure` and `save` are allowed all the time that the instance exists.
    package var mayConfigureAndSave: Bool { state != .destroyed }
    /// `load` and `self_test` come before the work begins.
    package var mayLoad: Bool { state == .created }
    package var mayCall: Bool { state == .active }

    private mutating func move(from: State, to: State) -> Bool {
        guard state == from else { return false }
        state = to
        return true
    }
}
