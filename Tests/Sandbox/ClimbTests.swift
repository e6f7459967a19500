import KernelSandbox
import KernelSystem
import KernelTesting
import Testing

/// Each wall is climbed, by an ordinary user, at what belongs to that user. The same climbs are
/// made without walls, and succeed: it is the wall that holds, and not something else.
@Suite(.blocking) struct ClimbTests {
    /// All that this system has, and what Debian 12's kernel has.
    @Test(arguments: [nil, 2] as [UInt32?])
    func `no climb leads over the walls, and each failure names what is missing`(
        landlock: UInt32?
    ) throws {
        let bench = try ClimbingBench()
        var walls = try bench.walls(write: [bench.folder.file("inside")])
        walls.landlockVersionMax = landlock
        for climb in Climb.all(bench) {
            let end = try bench.climb(climb.name, climb.what, walls)
            #expect(end.isRefused, "\(climb.name) \(climb.what): \(end)")
            #expect(end.text.contains(climb.words), "\(climb.name) \(climb.what): \(end)")
        }
        #expect(try Files.read(bench.folder.file("outside/file"), bytesMax: 64).count == 6)
    }

    @Test func `without walls the same climbs succeed`() throws {
        let bench = try ClimbingBench()
        let walls = try bench.walls(strength: .off)
        for climb in Climb.all(bench) where climb.without == .succeeds {
            let end = try bench.climb(climb.name, climb.what, walls)
            #expect(!end.isRefused, "\(climb.name) \(climb.what): \(end)")
        }
    }

    @Test(.enabled(if: ProcessFacts.user == 0, "only root can start a zygote in a changed root"))
    func `without namespaces the other walls hold alone`() throws {
        let bench = try ClimbingBench(.withoutNamespaces)
        let walls = try bench.walls(write: [bench.folder.file("inside")])
        let open = try bench.walls(strength: .off)
        for climb in Climb.all(bench) where climb.without == .succeedsOutsideNamespaces {
            let end = try bench.climb(climb.name, climb.what, walls)
            #expect(end.isRefused, "\(climb.name) \(climb.what): \(end)")
            let without = try bench.climb(climb.name, climb.what, open)
            #expect(without.isClimbed, "\(climb.name) \(climb.what): \(without)")
        }
    }
}
