/// Which file's code was mapped where when the process crashed: the lines of /proc/self/maps.
struct CodeMappings: Sendable, Hashable {
    struct Mapping: Sendable, Hashable {
        let start: UInt64
        let end: UInt64
        let fileOffset: UInt64
        let path: String
    }

    let mappings: [Mapping]

    init(_ lines: String) {
        mappings = lines.split(separator: "\n").compactMap { Self.mapping($0) }
    }

    func mapping(of address: UInt64) -> Mapping? {
        mappings.first { $0.start <= address && address < $0.end }
    }

    /// `7f0c-7f0d r-xp 00001000 08:01 1234    /usr/lib/libc.so.6`
    private static func mapping(_ line: Substring) -> Mapping? {
        let fields = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
        guard fields.count == 6 else { return nil }
        let range = fields[0].split(separator: "-")
        guard range.count == 2, let start = UInt64(range[0], radix: 16),
            let end = UInt64(range[1], radix: 16), let offset = UInt64(fields[2], radix: 16)
        else { return nil }
        let path = fields[5].drop { $0 == " " }
        return Mapping(start: start, end: end, fileOffset: offset, path: String(path))
    }
}
