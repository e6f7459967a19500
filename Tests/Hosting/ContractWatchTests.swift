import KernelBase
import KernelSystem
import KernelTesting
import Synchronization
import Testing

@testable import KernelHosting

/// The host that watches: every breach is told with the function and the call.
struct ContractWatchTests {
    private static let breaches: [(task: UInt32, function: String, words: String)] = [
        (0, "mod.host.calls finish", "not in flight"),
        (1, "mod.host.calls finish", "not in flight"),
        (2, "mod.host.calls progress", "not in flight"),
        (3, "mod.host.calls finish", "unknown kind 77"),
        (4, "mod.host.calls finish", "not the JSON"),
        (5, "mod.host log", "not UTF-8"),
        (6, "mod.host.calls finish", "null pointer with a length of 12"),
        (7, "mod.host log", "99 is not a level"),
        (8, "mod.host fail", "no lifecycle function"),
        (9, "mod.tasks call", "changed the borrowed arguments"),
        (10, "mod.host.calls finish", "5 is not a status"),
        (11, "mod.host.threads run_on_pool", "function is null"),
        (12, "mod.host.modules ask", "reply is null"),
        (13, "mod.host.modules ask", "77 is not a kind"),
    ]

    @Test func `each breach is told with its function`() throws {
        let folder = try TemporaryFolder()
        let library = folder.file("breaches.so")
        try Fixture.build("breaches", to: library)
        let seen = Mutex<[ContractViolation]>([])
        let services = HostServices(
            log: { _, _, _ in }, runOnMain: { $0() }, runOnPool: { $0() },
            violation: { violation in seen.withLock { $0.append(violation) } })
        let instance = try ModuleInstance(
            of: try ModuleImage(opening: library), services: services)
        try instance.start()
        for (index, breach) in Self.breaches.enumerated() {
            let id = UInt64(index + 1)
            #expect(instance.admit(id, DeafListener()))
            instance.begin(
                CallRequest(
                    id: id, task: breach.task, mode: .thread, kind: .bytes,
                    arguments: Array("abc".utf8), deadlineNanoseconds: 0))
            let told = seen.withLock { seen in
                defer { seen = [] }
                return seen
            }
            let isTold = told.contains {
                $0.function == breach.function && $0.sentence.contains(breach.words)
            }
            #expect(isTold, "task \(breach.task): \(told)")
        }
        instance.stopAndDestroy()
    }

    @Test func `what belongs to one thread is told when another one uses it`() throws {
        let folder = try TemporaryFolder()
        let library = folder.file("breaches.so")
        try Fixture.build("breaches", defining: ["BREACHES_ELSEWHERE"], to: library)
        let seen = Mutex<[ContractViolation]>([])
        let services = HostServices(
            log: { _, _, _ in }, runOnMain: { $0() }, runOnPool: { $0() },
            violation: { violation in seen.withLock { $0.append(violation) } })
        let instance = try ModuleInstance(
            of: try ModuleImage(opening: library), services: services)
        #expect(try instance.saveState(bytesMax: 100) == Array("state".utf8))
        try instance.start()
        instance.stopAndDestroy()
        let told = seen.withLock { $0 }
        #expect(told.map(\.function) == ["mod_writer write", "mod.host fail"])
        #expect(told.allSatisfy { $0.sentence.contains("called on another thread") }, "\(told)")
    }

    @Test func `whatever is used after destroy is told`() throws {
        let folder = try TemporaryFolder()
        let library = folder.file("breaches.so")
        try Fixture.build("breaches", to: library)
        let seen = Mutex<[ContractViolation]>([])
        let later = Mutex<[@Sendable () -> Void]>([])
        let services = HostServices(
            log: { _, _, _ in }, runOnMain: { $0() },
            runOnPool: { job in later.withLock { $0.append(job) } },
            violation: { violation in seen.withLock { $0.append(violation) } })
        let instance = try ModuleInstance(
            of: try ModuleImage(opening: library), services: services)
        try instance.start()
        #expect(instance.admit(1, DeafListener()))
        instance.begin(
            CallRequest(
                id: 1, task: 14, mode: .thread, kind: .bytes, arguments: [],
                deadlineNanoseconds: 0))
        instance.stopAndDestroy()
        for job in later.withLock({ $0 }) { job() }
        let functions = seen.withLock { $0.map(\.function) }
        for function in [
            "mod.host.modules ask", "mod.host.modules cancel", "mod.host.folders state",
            "mod.host.threads run_on_pool",
        ] {
            #expect(functions.contains(function), "\(functions)")
        }
    }

    @Test func `without a watch a breach costs only its call`() throws {
        let folder = try TemporaryFolder()
        let library = folder.file("breaches.so")
        try Fixture.build("breaches", to: library)
        let services = HostServices(
            log: { _, _, _ in }, runOnMain: { $0() }, runOnPool: { $0() })
        let instance = try ModuleInstance(
            of: try ModuleImage(opening: library), services: services)
        try instance.start()
        for breach in Self.breaches {
            let id = UInt64(breach.task) + 1
            #expect(instance.admit(id, DeafListener()))
            instance.begin(
                CallRequest(
                    id: id, task: breach.task, mode: .thread, kind: .bytes, arguments: [1],
                    deadlineNanoseconds: 0))
        }
        #expect(instance.callsInFlight.isEmpty)
        instance.stopAndDestroy()
    }
}

private final class DeafListener: CallListener {
    func callFinished(_ outcome: CallOutcome) {}
    func callProgressed(fraction: Double?, note: String) {}
    func callPrinted(_ kind: PayloadKind, _ piece: [UInt8]) {}
}
