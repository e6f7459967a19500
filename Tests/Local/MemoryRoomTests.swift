import Testing

@testable import KernelLocal

struct MemoryRoomTests {
    private func room(_ tenants: MemoryRoom.Tenant...) -> MemoryRoom {
        MemoryRoom(bytes: 100, tenants: tenants)
    }

    private func tenant(
        _ name: String, _ bytes: Int, wanted: Bool = false, leaving: Bool = false,
        idleSince: UInt64 = 0
    ) -> MemoryRoom.Tenant {
        MemoryRoom.Tenant(
            name: name, bytes: bytes, isWanted: wanted, isLeaving: leaving, idleSince: idleSince)
    }

    @Test func `what fits goes in beside the others`() {
        #expect(room(tenant("a", 60, wanted: true)).verdict(on: "b", bytes: 40) == .fits)
    }

    @Test func `those that were idle longest make room, and no more than are needed`() {
        let room = room(
            tenant("a", 30, idleSince: 3), tenant("b", 30, idleSince: 1),
            tenant("c", 30, idleSince: 2))
        #expect(room.verdict(on: "d", bytes: 20) == .waits(for: ["b"]))
        #expect(room.verdict(on: "d", bytes: 60) == .waits(for: ["b", "c"]))
    }

    @Test func `who is leaving already is waited for`() {
        let room = room(tenant("a", 60, leaving: true), tenant("b", 40, idleSince: 1))
        #expect(room.verdict(on: "c", bytes: 60) == .waits(for: []))
    }

    @Test func `one that somebody has makes no room`() {
        let room = room(tenant("a", 60, wanted: true), tenant("b", 20))
        guard case .refused(let reason) = room.verdict(on: "c", bytes: 50) else {
            Issue.record("it went in")
            return
        }
        #expect(reason.contains("a ("))
    }

    @Test func `what never fits is told how to`() {
        guard case .refused(let reason) = room().verdict(on: "c", bytes: 101) else {
            Issue.record("it went in")
            return
        }
        #expect(reason.contains("memory_mb"))
    }
}
