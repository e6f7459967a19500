internal import CModuleABI
internal import ModuleJSON
internal import ModuleKit

/// The module under test: a Swift type, or the entry of a library in any language.
@safe
struct TestSubject {
    let manifest: JSON
    let create: (UnsafePointer<mod_host>) -> UnsafePointer<mod_module>?

    init<M: Module>(_ type: M.Type) throws {
        let document = ManifestDocument(type)
        manifest = try JSON(parsing: document.json.serialized())
        unsafe create = { unsafe Instance.create(type, document, $0) }
    }

    /// `MOD_MAGIC`, whose definition is a macro that Swift does not see.
    private static let magic: UInt64 = 0x6f6d_6c65_6e72_656b

    init(entry pointer: UnsafeRawPointer) throws {
        let entry = unsafe pointer.assumingMemoryBound(to: mod_entry.self)
        guard unsafe entry.pointee.magic == Self.magic else {
            throw TestHostError("module_entry: the magic number is wrong; use MOD_MAGIC")
        }
        guard unsafe reaches(\mod_entry.create, size: entry.pointee.size),
            unsafe entry.pointee.abi_major == MOD_ABI_MAJOR,
            unsafe entry.pointee.abi_minor_required <= MOD_ABI_MINOR,
            let manifest = unsafe entry.pointee.manifest, let create = unsafe entry.pointee.create
        else {
            throw TestHostError(
                "module_entry: size \(unsafe entry.pointee.size), version"
                    + " \(unsafe entry.pointee.abi_major)."
                    + "\(unsafe entry.pointee.abi_minor_required);"
                    + " expected size \(MemoryLayout<mod_entry>.size), version"
                    + " \(MOD_ABI_MAJOR).\(MOD_ABI_MINOR), and both functions")
        }
        let first = unsafe manifest()
        let second = unsafe manifest()
        guard unsafe first.bytes == second.bytes, unsafe first.length == second.length else {
            throw TestHostError("manifest: it must return the same bytes each time")
        }
        do {
            self.manifest = try unsafe mod_bytes(bytes: first.bytes, length: first.length).parsed()
        } catch {
            throw TestHostError("manifest: it is not JSON: \(error)")
        }
        unsafe self.create = { host in unsafe create(host) }
    }
}

/// One task as the manifest describes it.
struct TestTask {
    let index: Int
    let name: String
    let schema: JSONSchema?
    let mode: Mode

    private static func mode(named name: String) -> Mode? {
        [Mode.main, .thread, .process].first { $0.name == name }
    }

    static func all(in manifest: JSON) throws -> [TestTask] {
        guard let tasks = manifest["tasks"]?.array else {
            throw TestHostError("manifest: \"tasks\" must be a list")
        }
        return try tasks.enumerated().map { index, task in
            guard let name = task["name"]?.string,
                let mode = task["mode"]?.string.flatMap(Self.mode)
            else { throw TestHostError("manifest: \"tasks[\(index)]\" needs a name and a mode") }
            let acceptsJSON = task["accepts"] != "bytes"
            let schema = task["arguments"].flatMap { $0.isNull ? nil : $0 }
            return TestTask(
                index: index, name: name,
                schema: acceptsJSON ? try schema.map { try JSONSchema($0) } : nil, mode: mode)
        }
    }
}
