import CModuleABI
import Dispatch
import ModuleJSON

/// A module written against the bare tables, each of whose tasks breaks the contract in one way.
enum Misbehaving {
    static let tasks = [
        "twice", "stranger", "notText", "notJSON", "silent", "oddStatus", "oddKind", "late",
        "tooFar", "failOutside", "smallResult", "never", "keepsArguments",
    ]

    static let manifest: [UInt8] = {
        let list = tasks.map { name -> JSON in
            ["name": .string(name), "mode": "thread", "accepts": "bytes", "arguments": nil]
        }
        return JSON.object(["id": "misbehaving", "tasks": .array(list)]).serialized()
    }()

    // Made once, never written afterwards.
    nonisolated(unsafe) private static let manifestText: mod_text = {
        let copy = UnsafeMutableBufferPointer<CChar>.allocate(capacity: manifest.count)
        _ = copy.initialize(from: manifest.map { CChar(bitPattern: $0) })
        return mod_text(bytes: copy.baseAddress, length: UInt64(manifest.count))
    }()

    /// The host of the latest instance: these tests run one after the other.
    nonisolated(unsafe) static var host: UnsafePointer<mod_host>?
    // Made once, or written by one test at a time.
    nonisolated(unsafe) static var calls: UnsafePointer<mod_host_calls>?
    // Made once, or written by one test at a time.
    nonisolated(unsafe) static var keptArguments = mod_bytes()

    // Made once, or written by one test at a time.
    nonisolated(unsafe) static var entry = mod_entry(
        magic: 0x6f6d_6c65_6e72_656b, size: UInt32(MemoryLayout<mod_entry>.size), abi_major: 1,
        abi_minor: 0, abi_minor_required: 0, reserved: 0, reserved_too: 0,
        manifest: { Misbehaving.manifestText },
        create: { host in
            Misbehaving.host = host
            Misbehaving.calls = host!.pointee.capability(host!.pointee.context, MOD_HOST_CALLS, 1)!
                .assumingMemoryBound(to: mod_host_calls.self)
            return UnsafePointer(Misbehaving.module)
        }, manifest_mark: nil)

    // Made once, or written by one test at a time.
    nonisolated(unsafe) private static let tables = (
        tasks: made(
            mod_tasks(
                size: UInt32(MemoryLayout<mod_tasks>.size), reserved: 0,
                call: { _, call in Misbehaving.misbehave(call!.pointee) }, cancel: nil)),
        state: made(
            mod_state(
                size: UInt32(MemoryLayout<mod_state>.size), reserved: 0,
                save: { _, writer in
                    let lent = UInt(bitPattern: writer)
                    return Misbehaving.elsewhere {
                        let writer = UnsafePointer<mod_writer>(bitPattern: lent)!
                        _ = writer.pointee.write(writer.pointee.context, mod_bytes())
                    }
                }, load: { _, _, _ in 0 }))
    )

    private static func made<Table>(_ table: Table) -> UnsafeMutablePointer<Table> {
        let place = UnsafeMutablePointer<Table>.allocate(capacity: 1)
        place.initialize(to: table)
        return place
    }

    // Made once, or written by one test at a time.
    nonisolated(unsafe) private static let module = made(
        mod_module(
            size: UInt32(MemoryLayout<mod_module>.size), reserved: 0, instance: nil,
            capability: { _, id, _ in
                switch String(cString: id!) {
                case MOD_TASKS: UnsafeRawPointer(Misbehaving.tables.tasks)
                case MOD_STATE: UnsafeRawPointer(Misbehaving.tables.state)
                default: nil
                }
            },
            start: { _ in
                Misbehaving.elsewhere {
                    let host = Misbehaving.host!
                    _ = host.pointee.fail(host.pointee.context, -1, mod_text())
                }
            }, stop: nil, destroy: { _ in }))

    /// What `start` and `save` do on a thread of their own.
    private static func elsewhere(_ body: @escaping @Sendable () -> Void) -> mod_status {
        let group = DispatchGroup()
        DispatchQueue.global().async(group: group, execute: body)
        group.wait()
        return 0
    }

    private static func misbehave(_ call: mod_call) {
        guard let host, let calls else { return }
        var result = mod_result(
            size: UInt32(MemoryLayout<mod_result>.size), status: 0, kind: 1, reserved: 0,
            value: mod_bytes(), message: mod_text())
        let context = host.pointee.context
        func finish(_ id: UInt64) { _ = calls.pointee.finish(context, id, &result) }
        var bad: [UInt8] = [0x7B, 0xFF]
        switch tasks[Int(call.task)] {
        case "twice":
            finish(call.id)
            finish(call.id)
        case "stranger": finish(call.id + 1000)
        case "notText", "notJSON":
            result.kind = tasks[Int(call.task)] == "notText" ? 1 : 2
            bad.withUnsafeBytes { bytes in
                result.value = mod_bytes(bytes: bytes.baseAddress, length: 2)
                finish(call.id)
            }
        case "silent":
            result.status = -1
            finish(call.id)
        case "oddStatus":
            result.status = 5
            finish(call.id)
        case "oddKind":
            result.kind = 9
            finish(call.id)
        case "late":
            finish(call.id)
            calls.pointee.progress(context, call.id, 0.5, mod_text())
            _ = calls.pointee.output(context, call.id, 1, mod_bytes())
        case "tooFar":
            calls.pointee.progress(context, call.id, 1.5, mod_text())
            finish(call.id)
        case "failOutside":
            _ = host.pointee.fail(context, -1, mod_text())
            finish(call.id)
        case "smallResult":
            result.size = 8
            finish(call.id)
            result.size = UInt32(MemoryLayout<mod_result>.size)
            finish(call.id)
        case "keepsArguments": keptArguments = call.arguments
        default: bad = []
        }
    }
}
