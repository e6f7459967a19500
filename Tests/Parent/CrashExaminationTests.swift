import CCrash
import Glibc
import KernelSystem
import Testing

@testable import KernelFlight
@testable import KernelParent

/// What the parent makes of the memory that a dead kernel has left, whatever is in it.
struct CrashExaminationTests {
    private let region: FlightRegion

    init() throws {
        region = try FlightRegion()
    }

    private func report(_ end: ChildProcess.End = .killed(signal: SIGSEGV)) -> CrashReport {
        CrashExamination(
            region: region, process: 12, end: end, wallNanoseconds: 0, monotonicNanoseconds: 0
        ).report()
    }

    /// As the handler notes a bad address.
    private func note(signal: Int32 = SIGSEGV, address: UInt64 = 0, stackPointer: UInt64 = 0) {
        region.memory.pointee.crash.cause = FLIGHT_SIGNAL.rawValue
        region.memory.pointee.crash.signal = signal
        region.memory.pointee.crash.code = 1
        region.memory.pointee.crash.address = address
        region.memory.pointee.crash.stack_pointer = stackPointer
    }

    @Test(
        arguments: [
            (stackPointer: 0x7000_0000, address: 0x6FFF_FFF8, isOverflow: true),
            (0x7000_0000, 0x7000_0FFF, true), (0x7000_0000, 0x7000_1000, false),
            (0x7000_0000, 0x6FF0_0000, true), (0x7000_0000, 0x6FEF_FFFF, false),
            (.max, .max - 8, true), (.max, .max, true), (.max, 8, false), (0, 8, false),
            (16, 8, true),
        ] as [(stackPointer: UInt64, address: UInt64, isOverflow: Bool)])
    func `a fault near the stack pointer is an overflow`(
        stackPointer: UInt64, address: UInt64, isOverflow: Bool
    ) {
        note(address: address, stackPointer: stackPointer)
        #expect(report().failure == (isOverflow ? .stackOverflow : .signal))
    }

    @Test func `a handler that was late has noted the signal that counts`() {
        note(signal: SIGABRT)
        let end = CrashExamination.end(.killed(signal: SIGALRM), of: region)
        #expect(end == .killed(signal: SIGABRT))
        #expect(report(end).failure == .abort)
    }

    @Test func `an end of which nothing was noted is the one that was waited for`() {
        let end = ChildProcess.End.killed(signal: SIGKILL)
        #expect(CrashExamination.end(end, of: region) == end)
        #expect(report(end).failure == .killed)
    }

    @Test func `memory that was written over is examined to the end`() throws {
        note(address: .max, stackPointer: .max)
        memset(region.memory, 0xFF, 4_096)
        let line = "fffffffffffff000-ffffffffffffffff r-xp fffffffffffffff0 08:01 1 /gone\n"
        let maps = UnsafeMutablePointer(mutating: try #require(flight_maps(region.memory)))
        for (index, byte) in line.utf8.enumerated() { maps[index] = CChar(bitPattern: byte) }
        region.memory.pointee.crash.maps_length = UInt32(line.utf8.count)
        region.memory.pointee.crash.cause = FLIGHT_SIGNAL.rawValue
        let report = report()
        #expect(report.stack.count == Int(FLIGHT_FRAMES))
        #expect(report.stack.last?.image == "/gone")
        memset(region.memory, 0xFF, Int(flight_region_bytes()))
        #expect(!self.report().text.isEmpty)
    }
}
