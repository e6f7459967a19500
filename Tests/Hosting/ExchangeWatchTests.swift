import KernelBase
import KernelTesting
import Synchronization
import Testing

@testable import KernelHosting

/// What a provider may not do, as the host that watches tells it.
struct ExchangeWatchTests {
    private final class Listener: CallListener {
        let events = Mutex<[ExchangeEvent]>([])
        let ends = Mutex<[CallOutcome]>([])

        func callFinished(_ outcome: CallOutcome) { ends.withLock { $0.append(outcome) } }
        func callProgressed(fraction: Double?, note: String) {}
        func callPrinted(_ kind: PayloadKind, _ piece: [UInt8]) {}
        func callTold(_ event: ExchangeEvent) { events.withLock { $0.append(event) } }
    }

    @Test func `events at the wrong time, on the wrong thread or of no kind are told`() throws {
        let folder = try TemporaryFolder()
        let library = folder.file("dialect.so")
        try Fixture.build("dialect", to: library)
        let seen = Mutex<[ContractViolation]>([])
        let services = HostServices(
            log: { _, _, _ in }, runOnMain: { $0() }, runOnPool: { $0() },
            violation: { violation in seen.withLock { $0.append(violation) } })
        let instance = try ModuleInstance(
            of: try ModuleImage(opening: library), services: services)
        #expect(instance.canDo.provides)
        try instance.start()
        let listeners = [Listener(), Listener()]
        for (index, pieces) in [["keep"], ["odd", "kept"]].enumerated() {
            let call = UInt64(index + 1)
            #expect(instance.admit(call, listeners[index]))
            instance.beginExchange(call, order: Array("{}".utf8))
            instance.feed(call, .head(Array("{\"status\":200}".utf8)))
            instance.feed(call, .pieces(pieces.map { Array($0.utf8) }))
            instance.feed(call, .end(isWhole: true))
            // It has ended.
            instance.feed(call, .pieces([Array("more".utf8)]))
            #expect(listeners[index].ends.withLock { $0.map(\.status) } == [.ok])
        }
        let told = seen.withLock { $0.map { "\($0)" } }
        #expect(told.contains("mod_events take of call 2: 77 is not a kind"), "\(told)")
        for call in 1...2 {
            #expect(
                told.contains {
                    $0.hasPrefix("mod_events take of call \(call): called after read()")
                }, "\(told)")
        }
        // What came on another thread, or too late, was not heard.
        let texts = listeners[1].events.withLock { events in
            events.filter { $0.kind == 1 }.map { String(decoding: $0.value, as: UTF8.self) }
        }
        #expect(texts == ["one:kept;"])
        #expect(listeners[0].events.withLock { $0.map(\.kind) } == [0, 1, 1, 7])
        #expect(instance.isIdle)
        instance.stopAndDestroy()
    }

    @Test func `a cancelled exchange ends at once, and its module hears of its end`() throws {
        let folder = try TemporaryFolder()
        let library = folder.file("dialect.so")
        try Fixture.build("dialect", to: library)
        let services = HostServices(
            log: { _, _, _ in }, runOnMain: { $0() }, runOnPool: { $0() })
        let instance = try ModuleInstance(
            of: try ModuleImage(opening: library), services: services)
        try instance.start()
        let listener = Listener()
        #expect(instance.admit(1, listener))
        instance.beginExchange(1, order: [])
        instance.feed(1, .head([]))
        instance.cancel(1, .drain)
        #expect(listener.ends.withLock { $0.first?.message } == "its module was reloaded")
        #expect(!instance.isIdle)
        instance.feed(1, .end(isWhole: false))
        #expect(instance.isIdle && listener.ends.withLock { $0.count } == 1)
        instance.stopAndDestroy()
    }
}
