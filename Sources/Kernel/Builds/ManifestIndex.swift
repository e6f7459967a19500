import KernelBase
package import KernelSystem

/// What is known of every module file, so that a start opens and probes only what has changed
/// since: by device, inode, size and both times of the source.
package struct ManifestIndex: Sendable {
    package struct Entry: Sendable {
        package let build: Build
        package let manifest: Manifest
        package let abilities: [UInt8]
        /// What a provider of models says of itself; empty of any other module.
        package let provider: [UInt8]

        package init(
            build: Build, manifest: Manifest, abilities: [UInt8], provider: [UInt8] = []
        ) {
            self.build = build
            self.manifest = manifest
            self.abilities = abilities
            self.provider = provider
        }
    }

    private var entries: [String: Entry] = [:]

    /// Changes whenever the format does: an older index is then made anew.
    private static let formatVersion: UInt32 = 4
    private static let entriesMax = 10_000
    private static let bytesMax = 256 << 20

    package init() {}

    /// The entry of a source file, if the file is still the one that it was made from.
    package func entry(of source: String, _ status: FileStatus) -> Entry? {
        guard let entry = entries[source], entry.build.source.isSameContent(as: status) else {
            return nil
        }
        return entry
    }

    /// Of every known file, in the order of their paths.
    package var manifests: [Manifest] {
        entries.sorted { $0.key < $1.key }.map(\.value.manifest)
    }

    /// What those say of themselves that provide models, by their ids.
    package var providers: [String: [UInt8]] {
        // Of two files with one id the first path says it, as it does wherever paths are listed.
        let known = entries.sorted { $0.key < $1.key }.map(\.value).filter { !$0.provider.isEmpty }
        return Dictionary(
            known.map { ($0.manifest.id, $0.provider) }, uniquingKeysWith: { first, _ in first })
    }

    package mutating func set(_ source: String, _ entry: Entry) {
        guard entries[source] != nil || entries.count < Self.entriesMax else { return }
        entries[source] = entry
    }

    package mutating func remove(_ source: String) {
        entries[source] = nil
    }

    /// The files of a folder that are known.
    package func sources(in folder: String) -> [String] {
        entries.keys.filter { Path.directory(of: $0) == folder }.sorted()
    }

    /// The hashes that a known source stands for: every other copy in the store may go.
    package var hashes: Set<String> { Set(entries.values.map(\.build.hash)) }
}

extension ManifestIndex {
    /// Reads an index. A damaged or older one is as good as none: all is probed again.
    package init(readingFrom path: String) {
        self.init()
        guard let bytes = try? Files.read(path, bytesMax: Self.bytesMax) else { return }
        if let entries = try? Self.entries(in: bytes) { self.entries = entries }
    }

    package func write(to path: String) throws(SystemError) {
        try Files.replace(path, with: bytes)
    }

    private var bytes: [UInt8] {
        var body = ByteWriter(reserving: entries.count * 2_048)
        for (source, entry) in entries.sorted(by: { $0.key < $1.key }) {
            body.write(source)
            body.write(entry.build.source.device)
            body.write(entry.build.source.inode)
            body.write(entry.build.source.bytes)
            body.write(entry.build.source.modifiedNanoseconds)
            body.write(entry.build.source.changedNanoseconds)
            body.write(entry.build.hash)
            body.write(entry.build.path)
            body.write(UInt64(entry.build.writableBytes))
            body.write(UInt64(entry.build.mappedBytes))
            body.write(entry.build.libraries.joined(separator: "\n"))
            body.write(entry.manifest.mark)
            body.write(entry.manifest.bytes)
            body.write(entry.abilities)
            body.write(entry.provider)
        }
        var whole = ByteWriter(reserving: body.bytes.count + 16)
        whole.write(Self.formatVersion)
        whole.write(Self.checksum(body.bytes[...]))
        return whole.bytes + body.bytes
    }

    private static func entries(in bytes: [UInt8]) throws -> [String: Entry] {
        var head = ByteReader(bytes)
        let version: UInt32 = try head.number()
        let checksum: UInt64 = try head.number()
        let body = bytes.dropFirst(12)
        guard version == formatVersion, checksum == Self.checksum(body) else { return [:] }
        var reader = ByteReader(body)
        var entries: [String: Entry] = [:]
        while !reader.isAtEnd {
            let (source, entry) = try entry(&reader)
            // A manifest that this kernel refuses is probed again, so that the reason is told.
            if let entry { entries[source] = entry }
        }
        return entries
    }

    private static func entry(_ reader: inout ByteReader) throws -> (String, Entry?) {
        let source = try reader.text()
        let status = FileStatus(
            device: try reader.number(), inode: try reader.number(), bytes: try reader.number(),
            modifiedNanoseconds: try reader.number(), changedNanoseconds: try reader.number())
        let hash = try reader.text()
        let path = try reader.text()
        let writableBytes = Int(clamping: try reader.number(UInt64.self))
        let mappedBytes = Int(clamping: try reader.number(UInt64.self))
        let libraries = try reader.text().split(separator: "\n").map { String($0) }
        let mark: UInt64 = try reader.number()
        let manifest = try? Manifest(parsing: try reader.part(), mark: mark)
        let abilities = try reader.part()
        let provider = try reader.part()
        let build = Build(
            hash: hash, path: path, source: status, writableBytes: writableBytes,
            mappedBytes: mappedBytes, libraries: libraries)
        let entry = manifest.map {
            Entry(build: build, manifest: $0, abilities: abilities, provider: provider)
        }
        return (source, entry)
    }

    /// FNV-1a: tells a torn or flipped file, not an attacker, who could write our memory anyway.
    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes {
            hash ^= UInt64(byte)
            hash &*= 0x100_0000_01b3
        }
        return hash
    }
}
