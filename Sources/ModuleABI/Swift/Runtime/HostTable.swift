internal import CModuleABI
internal import Synchronization

/// The functions of the host, checked once. All of them may be called from any thread until
/// `destroy` has returned.
@safe
final class HostTable: Sendable {
    // The tables never change while the instance lives, and their functions take any thread.
    private nonisolated(unsafe) let host: UnsafePointer<mod_host>
    private nonisolated(unsafe) let calls: UnsafePointer<mod_host_calls>
    private nonisolated(unsafe) let threads: UnsafePointer<mod_host_threads>?
    private nonisolated(unsafe) let modules: UnsafePointer<mod_host_modules>?
    private nonisolated(unsafe) let errands: UnsafePointer<mod_host_errands>?
    /// The module's own folder; nil if the host has none.
    let folder: String?

    /// A Task that an author left behind may still log when the host's table is gone.
    private let isOpen = Mutex(true)

    /// Nil, after the host was told why, if it lacks what every host must have.
    init?(_ table: UnsafePointer<mod_host>) {
        guard unsafe reaches(\mod_host.fail, size: table.pointee.size),
            unsafe table.pointee.fail != nil
        else { return nil }
        guard unsafe reaches(\mod_host.log, size: table.pointee.size),
            unsafe table.pointee.abi_major == MOD_ABI_MAJOR,
            unsafe table.pointee.capability != nil && table.pointee.log != nil
        else {
            let version = unsafe "\(table.pointee.abi_major).\(table.pointee.abi_minor)"
            unsafe Self.fail(
                table,
                "the host speaks version \(version) of the module ABI, this module needs"
                    + " \(MOD_ABI_MAJOR).\(MOD_ABI_MINOR); rebuild it with the host's kit")
            return nil
        }
        guard let calls = unsafe Self.calls(of: table) else {
            unsafe Self.fail(
                table, "the host lacks the capability \(MOD_HOST_CALLS), which every module needs")
            return nil
        }
        unsafe host = table
        unsafe self.calls = calls
        unsafe threads = Self.threads(of: table)
        unsafe modules = Self.modules(of: table)
        unsafe errands = Self.errands(of: table)
        folder = unsafe Self.folder(of: table)
    }

    /// Records why a lifecycle function is about to fail; returns the status for it to return.
    func fail(_ status: Failure.Status, _ message: String) -> mod_status {
        unsafe message.withModText {
            unsafe host.pointee.fail(host.pointee.context, status.rawValue, $0)
        }
    }

    /// After this, which `destroy` calls, nothing reaches the host any more.
    func close() {
        isOpen.withLock { $0 = false }
    }

    func log(_ level: LogLevel, call: UInt64, _ message: String) {
        isOpen.withLock { isOpen in
            guard isOpen else { return }
            unsafe message.withModText {
                unsafe host.pointee.log(host.pointee.context, level.rawValue, call, $0)
            }
        }
    }

    func finish(_ call: UInt64, _ result: UnsafePointer<mod_result>) {
        _ = unsafe calls.pointee.finish(host.pointee.context, call, result)
    }

    func progress(_ call: UInt64, _ fraction: Double, _ note: String) {
        unsafe note.withModText {
            unsafe calls.pointee.progress(host.pointee.context, call, fraction, $0)
        }
    }

    func output(_ call: UInt64, _ piece: String) -> mod_status {
        unsafe piece.withModText { text in
            let bytes = unsafe mod_bytes(bytes: text.bytes, length: text.length)
            return unsafe calls.pointee.output(
                host.pointee.context, call, mod_kind(MOD_KIND_TEXT), bytes)
        }
    }

    func isCancelled(_ call: UInt64) -> Bool {
        unsafe calls.pointee.is_cancelled(host.pointee.context, call) != 0
    }

    var hasThreads: Bool { unsafe threads != nil }

    /// Runs the function once, soon, on the main thread or on a thread of the pool. Only for hosts
    /// that have threads.
    func run(
        onMain: Bool, _ function: @convention(c) (UnsafeMutableRawPointer?) -> Void,
        _ argument: UnsafeMutableRawPointer
    ) {
        guard let threads = unsafe threads else { return }
        let run = unsafe onMain ? threads.pointee.run_on_main : threads.pointee.run_on_pool
        unsafe run!(host.pointee.context, function, argument)
    }

    var hasModules: Bool { unsafe modules != nil }

    /// Returns the id of the request, or 0 if there will be no reply.
    func ask(_ request: UnsafePointer<mod_request>) -> UInt64 {
        // The lock's body is the only user while it runs.
        nonisolated(unsafe) let request = unsafe request
        return isOpen.withLock { isOpen in
            guard isOpen, let modules = unsafe modules else { return 0 }
            return unsafe modules.pointee.ask(host.pointee.context, request)
        }
    }

    func cancelAsk(_ id: UInt64) {
        // Not under the lock: cancelling may reply at once, and what that wakes may ask again.
        guard isOpen.withLock({ $0 }), let modules = unsafe modules else { return }
        unsafe modules.pointee.cancel(host.pointee.context, id)
    }

    var hasErrands: Bool { unsafe errands != nil }

    /// Returns the id of the errand, or 0 if there will be no end.
    func begin(_ errand: UnsafePointer<mod_errand>) -> UInt64 {
        // The lock's body is the only user while it runs.
        nonisolated(unsafe) let errand = unsafe errand
        return isOpen.withLock { isOpen in
            guard isOpen, let errands = unsafe errands else { return 0 }
            return unsafe errands.pointee.begin(host.pointee.context, errand)
        }
    }

    func creditErrand(_ id: UInt64, bytes: Int) {
        // Not under the lock, as below.
        guard isOpen.withLock({ $0 }), let errands = unsafe errands else { return }
        unsafe errands.pointee.credit(host.pointee.context, id, UInt64(bytes))
    }

    func cancelErrand(_ id: UInt64) {
        // Not under the lock: what cancelling wakes may begin another one.
        guard isOpen.withLock({ $0 }), let errands = unsafe errands else { return }
        unsafe errands.pointee.cancel(host.pointee.context, id)
    }

    private static func errands(
        of table: UnsafePointer<mod_host>
    ) -> UnsafePointer<mod_host_errands>? {
        let found = unsafe table.pointee.capability(
            table.pointee.context, MOD_HOST_ERRANDS, UInt32(MOD_HOST_ERRANDS_REVISION))
        guard let errands = unsafe found?.assumingMemoryBound(to: mod_host_errands.self),
            unsafe reaches(\mod_host_errands.cancel, size: errands.pointee.size),
            unsafe errands.pointee.begin != nil && errands.pointee.credit != nil,
            unsafe errands.pointee.cancel != nil
        else { return nil }
        return unsafe errands
    }

    private static func fail(_ table: UnsafePointer<mod_host>, _ message: String) {
        _ = unsafe message.withModText {
            unsafe table.pointee.fail(table.pointee.context, mod_status(MOD_UNSUPPORTED), $0)
        }
    }

    private static func calls(of table: UnsafePointer<mod_host>) -> UnsafePointer<mod_host_calls>? {
        let found = unsafe table.pointee.capability(
            table.pointee.context, MOD_HOST_CALLS, UInt32(MOD_HOST_CALLS_REVISION))
        guard let calls = unsafe found?.assumingMemoryBound(to: mod_host_calls.self),
            unsafe reaches(\mod_host_calls.is_cancelled, size: calls.pointee.size),
            unsafe calls.pointee.finish != nil && calls.pointee.progress != nil,
            unsafe calls.pointee.output != nil && calls.pointee.is_cancelled != nil
        else { return nil }
        return unsafe calls
    }

    private static func threads(
        of table: UnsafePointer<mod_host>
    ) -> UnsafePointer<mod_host_threads>? {
        let found = unsafe table.pointee.capability(
            table.pointee.context, MOD_HOST_THREADS, UInt32(MOD_HOST_THREADS_REVISION))
        guard let threads = unsafe found?.assumingMemoryBound(to: mod_host_threads.self),
            unsafe reaches(\mod_host_threads.run_on_pool, size: threads.pointee.size),
            unsafe threads.pointee.run_on_main != nil && threads.pointee.run_on_pool != nil
        else { return nil }
        return unsafe threads
    }

    private static func modules(
        of table: UnsafePointer<mod_host>
    ) -> UnsafePointer<mod_host_modules>? {
        let found = unsafe table.pointee.capability(
            table.pointee.context, MOD_HOST_MODULES, UInt32(MOD_HOST_MODULES_REVISION))
        guard let modules = unsafe found?.assumingMemoryBound(to: mod_host_modules.self),
            unsafe reaches(\mod_host_modules.cancel, size: modules.pointee.size),
            unsafe modules.pointee.ask != nil && modules.pointee.cancel != nil
        else { return nil }
        return unsafe modules
    }

    private static func folder(of table: UnsafePointer<mod_host>) -> String? {
        let found = unsafe table.pointee.capability(
            table.pointee.context, MOD_HOST_FOLDERS, UInt32(MOD_HOST_FOLDERS_REVISION))
        guard let folders = unsafe found?.assumingMemoryBound(to: mod_host_folders.self),
            unsafe reaches(\mod_host_folders.state, size: folders.pointee.size),
            let state = unsafe folders.pointee.state
        else { return nil }
        let folder = unsafe state(table.pointee.context).copied
        return folder.isEmpty ? nil : folder
    }
}
