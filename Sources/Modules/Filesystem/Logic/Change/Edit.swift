/// Replaces one piece of text by another.
struct Edit: Sendable {
    let old: String
    let new: String
    /// Replace each occurrence; else there must be exactly one.
    var all = false

    static let editsMax = 100

    struct Result: Equatable, Sendable {
        let replaced: Int
        /// Where the first replacement begins, in the text as it is afterwards.
        let line: Int
    }

    /// Applies the edits one after the other, each to what the one before made. If one fails, none
    /// counts.
    static func apply(
        _ edits: [Edit], to bytes: [UInt8], of path: RawPath
    ) throws(Fault) -> ([UInt8], [Result]) {
        if edits.isEmpty { throw Fault(.invalid, "Say what to replace: old and new, or edits.") }
        if edits.count > editsMax {
            throw Fault(.limit, "At most \(editsMax) edits are possible at once.")
        }
        if bytes.prefix(FileType.sampleBytes).contains(0) {
            throw Fault(.unsupported, "\(path) is not text, so it cannot be edited.")
        }
        var bytes = bytes
        var results: [Result] = []
        for (index, edit) in edits.enumerated() {
            let which = edits.count > 1 ? "Edit \(index + 1) of \(edits.count): " : ""
            results.append(try edit.apply(to: &bytes, path, which))
            if bytes.count > Changer.bytesMax {
                throw Fault(.limit, "\(path) would grow beyond \(ByteCount(Changer.bytesMax)).")
            }
        }
        return (bytes, results)
    }

    private func apply(
        to bytes: inout [UInt8], _ path: RawPath, _ which: String
    ) throws(Fault) -> Result {
        let needle = Array(old.utf8)
        if needle.isEmpty {
            throw Fault(.invalid, "\(which)old is empty; to replace a whole file, use fs.write.")
        }
        if old == new { throw Fault(.invalid, "\(which)old and new are the same.") }
        let places = Self.occurrences(of: needle, in: bytes)
        guard let first = places.first else {
            let near = NearestLines(old, in: bytes).sentence
            throw Fault(.notFound, "\(which)\(path) does not contain that text. \(near)")
        }
        if places.count > 1 && !all {
            let lines = places.prefix(10).map { String(Self.line(at: $0, in: bytes)) }
            let more = places.count > 10 ? " and \(places.count - 10) more" : ""
            throw Fault(
                .invalid,
                "\(which)\(path) contains that text \(places.count) times, on the lines "
                    + "\(lines.joined(separator: ", "))\(more). Take in a line before or after it, "
                    + "so that it is found once, or set all = true.")
        }
        let line = Self.line(at: first, in: bytes)
        var result: [UInt8] = []
        var position = 0
        for place in places {
            result += bytes[position..<place]
            result += Array(new.utf8)
            position = place + needle.count
        }
        bytes = result + bytes[position...]
        return Result(replaced: places.count, line: line)
    }

    private static func occurrences(of needle: [UInt8], in bytes: [UInt8]) -> [Int] {
        var places: [Int] = []
        bytes.withUnsafeBytes { all in
            var position = 0
            while position < all.count {
                let rest = UnsafeRawBufferPointer(rebasing: all[position...])
                guard let offset = Door.find(needle, in: rest) else { return }
                places.append(position + offset)
                position += offset + needle.count
            }
        }
        return places
    }

    private static func line(at offset: Int, in bytes: [UInt8]) -> Int {
        bytes[..<offset].reduce(1) { $1 == UInt8(ascii: "\n") ? $0 + 1 : $0 }
    }
}
