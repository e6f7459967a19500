internal import CModuleABI
internal import Dispatch
internal import ModuleKit

/// A call that has begun.
@safe
public final class TestCall: Sendable {
    public let id: UInt64
    private let core: TestHostCore
    // Both tables are valid for as long as the host, which the core watches.
    private nonisolated(unsafe) let module: UnsafePointer<mod_module>
    private nonisolated(unsafe) let tasks: UnsafePointer<mod_tasks>

    /// Why the module is asked to end the call.
    public enum CancelReason: UInt32, Sendable {
        case requested = 1
        case deadline = 2
        case drain = 3
    }

    init(
        id: UInt64, core: TestHostCore, module: UnsafePointer<mod_module>,
        tasks: UnsafePointer<mod_tasks>
    ) {
        self.id = id
        self.core = core
        unsafe self.module = module
        unsafe self.tasks = tasks
    }

    /// How the call ended. Waits without blocking a thread.
    public func outcome() async throws -> Outcome {
        let outcome = try await withTaskCancellationHandler {
            try await core.outcome(of: id)
        } onCancel: {
            cancel()
        }
        try core.throwViolations()
        return outcome
    }

    /// What the call has reported so far; empty once it has ended.
    public var progress: [Outcome.Progress] { core.progress(of: id) }

    public func cancel(_ reason: CancelReason = .requested) {
        guard core.markCancelled(id) else { return }
        core.asks.cancel(of: id)
        core.errands.cancel(of: id)
        unsafe tasks.pointee.cancel?(module.pointee.instance, id, reason.rawValue)
    }

    func send(_ parcel: CallParcel, timeout: Duration?) {
        core.queue(for: parcel.mode).async { [self] in
            unsafe tasks.pointee.call(module.pointee.instance, parcel.call)
            parcel.poison()
            core.keep(parcel)
        }
        if let timeout {
            core.after(timeout) { [self] in cancel(.deadline) }
        }
    }
}

/// The memory of one call. After `call()` has returned it is overwritten, not freed, until the
/// call has ended: a module that still reads it sees rubbish, always the same.
@safe
final class CallParcel: Sendable {
    let id: UInt64
    let mode: Mode
    // Written here and by poison(), which runs after the module was called.
    nonisolated(unsafe) let call: UnsafeMutablePointer<mod_call>
    private nonisolated(unsafe) let arguments: UnsafeMutableBufferPointer<UInt8>

    private static let poisonByte: UInt8 = 0xDD

    init(
        task: Int, id: UInt64, mode: Mode, kind: Outcome.Kind, arguments: [UInt8],
        timeout: Duration?
    ) {
        self.id = id
        self.mode = mode
        unsafe self.arguments = .allocate(capacity: max(arguments.count, 1))
        _ = unsafe self.arguments.update(fromContentsOf: arguments)
        unsafe call = .allocate(capacity: 1)
        unsafe call.initialize(
            to: mod_call(
                size: UInt32(MemoryLayout<mod_call>.size), task: UInt32(task), id: id,
                mode: mode.contractValue, argument_kind: kind.rawValue,
                arguments: mod_bytes(
                    bytes: UnsafeRawPointer(self.arguments.baseAddress),
                    length: UInt64(arguments.count)),
                deadline_nanoseconds: timeout.map { MonotonicTime.nanoseconds(after: $0) } ?? 0))
    }

    deinit {
        unsafe arguments.deallocate()
        unsafe call.deallocate()
    }

    func poison() {
        unsafe arguments.update(repeating: Self.poisonByte)
        unsafe UnsafeMutableRawBufferPointer(start: call, count: MemoryLayout<mod_call>.size)
            .copyBytes(from: repeatElement(Self.poisonByte, count: MemoryLayout<mod_call>.size))
    }
}
