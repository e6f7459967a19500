internal import CModuleABI
internal import Glibc
public import ModuleChat
internal import ModuleJSON
internal import ModuleKit
internal import Synchronization

extension TestHost {
    /// What a module that provides models says of itself.
    public func describe() throws -> ProviderDescription {
        let table = unsafe try provider()
        let written = Written(core)
        try step("describe") {
            unsafe written.withWriter {
                unsafe table.pointee.describe(module.pointee.instance, $0)
            }
        }
        return try ProviderDescription(JSON(parsing: written.bytes))
    }

    /// The request that the provider makes of an order. Throws a `Failure` with what it refuses.
    public func encode(_ order: ProviderOrder) throws -> ProviderRequest {
        let table = unsafe try provider()
        let written = Written(core)
        let status = unsafe order.json.serialized().withModBytes { order in
            unsafe written.withWriter {
                unsafe table.pointee.encode(module.pointee.instance, order, $0)
            }
        }
        try core.throwViolations()
        guard status < 0 else { return try ProviderRequest(written.bytes) }
        throw Failure(
            String(decoding: written.bytes, as: UTF8.self),
            Failure.Status(rawValue: status) ?? .failed)
    }

    /// Has the provider read an answer: its head, and its pieces as the request has them cut.
    public func read(
        _ pieces: [[UInt8]], of order: ProviderOrder, _ head: AnswerHead = AnswerHead(status: 200),
        isWhole: Bool = true
    ) throws -> [ProviderEvent] {
        let table = unsafe try provider()
        let answer = core.newAnswer()
        let status = unsafe order.json.serialized().withModBytes { order in
            unsafe head.json.serialized().withModBytes { head in
                unsafe table.pointee.open(module.pointee.instance, answer, order, head)
            }
        }
        guard status >= 0 else {
            throw Failure(
                "the answer cannot be read", Failure.Status(rawValue: status) ?? .failed)
        }
        let taken = TakenEvents(core)
        for piece in pieces {
            unsafe taken.withEvents { events in
                unsafe piece.withModBytes {
                    unsafe table.pointee.read(module.pointee.instance, answer, $0, events)
                }
            }
        }
        unsafe taken.withEvents {
            unsafe table.pointee.close(module.pointee.instance, answer, isWhole ? 1 : 0, $0)
        }
        try core.throwViolations()
        return try taken.events.compactMap { try ProviderEvent($0) }
    }

    private func provider() throws -> UnsafePointer<mod_provider> {
        guard
            let table = unsafe try capability(
                MOD_PROVIDER, revision: MOD_PROVIDER_REVISION, \mod_provider.close)
        else {
            throw TestHostError("the module provides no models")
        }
        return unsafe table
    }
}

/// What a module writes while one of its functions runs.
final class Written {
    var bytes: [UInt8] = []
    private let core: TestHostCore
    private let thread = pthread_self()

    init(_ core: TestHostCore) {
        self.core = core
    }

    @unsafe func withWriter(_ body: (UnsafePointer<mod_writer>) -> mod_status) -> mod_status {
        var writer = unsafe mod_writer(
            size: UInt32(MemoryLayout<mod_writer>.size), reserved: 0,
            context: Unmanaged.passUnretained(self).toOpaque(),
            write: { context, bytes in
                guard let context = unsafe context else { return mod_status(MOD_MISUSE) }
                let written = unsafe Unmanaged<Written>.fromOpaque(context).takeUnretainedValue()
                written.core.check(
                    pthread_equal(written.thread, pthread_self()) != 0,
                    "mod_writer write was called on another thread than what it was lent to")
                unsafe written.bytes += bytes.copied
                return mod_status(MOD_OK)
            })
        return unsafe body(&writer)
    }
}

/// The events of one answer. What comes while nothing is read breaks the contract.
private final class TakenEvents: Sendable {
    private struct State {
        var events: [ProviderEvent.Encoded] = []
        var isReading = false
    }

    private let state = Mutex(State())
    private let core: TestHostCore

    init(_ core: TestHostCore) {
        self.core = core
    }

    var events: [ProviderEvent.Encoded] { state.withLock { $0.events } }

    @unsafe func withEvents(_ body: (UnsafePointer<mod_events>) -> Void) {
        var events = unsafe mod_events(
            size: UInt32(MemoryLayout<mod_events>.size), reserved: 0,
            context: Unmanaged.passUnretained(self).toOpaque(),
            take: { context, kind, index, value in
                guard let context = unsafe context else { return }
                let taken = unsafe Unmanaged<TakenEvents>.fromOpaque(context)
                    .takeUnretainedValue()
                unsafe taken.take(
                    ProviderEvent.Encoded(kind: kind, index: index, value: value.copied))
            })
        state.withLock { $0.isReading = true }
        unsafe body(&events)
        state.withLock { $0.isReading = false }
    }

    private func take(_ event: ProviderEvent.Encoded) {
        let isTimely = state.withLock { state in
            if state.isReading { state.events.append(event) }
            return state.isReading
        }
        core.check(isTimely, "take: an event came after read() or close() had returned")
        core.check((1...10).contains(event.kind), "take: \(event.kind) is not a kind of event")
    }
}
