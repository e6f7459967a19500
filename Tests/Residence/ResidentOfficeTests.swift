import KernelHosting
import KernelSystem
import KernelTesting
import KernelWorkers
import Synchronization
import Testing

@testable import KernelResidence

@Suite(.blocking) struct ResidentOfficeTests {
    /// The resident knows its office, and may be the last one that does. Several times, since the
    /// office's thread may be quicker than whoever closes it.
    @Test func `an office that is closed frees its residents and itself`() throws {
        let zygote = try Zygote(executable: try Program.built("kernel-zygote")) { _ in }
        defer { zygote.stop() }
        let output = try OutputCollector()
        let alarms = try Alarms()
        defer { alarms.close() }
        for _ in 0..<20 {
            let isFreed = Mutex(false)
            try openAndClose(Ending { isFreed.withLock { $0 = true } }, zygote, output, alarms)
            try waitFor("the resident's end") { isFreed.withLock { $0 } }
        }
    }

    private func openAndClose(
        _ ending: Ending, _ zygote: Zygote, _ output: OutputCollector, _ alarms: Alarms
    ) throws {
        let office = try ResidentOffice()
        let events = WorkerEvents { _, _, _ in }
        let worker = try WorkerProcess(
            zygote: zygote, name: "test", output: output, events: events)
        let pool = ThreadPool(name: "test", threadsMax: 1)
        _ = try Resident(
            worker, .init(module: "test", build: "none", tasks: []),
            canDo: .init(
                configures: false, keepsState: false, startsOrStops: false, checksHealth: false,
                testsItself: false),
            limits: .init(), tools: ResidentTools(office: office, alarms: alarms, pool: pool),
            events: events,
            owner: .init(
                lost: { _ in }, ended: { _, _ in "" },
                callEnded: { withExtendedLifetime(ending) {} }))
        office.close()
    }
}

/// Tells when whoever holds it is freed.
private final class Ending: Sendable {
    private let told: @Sendable () -> Void

    init(_ told: @escaping @Sendable () -> Void) {
        self.told = told
    }

    deinit { told() }
}
