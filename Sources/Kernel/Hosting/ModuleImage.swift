import CModuleABI
import KernelBase
package import KernelFlight
package import KernelSystem

/// A module's library, mapped into this process and found to speak our contract.
@safe package final class ModuleImage: Sendable {
    package let path: String
    /// A number that stands for the manifest; nil if the module gives none.
    package let manifestMark: UInt64?
    /// Where module_entry was mapped: a new build must come at a new address, else the loader has
    /// been given the old library again.
    package let entryAddress: UInt

    /// They lie in the library, which is never unmapped.
    @safe private struct Functions: Sendable {
        let create: @convention(c) (UnsafePointer<mod_host>?) -> UnsafePointer<mod_module>?
        let manifest: @convention(c) () -> mod_text
    }

    private let library: DynamicLibrary
    private let functions: Functions
    private let recorded: FlightBuild

    /// A manifest of more than this is a mistake.
    package static let manifestBytesMax = 1 << 20

    /// `recorded` is who the flight recorder names if the code crashes meanwhile.
    package init(
        opening path: String, recorded: FlightBuild = FlightBuild()
    ) throws(ModuleFailure) {
        let library: DynamicLibrary
        do {
            library = try FlightRecorder.note(.lifecycle(.open), of: recorded) {
                () throws(DynamicLibrary.Failure) in
                try DynamicLibrary(opening: path)
            }
        } catch {
            throw ModuleFailure(.open, .failed, error.description)
        }
        guard let symbol = unsafe library.address(of: "module_entry") else {
            throw ModuleFailure(
                .negotiate, .unsupported,
                "the library has no symbol module_entry: it is not a module, or hides its entry")
        }
        let entry = try FlightRecorder.note(.lifecycle(.negotiate), of: recorded) {
            () throws(ModuleFailure) in
            unsafe try Self.entry(at: symbol)
        }
        guard let create = unsafe entry.create, let manifestFunction = unsafe entry.manifest else {
            throw ModuleFailure(
                .negotiate, .invalid, "the entry's manifest or create function is null")
        }
        self.path = path
        self.library = library
        entryAddress = UInt(bitPattern: symbol)
        self.recorded = recorded
        functions = unsafe Functions(create: create, manifest: manifestFunction)
        manifestMark = FlightRecorder.note(.lifecycle(.manifest), of: recorded) {
            entry.manifest_mark.map { $0() }
        }
    }

    /// Puts the pages of the library that are only read from now on into a file. Returns how many
    /// bytes they take there.
    package func settle(in file: borrowing FileDescriptor, at place: Int) -> Int {
        library.settle(in: file, at: place)
    }

    /// The manifest's bytes, as the code produces them now.
    package func manifest() throws(ModuleFailure) -> [UInt8] {
        let text = unsafe FlightRecorder.note(.lifecycle(.manifest), of: recorded) {
            unsafe functions.manifest()
        }
        return unsafe try Self.manifestBytes(text)
    }

    /// Asks the module for an instance.
    @unsafe func create(_ host: UnsafePointer<mod_host>?) -> UnsafePointer<mod_module>? {
        unsafe functions.create(host)
    }

    @unsafe private static func entry(
        at symbol: UnsafeMutableRawPointer
    ) throws(ModuleFailure) -> mod_entry {
        typealias Function = @convention(c) () -> UnsafePointer<mod_entry>?
        // dlsym gives an address; the contract says what function stands there.
        guard let pointer = unsafe unsafeBitCast(symbol, to: Function.self)() else {
            throw ModuleFailure(.negotiate, .invalid, "module_entry returned null")
        }
        // Only magic and size may be read before the size is known to reach further; a library
        // that is not a module at all has at least these 12 bytes behind any valid pointer.
        let raw = unsafe UnsafeRawPointer(pointer)
        let magic = unsafe raw.loadUnaligned(as: UInt64.self)
        let size = unsafe raw.loadUnaligned(fromByteOffset: 8, as: UInt32.self)
        var facts = EntryFacts(magic: magic, size: size, major: 0, minor: 0, minorRequired: 0)
        guard magic == Negotiation.magic else { throw refusal(facts) }
        let entry: mod_entry = unsafe SizedTable.copy(raw, sizeOffset: 8)
        facts.major = entry.abi_major
        facts.minor = entry.abi_minor
        facts.minorRequired = entry.abi_minor_required
        guard Negotiation.problems(facts).isEmpty else { throw refusal(facts) }
        return entry
    }

    private static func refusal(_ facts: EntryFacts) -> ModuleFailure {
        ModuleFailure(
            .negotiate, .unsupported, Negotiation.problems(facts).joined(separator: "; "))
    }

    @unsafe private static func manifestBytes(
        _ text: mod_text
    ) throws(ModuleFailure) -> [UInt8] {
        guard unsafe text.length > 0, let start = unsafe text.bytes else {
            throw ModuleFailure(.manifest, .invalid, "the manifest is empty")
        }
        guard unsafe text.length <= manifestBytesMax else {
            throw ModuleFailure(
                .manifest, .limit,
                unsafe "the manifest has \(text.length) bytes, more than \(manifestBytesMax)")
        }
        return unsafe Array(
            UnsafeRawBufferPointer(start: start, count: Int(text.length)))
    }
}
