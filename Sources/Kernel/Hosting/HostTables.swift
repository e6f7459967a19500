import CModuleABI
import KernelBase
import KernelFlight
import KernelSystem

/// The C tables through which a module calls its host: they translate, and hold no logic.
///
/// They are allocated once for each instance and never freed, like the context they carry.
@safe struct HostTables: @unchecked Sendable {
    // @unchecked: the tables are written here and only read afterwards.
    let host: UnsafePointer<mod_host>

    init(_ context: HostContext) {
        let opaque = unsafe Unmanaged.passRetained(context).toOpaque()
        let table = UnsafeMutablePointer<mod_host>.allocate(capacity: 1)
        unsafe table.initialize(
            to: mod_host(
                size: UInt32(MemoryLayout<mod_host>.size),
                abi_major: Negotiation.major, abi_minor: Negotiation.minor,
                context: opaque,
                capability: { _, id, revision in unsafe HostTables.capability(id, revision) },
                fail: { context, status, message in
                    guard let host = unsafe HostTables.context(context) else { return status }
                    let borrowed = Borrowed(host: host, function: "mod.host fail", call: 0)
                    return unsafe host.fail(status, borrowed.text(message))
                },
                log: { context, level, call, message in
                    guard let host = unsafe HostTables.context(context) else { return }
                    let borrowed = Borrowed(host: host, function: "mod.host log", call: call)
                    unsafe host.log(level, call, borrowed.text(message))
                }))
        unsafe host = unsafe UnsafePointer(table)
    }

    /// Nil if the module passed none: then it cannot be told whose breach that is.
    @unsafe static func context(_ pointer: UnsafeMutableRawPointer?) -> HostContext? {
        guard let pointer = unsafe pointer else { return nil }
        return unsafe Unmanaged<HostContext>.fromOpaque(pointer).takeUnretainedValue()
    }

    // MARK: Capabilities

    @unsafe private static func capability(
        _ id: UnsafePointer<CChar>?, _ revision: UInt32
    ) -> UnsafeRawPointer? {
        guard let id = unsafe id else { return nil }
        switch unsafe (String(cString: id), revision) {
        case (MOD_HOST_CALLS, 0...UInt32(MOD_HOST_CALLS_REVISION)):
            return unsafe UnsafeRawPointer(calls)
        case (MOD_HOST_THREADS, 0...UInt32(MOD_HOST_THREADS_REVISION)):
            return unsafe UnsafeRawPointer(threads)
        case (MOD_HOST_MODULES, 0...UInt32(MOD_HOST_MODULES_REVISION)):
            return unsafe UnsafeRawPointer(modules)
        case (MOD_HOST_ERRANDS, 0...UInt32(MOD_HOST_ERRANDS_REVISION)):
            return unsafe UnsafeRawPointer(errands)
        case (MOD_HOST_FOLDERS, 0...UInt32(MOD_HOST_FOLDERS_REVISION)):
            return unsafe UnsafeRawPointer(folders)
        default:
            return nil
        }
    }

    // nonisolated(unsafe): written once before anybody reads it.
    nonisolated(unsafe) private static let calls: UnsafePointer<mod_host_calls> = {
        let table = UnsafeMutablePointer<mod_host_calls>.allocate(capacity: 1)
        unsafe table.initialize(
            to: mod_host_calls(
                size: UInt32(MemoryLayout<mod_host_calls>.size), reserved: 0,
                finish: { context, call, result in
                    unsafe HostTables.finish(HostTables.context(context), call, result)
                },
                progress: { context, call, fraction, note in
                    guard let host = unsafe HostTables.context(context) else { return }
                    let borrowed = Borrowed(
                        host: host, function: "mod.host.calls progress", call: call)
                    unsafe host.progress(call, fraction, borrowed.text(note))
                },
                output: { context, call, kind, piece in
                    guard let host = unsafe HostTables.context(context) else {
                        return CallStatus.misuse.rawValue
                    }
                    let borrowed = Borrowed(
                        host: host, function: "mod.host.calls output", call: call)
                    guard let known = PayloadKind(rawValue: kind) else {
                        host.report("mod.host.calls output", "\(kind) is not a kind", call)
                        return CallStatus.misuse.rawValue
                    }
                    return unsafe host.output(call, known, borrowed.payload(known, piece))
                },
                is_cancelled: { context, call in
                    // Without a context no call is in flight, as with one that has ended.
                    unsafe HostTables.context(context)?.isCancelled(call) ?? true ? 1 : 0
                }))
        return unsafe UnsafePointer(table)
    }()

    // nonisolated(unsafe): written once before anybody reads it.
    nonisolated(unsafe) private static let threads: UnsafePointer<mod_host_threads> = {
        let table = UnsafeMutablePointer<mod_host_threads>.allocate(capacity: 1)
        unsafe table.initialize(
            to: mod_host_threads(
                size: UInt32(MemoryLayout<mod_host_threads>.size), reserved: 0,
                run_on_main: { context, function, argument in
                    guard let host = unsafe HostTables.context(context) else { return }
                    guard let job = unsafe ForeignJob(function, argument) else {
                        return host.report("mod.host.threads run_on_main", "function is null")
                    }
                    host.requireLife("mod.host.threads run_on_main")
                    host.services.runOnMain { job.run(for: host.recorded) }
                },
                run_on_pool: { context, function, argument in
                    guard let host = unsafe HostTables.context(context) else { return }
                    guard let job = unsafe ForeignJob(function, argument) else {
                        return host.report("mod.host.threads run_on_pool", "function is null")
                    }
                    host.requireLife("mod.host.threads run_on_pool")
                    host.services.runOnPool { job.run(for: host.recorded) }
                }))
        return unsafe UnsafePointer(table)
    }()

    @unsafe private static func finish(
        _ host: HostContext?, _ call: UInt64, _ result: UnsafePointer<mod_result>?
    ) -> Int32 {
        guard let host else { return CallStatus.misuse.rawValue }
        guard let result = unsafe result else {
            host.report("mod.host.calls finish", "result is null", call)
            return host.finish(call, .failure(.misuse, "the module gave no result"))
        }
        let borrowed = Borrowed(host: host, function: "mod.host.calls finish", call: call)
        let table: mod_result = unsafe SizedTable.copy(UnsafeRawPointer(result))
        if unsafe table.status > 0 || CallStatus(rawValue: table.status) == nil {
            unsafe host.report(
                "mod.host.calls finish", "\(table.status) is not a status", call)
        }
        let status = unsafe CallStatus(code: table.status)
        guard status == .ok else {
            return unsafe host.finish(call, .failure(status, borrowed.text(table.message)))
        }
        guard let kind = unsafe PayloadKind(rawValue: table.kind) else {
            let sentence = unsafe "the module's result has the unknown kind \(table.kind)"
            host.report("mod.host.calls finish", sentence, call)
            return host.finish(call, .failure(.misuse, sentence))
        }
        let value = unsafe borrowed.payload(kind, table.value)
        return host.finish(call, CallOutcome(status: .ok, kind: kind, value: value, message: ""))
    }
}

/// A function of a module with the argument that it wants back.
@safe private struct ForeignJob: @unchecked Sendable {
    // @unchecked: the contract says that the function may run on any thread and that the argument
    // lives until it has.
    private let function: @convention(c) (UnsafeMutableRawPointer?) -> Void
    private let argument: UnsafeMutableRawPointer?

    @unsafe init?(
        _ function: (@convention(c) (UnsafeMutableRawPointer?) -> Void)?,
        _ argument: UnsafeMutableRawPointer?
    ) {
        guard let function = unsafe function else { return nil }
        unsafe self.function = unsafe function
        unsafe self.argument = unsafe argument
    }

    func run(for build: FlightBuild) {
        FlightRecorder.note(.job, of: build) { unsafe function(argument) }
    }
}
