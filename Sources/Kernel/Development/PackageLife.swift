/// When a package is built: a value without I/O or clock. Event in, action out.
///
/// An event in a folder is a hint. Once there was none for a little while, the sources are looked
/// at; if they differ from what was built last they are built, and a build of what has become old
/// is ended first.
package struct PackageLife: Sendable {
    package enum Event: Sendable, Hashable {
        /// Something may have changed.
        case hint(nowNanoseconds: UInt64)
        /// The alarm rang.
        case rang(nowNanoseconds: UInt64)
        case looked(PackageSnapshot)
        case buildEnded
        case stop
    }

    package enum Action: Sendable, Hashable {
        case none
        case wait(untilNanoseconds: UInt64)
        case look
        case build
        /// Then `buildEnded` follows.
        case endBuild
    }

    private enum Phase: Hashable {
        case idle
        case building
        /// The build is being ended.
        case ending
        case stopped
    }

    package static let quietNanoseconds: UInt64 = 100_000_000
    /// However often files are written, they are looked at after this long.
    package static let quietMaxNanoseconds: UInt64 = 2_000_000_000

    private var phase = Phase.idle
    /// What was built last, or is being built.
    private var built: PackageSnapshot?
    /// What is to be built once the running build has been ended.
    private var wanted: PackageSnapshot?
    private var firstHint: UInt64?
    private var due: UInt64?

    package init() {}

    /// What is being built is old already.
    package var isEndingBuild: Bool { phase == .ending }

    package mutating func next(_ event: Event) -> Action {
        guard phase != .stopped else { return .none }
        switch event {
        case .hint(let now): return hinted(now)
        case .rang(let now): return rang(now)
        case .looked(let snapshot): return looked(snapshot)
        case .buildEnded: return ended()
        case .stop:
            let isBuilding = phase != .idle
            phase = .stopped
            return isBuilding ? .endBuild : .none
        }
    }

    private mutating func hinted(_ now: UInt64) -> Action {
        let first = firstHint ?? now
        let newDue = min(now + Self.quietNanoseconds, first + Self.quietMaxNanoseconds)
        firstHint = first
        let isWaiting = due != nil
        due = newDue
        return isWaiting ? .none : .wait(untilNanoseconds: newDue)
    }

    private mutating func rang(_ now: UInt64) -> Action {
        guard let due else { return .none }
        guard now >= due else { return .wait(untilNanoseconds: due) }
        self.due = nil
        firstHint = nil
        return .look
    }

    private mutating func looked(_ snapshot: PackageSnapshot) -> Action {
        switch phase {
        case .idle:
            guard snapshot != built else { return .none }
            built = snapshot
            phase = .building
            return .build
        case .building:
            guard snapshot != built else { return .none }
            wanted = snapshot
            phase = .ending
            return .endBuild
        case .ending:
            wanted = snapshot
            return .none
        case .stopped:
            return .none
        }
    }

    private mutating func ended() -> Action {
        guard phase == .ending, let wanted else {
            phase = .idle
            return .none
        }
        built = wanted
        self.wanted = nil
        phase = .building
        return .build
    }
}
