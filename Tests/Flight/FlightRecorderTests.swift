import CCrash
import KernelBase
import KernelSystem
import Synchronization
import Testing

@testable import KernelFlight

/// What one part of a process notes, another reads: here both are this process.
@Suite(.serialized)
struct FlightRecorderTests {
    /// A process records in one region, for ever.
    private static let region: FlightRegion? = {
        guard let region = try? FlightRegion() else { return nil }
        FlightRecorder.begin(in: region)
        return region
    }()

    private let region: FlightRegion

    init() throws {
        region = try #require(Self.region)
    }

    private func register(_ module: String, hash: String = "") -> FlightBuild {
        FlightRecorder.register(
            module: module, version: "1.2.3", hash: hash, generation: 7,
            tasks: ["read", "write", "list"])
    }

    /// What the calling thread has noted.
    private var own: FlightRegion.Crumb? {
        region.crumbs.first { $0.thread == SystemThread.currentID }
    }

    @Test func `a thread's crumb says where it is while it is there`() throws {
        let build = register("fs", hash: "abc")
        #expect(own == nil)
        let crumb = FlightRecorder.note(.call, of: build, task: 1, call: 42) { own }
        #expect(crumb?.place == .call && crumb?.task == "write" && crumb?.call == 42)
        #expect(
            crumb?.build
                == .init(module: "fs", version: "1.2.3", hash: "abc", generation: 7))
        #expect(own == nil)
    }

    @Test func `a crumb within a crumb gives the outer one back`() {
        let outer = register("outer")
        let inner = register("inner")
        FlightRecorder.note(.call, of: outer, task: 0, call: 1) {
            FlightRecorder.note(.lifecycle(.start), of: inner) {
                #expect(own?.place == .lifecycle(.start) && own?.build?.module == "inner")
            }
            #expect(own?.place == .call && own?.build?.module == "outer" && own?.call == 1)
        }
        #expect(own == nil)
    }

    private struct Thrown: Error {}

    @Test func `an error takes the crumb away too`() {
        let build = register("fails")
        #expect(throws: Thrown.self) {
            try FlightRecorder.note(.lifecycle(.open), of: build) { throw Thrown() }
        }
        #expect(own == nil)
    }

    @Test func `each thread has its own, and gives it back at its end`() throws {
        let build = register("many")
        let threads = 40
        let inside = Condition(0)
        let isDone = Condition(false)
        for number in 0..<threads {
            try SystemThread.start(name: "crumb") {
                FlightRecorder.note(.call, of: build, task: 0, call: UInt64(1_000 + number)) {
                    inside.withLock { $0 += 1 }
                    inside.broadcast()
                    _ = isDone.wait { $0 ? true : nil }
                }
                inside.withLock { $0 -= 1 }
                inside.broadcast()
            }
        }
        _ = inside.wait { $0 == threads ? true : nil }
        let calls = region.crumbs.filter { $0.build?.module == "many" }.map(\.call)
        #expect(calls.sorted() == (0..<threads).map { UInt64(1_000 + $0) })
        isDone.withLock { $0 = true }
        isDone.broadcast()
        _ = inside.wait { $0 == 0 ? true : nil }
        #expect(!region.crumbs.contains { $0.build?.module == "many" })
    }

    @Test func `calls are open until they end, and are forgotten when many follow`() {
        let build = register("calls")
        func open() -> [UInt64] {
            region.openCalls.filter { $0.build?.module == "calls" }.map(\.call)
        }
        let first: UInt64 = 1 << 40
        for call in first..<first + 3 {
            FlightRecorder.callBegan(call, of: build, task: 2, mode: 1)
        }
        FlightRecorder.callEnded(first + 1)
        #expect(open() == [first, first + 2])
        #expect(region.openCalls.first { $0.call == first }?.task == "list")
        for call in first + 3..<first + 300 {
            FlightRecorder.callBegan(call, of: build, task: 0, mode: 1)
            FlightRecorder.callEnded(call)
        }
        #expect(open() == [])
        FlightRecorder.callEnded(first)
        #expect(open() == [])
    }

    @Test func `a build is found by its hash, the newest of several`() {
        let hash = String(repeating: "e", count: 64)
        for generation: UInt64 in 1...3 {
            _ = FlightRecorder.register(
                module: "found", version: "1.0.0", hash: hash, generation: generation, tasks: [])
        }
        #expect(region.build(hash: hash)?.generation == 3)
        #expect(region.build(hash: "nobody's") == nil)
    }

    @Test func `a build is found however many came before it`() {
        let hash = String(repeating: "f", count: 64)
        for _ in 0..<Int(FLIGHT_BUILDS) + 10 { _ = register("one of many", hash: "old") }
        _ = register("found", hash: hash)
        #expect(region.build(hash: hash)?.module == "found")
        for _ in 0..<Int(FLIGHT_BUILDS) { _ = register("one of many", hash: "new") }
        #expect(region.build(hash: hash) == nil && region.build(hash: "old") == nil)
    }

    @Test func `phases only rise`() {
        for (set, then) in [
            (FlightPhase.stopping, FlightPhase.stopping), (.serving, .stopping),
            (.leaving, .leaving), (.starting, .leaving),
        ] {
            FlightRecorder.set(set)
            #expect(region.phase == then)
        }
    }

    @Test(arguments: [[10], [4_096, 4], [4_000, 90, 6, 1], [3, 5_000], [2_000, 2_000, 2_000]])
    func `of what was printed the end is kept`(pieces: [Int]) throws {
        let region = try FlightRegion()
        var printed = ""
        for (number, length) in pieces.enumerated() {
            let piece = String(repeating: "\(number)", count: length)
            printed += piece
            flight_keep_printed(&region.memory.pointee.crash, piece, UInt32(length))
        }
        #expect(region.crash.printed == String(printed.suffix(4_096)))
    }

    @Test func `what is too long is cut, and what is unknown is nobody's`() {
        let build = register(String(repeating: "x", count: 500))
        let name = FlightRecorder.note(.job, of: build) { own?.build?.module }
        #expect(name == String(repeating: "x", count: 63))
        let unknown = FlightRecorder.note(.call, of: FlightBuild(), task: 5, call: 9) { own }
        #expect(unknown?.build == nil && unknown?.task == nil && unknown?.call == 9)
        let task = FlightRecorder.note(.call, of: register("few"), task: 99, call: 1) { own }
        #expect(task?.build?.module == "few" && task?.task == nil)
    }

    @Test func `fresh memory says nothing`() throws {
        let fresh = try FlightRegion()
        #expect(fresh.crumbs.isEmpty && fresh.openCalls.isEmpty && fresh.mappings.isEmpty)
        #expect(fresh.crash.cause == .nothing && fresh.phase == .starting)
    }

    @Test func `memory of another size is no recorder`() throws {
        #expect(throws: SystemError.self) {
            try FlightRegion(sharing: SharedMemory.file(name: "small", bytes: 4_096))
        }
    }
}
