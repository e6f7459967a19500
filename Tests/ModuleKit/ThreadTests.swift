import CModuleABI
import Glibc
import ModuleJSON
import Synchronization
import Testing

@testable import ModuleKit
@testable import ModuleKitTesting

/// Where the jobs of a call run, seen by a host whose threads are a list that the test empties.
@Suite(.serialized) struct ThreadTests {
    private struct Queue {
        var jobs: [Job] = []
        var finished: [UInt64: String] = [:]
    }

    // The pointers are handed back unread.
    private struct Job: @unchecked Sendable {
        let isMain: Bool
        let function: @convention(c) (UnsafeMutableRawPointer?) -> Void
        let argument: UnsafeMutableRawPointer?
    }

    private static let queue = Mutex(Queue())

    // Written by one test at a time: the suite is serialized.
    nonisolated(unsafe) private static var calls = mod_host_calls(
        size: UInt32(MemoryLayout<mod_host_calls>.size), reserved: 0,
        finish: { _, call, result in
            let text =
                result!.pointee.status == 0
                ? result!.pointee.value.text : result!.pointee.message.copied
            ThreadTests.queue.withLock { $0.finished[call] = text }
            return 0
        },
        progress: { _, _, _, _ in }, output: { _, _, _, _ in 0 }, is_cancelled: { _, _ in 0 })

    // Written by one test at a time: the suite is serialized.
    nonisolated(unsafe) private static var threads = mod_host_threads(
        size: UInt32(MemoryLayout<mod_host_threads>.size), reserved: 0,
        run_on_main: { _, function, argument in
            let job = Job(isMain: true, function: function!, argument: argument)
            ThreadTests.queue.withLock { $0.jobs.append(job) }
        },
        run_on_pool: { _, function, argument in
            let job = Job(isMain: false, function: function!, argument: argument)
            ThreadTests.queue.withLock { $0.jobs.append(job) }
        })

    // Written by one test at a time: the suite is serialized.
    nonisolated(unsafe) private static var offersThreads = true

    // Written by one test at a time: the suite is serialized.
    nonisolated(unsafe) private static var host = mod_host(
        size: UInt32(MemoryLayout<mod_host>.size), abi_major: 1, abi_minor: 0, context: nil,
        capability: { _, id, _ in
            switch String(cString: id!) {
            case MOD_HOST_CALLS: withUnsafePointer(to: &ThreadTests.calls) { UnsafeRawPointer($0) }
            case MOD_HOST_THREADS where ThreadTests.offersThreads:
                withUnsafePointer(to: &ThreadTests.threads) { UnsafeRawPointer($0) }
            default: nil
            }
        },
        fail: { _, status, _ in status }, log: { _, _, _, _ in })

    /// Begins a call of the workshop; says what came before call() returned.
    private func begin(_ task: String, mode: Mode, id: UInt64, size: Int? = nil) throws -> String? {
        let module = try #require(Instance.create(Workshop.self, nil, &Self.host))
        defer { module.pointee.destroy(module.pointee.instance) }
        let tasks = module.pointee.capability(module.pointee.instance, MOD_TASKS, 1)!
            .assumingMemoryBound(to: mod_tasks.self)
        let index = try #require(Workshop.tasks.firstIndex { $0.name == task })
        Self.queue.withLock { $0 = Queue() }
        var call = mod_call(
            size: UInt32(size ?? MemoryLayout<mod_call>.size), task: UInt32(index), id: id,
            mode: mode.contractValue, argument_kind: 2, arguments: mod_bytes(),
            deadline_nanoseconds: 0)
        tasks.pointee.call(module.pointee.instance, &call)
        return finished(id)
    }

    private func finished(_ id: UInt64) -> String? { Self.queue.withLock { $0.finished[id] } }

    private func runJobs(main: Bool) -> Int {
        var count = 0
        while let job = Self.queue.withLock({ $0.jobs.isEmpty ? nil : $0.jobs.removeFirst() }) {
            #expect(job.isMain == main)
            job.function(job.argument)
            count += 1
        }
        return count
    }

    @Test(arguments: [Mode.main, .thread, .process])
    func `a task that does not suspend ends before call returns`(mode: Mode) throws {
        Self.offersThreads = true
        #expect(try begin("nothing", mode: mode, id: 1) == "")
        #expect(try begin("fail", mode: mode, id: 2) == "there is no such shelf")
        #expect(runJobs(main: false) == 0)
    }

    @Test(arguments: [Mode.main, .thread, .process])
    func `a task that suspends goes on where the host says`(mode: Mode) throws {
        Self.offersThreads = true
        #expect(try begin("threads", mode: mode, id: 3) == nil)
        #expect(runJobs(main: mode == .main) > 0)
        let json = try JSON(parsing: try #require(finished(3)))
        let here = String(UInt(pthread_self()))
        #expect(json == [.string(here), .string(here), .string(here), .string(mode.name)])
    }

    @Test func `without threads of the host the runtime's own are used`() async throws {
        Self.offersThreads = false
        defer { Self.offersThreads = true }
        _ = try begin("threads", mode: .thread, id: 4)
        for _ in 0..<100_000 where finished(4) == nil { await Task.yield() }
        #expect(finished(4)?.hasSuffix("\"thread\"]") == true)
        #expect(runJobs(main: false) == 0)
    }

    @Test func `a call that the kit cannot read is answered, not run`() throws {
        #expect(
            try begin("nothing", mode: .thread, id: 5, size: 24)
                == "the call has 24 bytes, but needs 48")
        #expect(try begin("nothing", mode: .thread, id: 6, size: 8) == nil)
    }
}
