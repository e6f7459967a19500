internal import CModuleABI
internal import ModuleJSON
internal import Synchronization

/// What the exported symbol returns. A library holds one module, since the functions of the entry
/// take nothing that could tell several apart.
@safe
final class ModuleEntry: Sendable {
    private let type: any Module.Type
    // In memory that is never freed and never written after it was made.
    private nonisolated(unsafe) let manifest: UnsafeBufferPointer<UInt8>
    private nonisolated(unsafe) let table: UnsafeMutablePointer<mod_entry>

    private static let shared = Mutex<ModuleEntry?>(nil)

    private init<M: Module>(_ type: M.Type) {
        self.type = type
        let text = ManifestDocument(type).json.serialized()
        let memory = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: text.count)
        _ = unsafe memory.initialize(from: text)
        unsafe manifest = UnsafeBufferPointer(memory)
        unsafe table = .allocate(capacity: 1)
        unsafe table.initialize(to: Self.entry)
    }

    static func pointer<M: Module>(for type: M.Type) -> UnsafeRawPointer {
        unsafe shared.withLock { shared in
            let entry = shared ?? ModuleEntry(type)
            precondition(
                ObjectIdentifier(entry.type) == ObjectIdentifier(type),
                "one library holds one module, but \(entry.type) and \(type) want to be its entry")
            shared = entry
            return unsafe UnsafeRawPointer(entry.table)
        }
    }

    /// `MOD_MAGIC`, whose definition is a macro that Swift does not see.
    private static let magic: UInt64 = 0x6f6d_6c65_6e72_656b

    private static var entry: mod_entry {
        unsafe mod_entry(
            magic: magic, size: UInt32(MemoryLayout<mod_entry>.size),
            abi_major: UInt16(MOD_ABI_MAJOR), abi_minor: UInt16(MOD_ABI_MINOR),
            abi_minor_required: 0, reserved: 0, reserved_too: 0,
            manifest: {
                let manifest = unsafe ModuleEntry.shared.withLock { unsafe $0?.manifest }
                return unsafe mod_text(
                    bytes: UnsafeRawPointer(manifest?.baseAddress)?.assumingMemoryBound(
                        to: CChar.self),
                    length: UInt64(manifest?.count ?? 0))
            },
            create: { host in
                let type = ModuleEntry.shared.withLock { $0?.type }
                guard let host = unsafe host, let type else { return nil }
                return unsafe Instance.create(type, host)
            })
    }
}

extension Module {
    /// What the exported symbol of the library returns:
    ///
    ///     @c(module_entry) public func entry() -> UnsafeRawPointer { Greeter.entry }
    public static var entry: UnsafeRawPointer { unsafe ModuleEntry.pointer(for: Self.self) }
}
