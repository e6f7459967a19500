internal import CModuleABI
internal import ModuleJSON
internal import Synchronization

/// What the exported symbol returns. A library holds one module, since the functions of the entry
/// take nothing that could tell several apart.
@safe
final class ModuleEntry: Sendable {
    private let type: any Module.Type
    // In memory that is never freed and never written after it was made.
    private nonisolated(unsafe) let table: UnsafeMutablePointer<mod_entry>
    private let written = Mutex<Written?>(nil)

    /// The manifest, worked out when a host asks for it: a kernel that knows it by its mark never
    /// does, and is spared the time and the memory.
    @safe
    private struct Written: @unchecked Sendable {
        // @unchecked: the memory is never freed and never written after it was made.
        let text: UnsafeBufferPointer<UInt8>
        let document: ManifestDocument
    }

    private static let shared = Mutex<ModuleEntry?>(nil)

    private init<M: Module>(_ type: M.Type) {
        self.type = type
        unsafe table = .allocate(capacity: 1)
        unsafe table.initialize(to: Self.entry)
    }

    private var manifest: Written {
        written.withLock { written in
            if let written { return written }
            let document = Self.document(of: self.type)
            let text = document.json.serialized()
            let memory = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: text.count)
            _ = unsafe memory.initialize(from: text)
            let made = unsafe Written(text: UnsafeBufferPointer(memory), document: document)
            written = made
            return made
        }
    }

    private func create(_ host: UnsafePointer<mod_host>) -> UnsafePointer<mod_module>? {
        // What is wrong with a manifest is told by the process that worked it out.
        unsafe Instance.create(self.type, written.withLock { $0?.document }, host)
    }

    private static func document<M: Module>(of type: M.Type) -> ManifestDocument {
        ManifestDocument(type)
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
            // Since then the host fills in the defaults of arguments.
            abi_minor_required: 1, reserved: 0, reserved_too: 0,
            manifest: {
                let text = unsafe ModuleEntry.shared.withLock { $0 }?.manifest.text
                return unsafe mod_text(
                    bytes: UnsafeRawPointer(text?.baseAddress)?.assumingMemoryBound(to: CChar.self),
                    length: UInt64(text?.count ?? 0))
            },
            create: { host in
                guard let host = unsafe host, let entry = ModuleEntry.shared.withLock({ $0 })
                else { return nil }
                return unsafe entry.create(host)
            },
            manifest_mark: {
                ModuleEntry.shared.withLock { $0 }.map { ManifestMark.of($0.type) } ?? 0
            })
    }
}

extension Module {
    /// What the exported symbol of the library returns:
    ///
    ///     @c(module_entry) public func entry() -> UnsafeRawPointer { Greeter.entry }
    public static var entry: UnsafeRawPointer { unsafe ModuleEntry.pointer(for: Self.self) }
}
