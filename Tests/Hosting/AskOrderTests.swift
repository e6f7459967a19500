import KernelBase
import KernelSystem
import KernelTesting
import Synchronization
import Testing

@testable import KernelHosting

/// A module may file a request away only once `ask` has told it the id.
struct AskOrderTests {
    /// Replies from another thread before `ask` has returned, as a fast module does.
    private final class Hasty: ModuleAsker {
        let seen: Seen
        init(_ seen: Seen) { self.seen = seen }

        func newID() -> UInt64 { 7 }

        func ask(_ ask: ModuleAsk, _ listener: any CallListener) {
            let done = Condition(false)
            try? SystemThread.start(name: "hasty") {
                listener.callPrinted(.text, Array("part".utf8))
                listener.callFinished(
                    CallOutcome(
                        status: .ok, kind: .text, value: Array("whole".utf8), message: ""))
                done.withLock { $0 = true }
                done.broadcast()
            }
            _ = done.wait { $0 ? true : nil }
            seen.hasEndedWithin.withLock { $0 = seen.end.withLock { $0 != nil } }
        }

        func cancel(_ id: UInt64) {}

        func credit(_ id: UInt64, bytes: UInt64) {}

        func deliver(_ job: @escaping @Sendable () -> Void) {
            seen.jobs.withLock { $0.append(job) }
        }
    }

    private final class Seen: CallListener {
        let end = Mutex<CallOutcome?>(nil)
        let hasEndedWithin = Mutex(false)
        let jobs = Mutex<[@Sendable () -> Void]>([])

        func callFinished(_ outcome: CallOutcome) { end.withLock { $0 = outcome } }
        func callProgressed(fraction: Double?, note: String) {}
        func callPrinted(_ kind: PayloadKind, _ piece: [UInt8]) {}
    }

    @Test func `a reply that comes too soon is held back until ask returns`() throws {
        let folder = try TemporaryFolder()
        let library = folder.file("asker.so")
        try Fixture.build("asker", to: library)
        let seen = Seen()
        var services = HostServices(
            log: { _, _, _ in }, runOnMain: { $0() }, runOnPool: { $0() })
        services.modules = Hasty(seen)
        let instance = try ModuleInstance(
            of: try ModuleImage(opening: library), services: services)
        try instance.start()
        #expect(instance.admit(1, seen))
        instance.begin(
            CallRequest(
                id: 1, task: 0, mode: .thread, kind: .bytes,
                arguments: Array("storage.put x".utf8), deadlineNanoseconds: 0))
        #expect(!seen.hasEndedWithin.withLock { $0 })
        for job in seen.jobs.withLock({ $0 }) { job() }
        #expect(seen.end.withLock { $0?.value } == Array("part|whole".utf8))
        instance.stopAndDestroy()
    }
}
