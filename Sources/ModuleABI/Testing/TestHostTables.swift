internal import CModuleABI
internal import Dispatch
internal import ModuleKit

/// The tables of functions that the module gets.
@safe
struct TestHostTables {
    let host = UnsafeMutablePointer<mod_host>.allocate(capacity: 1)
    let calls = UnsafeMutablePointer<mod_host_calls>.allocate(capacity: 1)
    let threads: UnsafeMutablePointer<mod_host_threads>?
    let modules = UnsafeMutablePointer<mod_host_modules>.allocate(capacity: 1)
    let errands = UnsafeMutablePointer<mod_host_errands>.allocate(capacity: 1)
    let folders = UnsafeMutablePointer<mod_host_folders>.allocate(capacity: 1)
    private let folder: UnsafeMutableBufferPointer<CChar>

    init(offersThreads: Bool, folder: String) {
        let bytes = folder.utf8CString
        unsafe self.folder = .allocate(capacity: bytes.count)
        _ = unsafe self.folder.initialize(from: bytes)
        unsafe threads = offersThreads ? .allocate(capacity: 1) : nil
    }

    func deallocate() {
        unsafe host.deallocate()
        unsafe calls.deallocate()
        unsafe threads?.deallocate()
        unsafe modules.deallocate()
        unsafe errands.deallocate()
        unsafe folders.deallocate()
        unsafe folder.deallocate()
    }

    /// The core owns the tables, so that it is there whenever a function is called.
    func bind(to core: TestHostCore) {
        unsafe host.initialize(
            to: mod_host(
                size: UInt32(MemoryLayout<mod_host>.size), abi_major: UInt16(MOD_ABI_MAJOR),
                abi_minor: UInt16(MOD_ABI_MINOR),
                context: Unmanaged.passUnretained(core).toOpaque(), capability: Self.capability,
                fail: Self.fail, log: Self.log))
        unsafe calls.initialize(
            to: mod_host_calls(
                size: UInt32(MemoryLayout<mod_host_calls>.size), reserved: 0, finish: Self.finish,
                progress: Self.progress, output: Self.output, is_cancelled: Self.isCancelled))
        unsafe modules.initialize(
            to: mod_host_modules(
                size: UInt32(MemoryLayout<mod_host_modules>.size), reserved: 0, ask: Self.ask,
                cancel: { context, id in unsafe TestHostTables.core(context).asks.cancel(id) }))
        unsafe errands.initialize(
            to: mod_host_errands(
                size: UInt32(MemoryLayout<mod_host_errands>.size), reserved: 0,
                begin: Self.beginErrand,
                credit: { context, id, bytes in
                    unsafe TestHostTables.core(context).errands.credit(id, bytes)
                },
                cancel: { context, id in unsafe TestHostTables.core(context).errands.cancel(id) }))
        unsafe folders.initialize(
            to: mod_host_folders(
                size: UInt32(MemoryLayout<mod_host_folders>.size), reserved: 0,
                state: { context in
                    let folder = unsafe TestHostTables.core(context).tables.folder
                    return unsafe mod_text(
                        bytes: UnsafePointer(folder.baseAddress),
                        length: UInt64(folder.count - 1))
                }))
        unsafe threads?.initialize(
            to: mod_host_threads(
                size: UInt32(MemoryLayout<mod_host_threads>.size), reserved: 0,
                run_on_main: { context, function, argument in
                    unsafe TestHostTables.run(.main, context, function, argument)
                },
                run_on_pool: { context, function, argument in
                    unsafe TestHostTables.run(.thread, context, function, argument)
                }))
    }

    private static func core(_ context: UnsafeMutableRawPointer?) -> TestHostCore {
        guard let context = unsafe context else {
            preconditionFailure("a host function was called with the context NULL")
        }
        return unsafe Unmanaged<TestHostCore>.fromOpaque(context).takeUnretainedValue()
    }

    /// The text; bytes that are not UTF-8 break the contract.
    private static func text(
        _ bytes: mod_bytes, _ core: TestHostCore, _ function: @autoclosure () -> String
    ) -> String {
        core.check(
            unsafe String(validating: bytes.buffer, as: UTF8.self) != nil,
            "\(function()): the text is not valid UTF-8")
        return unsafe bytes.text
    }

    private static func text(
        _ text: mod_text, _ core: TestHostCore, _ function: @autoclosure () -> String
    ) -> String {
        unsafe Self.text(mod_bytes(bytes: text.bytes, length: text.length), core, function())
    }

    private static let capability:
        @convention(c) (
            UnsafeMutableRawPointer?, UnsafePointer<CChar>?, UInt32
        ) -> UnsafeRawPointer? = { context, id, revision in
            guard let id = unsafe id, revision == 1 else { return nil }
            let tables = unsafe TestHostTables.core(context).tables
            switch unsafe String(cString: id) {
            case MOD_HOST_CALLS: return unsafe UnsafeRawPointer(tables.calls)
            case MOD_HOST_MODULES: return unsafe UnsafeRawPointer(tables.modules)
            case MOD_HOST_ERRANDS: return unsafe UnsafeRawPointer(tables.errands)
            case MOD_HOST_FOLDERS: return unsafe UnsafeRawPointer(tables.folders)
            case MOD_HOST_THREADS: return unsafe UnsafeRawPointer(tables.threads)
            default: return nil
            }
        }

    private static let ask:
        @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<mod_request>?) -> UInt64 = {
            context, request in
            let core = unsafe TestHostTables.core(context)
            guard let request = unsafe request,
                unsafe reaches(\mod_request.reply, size: request.pointee.size)
            else {
                core.report("ask: the request is too small a structure")
                return 0
            }
            let task = unsafe TestHostTables.text(request.pointee.task, core, "ask")
            return unsafe core.ask(
                task, call: request.pointee.call,
                Outcome.Kind(rawValue: request.pointee.argument_kind),
                request.pointee.arguments.copied, AskListener(request.pointee))
        }

    private static let beginErrand:
        @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<mod_errand>?) -> UInt64 = {
            context, errand in
            let core = unsafe TestHostTables.core(context)
            guard let errand = unsafe errand,
                unsafe reaches(\mod_errand.end, size: errand.pointee.size)
            else {
                core.report("errands begin: the errand is too small a structure")
                return 0
            }
            let order = unsafe TestErrands.Order(
                service: TestHostTables.text(errand.pointee.service, core, "errands begin"),
                order: errand.pointee.order.copied, body: errand.pointee.body.copied,
                credit: errand.pointee.credit)
            return unsafe core.begin(
                order, call: errand.pointee.call, ErrandListener(errand.pointee))
        }

    private static let fail:
        @convention(c) (UnsafeMutableRawPointer?, mod_status, mod_text) -> mod_status = {
            context, status, message in
            let core = unsafe TestHostTables.core(context)
            unsafe core.fail(status, TestHostTables.text(message, core, "fail"))
            return status
        }

    private static let log:
        @convention(c) (UnsafeMutableRawPointer?, mod_level, UInt64, mod_text) -> Void = {
            context, level, call, message in
            let core = unsafe TestHostTables.core(context)
            let text = unsafe TestHostTables.text(message, core, "log")
            guard let level = LogLevel(rawValue: level) else {
                return core.report("log: \(level) is no level")
            }
            core.log(TestHost.LogLine(level: level, call: call, text: text))
        }

    private static let finish:
        @convention(c) (
            UnsafeMutableRawPointer?, UInt64, UnsafePointer<mod_result>?
        ) -> mod_status = { context, call, result in
            let core = unsafe TestHostTables.core(context)
            guard let result = unsafe result,
                unsafe reaches(\mod_result.message, size: result.pointee.size)
            else {
                core.report("finish: the result of the call \(call) is too small a structure")
                return mod_status(MOD_MISUSE)
            }
            let end = unsafe TestHostTables.ending(result.pointee, call, core)
            return core.finish(call, end) ? mod_status(MOD_OK) : mod_status(MOD_MISUSE)
        }

    /// What a result says, checked.
    private static func ending(
        _ result: mod_result, _ call: UInt64, _ core: TestHostCore
    ) -> (inout Outcome) -> Void {
        let function = "finish of the call \(call)"
        guard unsafe result.status == MOD_OK else {
            let status = unsafe Failure.Status(rawValue: result.status)
            let message = unsafe text(result.message, core, function)
            core.check(status != nil, "\(function): \(unsafe result.status) is no status")
            core.check(!message.isEmpty, "\(function): a failure must say why")
            return { outcome in
                outcome.status = status ?? .failed
                outcome.message = message
            }
        }
        let kind = unsafe Outcome.Kind(rawValue: result.kind)
        let bytes = unsafe result.value.copied
        core.check(kind != nil, "\(function): \(unsafe result.kind) is no kind")
        if kind == .text { _ = unsafe text(result.value, core, function) }
        if kind == .json {
            core.check(
                (try? unsafe result.value.parsed()) != nil, "\(function): the value is not JSON")
        }
        return { outcome in
            outcome.kind = kind ?? .bytes
            outcome.bytes = bytes
        }
    }

    private static let progress:
        @convention(c) (UnsafeMutableRawPointer?, UInt64, Double, mod_text) -> Void = {
            context, call, fraction, note in
            let core = unsafe TestHostTables.core(context)
            let note = unsafe TestHostTables.text(note, core, "progress of the call \(call)")
            core.check(fraction <= 1, "progress of the call \(call): \(fraction) is above 1")
            _ = core.update(call, "progress") { outcome in
                outcome.progress.append(.init(fraction < 0 ? nil : fraction, note))
            }
        }

    private static let output:
        @convention(c) (UnsafeMutableRawPointer?, UInt64, mod_kind, mod_bytes) -> mod_status = {
            context, call, kind, piece in
            let core = unsafe TestHostTables.core(context)
            core.check(
                Outcome.Kind(rawValue: kind) != nil,
                "output of the call \(call): \(kind) is no kind")
            let text =
                kind == Outcome.Kind.bytes.rawValue
                ? unsafe piece.text
                : unsafe TestHostTables.text(piece, core, "output of the call \(call)")
            let isKnown = core.update(call, "output") { $0.outputs.append(text) }
            return isKnown ? mod_status(MOD_OK) : mod_status(MOD_MISUSE)
        }

    private static let isCancelled: @convention(c) (UnsafeMutableRawPointer?, UInt64) -> Int32 = {
        context, call in
        unsafe TestHostTables.core(context).isCancelled(call) ? 1 : 0
    }

    private static func run(
        _ mode: Mode, _ context: UnsafeMutableRawPointer?,
        _ function: (@convention(c) (UnsafeMutableRawPointer?) -> Void)?,
        _ argument: UnsafeMutableRawPointer?
    ) {
        let core = unsafe core(context)
        guard let function = unsafe function else {
            return core.report("run_on_…: the function is NULL")
        }
        // The module keeps what `argument` points to valid until the function has returned.
        nonisolated(unsafe) let argument = unsafe argument
        core.queue(for: mode).async { unsafe function(argument) }
    }
}
