package import Desktop

/// What kind of file something is, by the shared database of MIME types.
/// https://specifications.freedesktop.org/shared-mime-info-spec/latest/
package struct MimeTypes: Sendable {
    private var globs: [GlobRule] = []
    private var aliases: [String: String] = [:]
    private var parents: [String: [String]] = [:]
    private var magic = MagicRules([])

    package static let folder = "inode/directory"
    package static let text = "text/plain"
    package static let unknown = "application/octet-stream"

    package init(_ environment: Environment) {
        var magicFiles: [[UInt8]] = []
        /// Types whose patterns a folder further up declares to be complete.
        var closed: Set<String> = []
        for folder in environment.dataFolders {
            let file = { (name: String) in SmallFile.read("\(folder)/mime/\(name)") }
            if let bytes = file("globs2") { readGlobs(bytes, &closed) }
            if let bytes = file("aliases") {
                for (alias, type) in MimeTypes.pairs(bytes) where aliases[alias] == nil {
                    aliases[alias] = type
                }
            }
            if let bytes = file("subclasses") {
                for (type, parent) in MimeTypes.pairs(bytes) {
                    parents[type, default: []].append(parent)
                }
            }
            if let bytes = file("magic") { magicFiles.append(bytes) }
        }
        magic = MagicRules(magicFiles)
    }

    /// The type of a file: by its name; by its content where the name says nothing or too much.
    package func type(ofFile path: String) -> String {
        if SmallFile.kind(of: path) == .folder { return MimeTypes.folder }
        let candidates = types(ofName: path.split(separator: "/").last.map(String.init) ?? path)
        if candidates.count == 1 { return candidates[0] }
        let start = SmallFile.read(path, limit: MagicRules.bytesMax) ?? []
        let sniffed = magic.types(of: start)
        for type in sniffed
        where candidates.contains(where: { lineage(of: $0).contains(canonical(type)) }) {
            return candidates.first { lineage(of: $0).contains(canonical(type)) } ?? type
        }
        if let type = candidates.first ?? sniffed.first { return type }
        return MimeTypes.looksLikeText(start) ? MimeTypes.text : MimeTypes.unknown
    }

    /// The types that fit a name best; several where the database cannot tell.
    package func types(ofName name: String) -> [String] {
        let exact = best { $0.matches(name) }
        if !exact.isEmpty { return exact }
        let folded = name.lowercased()
        return best { !$0.isCaseSensitive && $0.folded.matches(folded) }
    }

    /// The one name of a type that has several.
    package func canonical(_ type: String) -> String {
        aliases[type] ?? type
    }

    /// A type, then what it also is, nearest first: an application for any of these can open it.
    package func lineage(of type: String) -> [String] {
        var found = [canonical(type)]
        var next = 0
        while next < found.count {
            for parent in (parents[found[next]] ?? []).map(canonical)
            where !found.contains(parent) {
                found.append(parent)
            }
            next += 1
        }
        let first = found[0]
        if first.hasPrefix("text/"), !found.contains(MimeTypes.text) {
            found.append(MimeTypes.text)
        }
        let isStream = !first.hasPrefix("inode/") && !first.hasPrefix("x-scheme-handler/")
        if isStream, !found.contains(MimeTypes.unknown) { found.append(MimeTypes.unknown) }
        return found
    }

    private func best(where matches: (GlobRule) -> Bool) -> [String] {
        let found = globs.filter(matches)
        guard let top = found.max(by: { $0.rank < $1.rank }) else { return [] }
        var seen: Set<String> = []
        return found.filter { $0.rank == top.rank && seen.insert($0.type).inserted }.map(\.type)
    }

    /// Lines as "50:text/x-c:*.c" or "50:text/x-c++src:*.C:cs".
    private mutating func readGlobs(_ bytes: [UInt8], _ closed: inout Set<String>) {
        var closedHere: Set<String> = []
        for line in MimeTypes.lines(bytes) {
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count >= 3, let weight = Int(fields[0]) else { continue }
            let type = String(fields[1])
            if closed.contains(type) { continue }
            if fields[2] == "__NOGLOBS__" {
                closedHere.insert(type)
                continue
            }
            let flags = fields.count > 3 ? fields[3].split(separator: ",") : []
            globs.append(
                GlobRule(
                    type: type, pattern: String(fields[2]), weight: weight,
                    isCaseSensitive: flags.contains("cs")))
        }
        closed.formUnion(closedHere)
    }

    private static func pairs(_ bytes: [UInt8]) -> [(String, String)] {
        lines(bytes).compactMap { line in
            let words = line.split(separator: " ")
            return words.count == 2 ? (String(words[0]), String(words[1])) : nil
        }
    }

    private static func lines(_ bytes: [UInt8]) -> [String] {
        bytes.split(separator: UInt8(ascii: "\n")).lazy
            .filter { $0.first != UInt8(ascii: "#") }
            .map { String(decoding: $0, as: UTF8.self) }
    }

    /// The specification: no control characters among the first 128 bytes.
    private static func looksLikeText(_ bytes: [UInt8]) -> Bool {
        bytes.prefix(128).allSatisfy { byte in
            byte >= 0x20 && byte != 0x7f || (0x09...0x0d).contains(byte) || byte == 0x1b
        }
    }
}
