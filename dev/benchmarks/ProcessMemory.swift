import KernelSystem

/// What a process occupies, by /proc/<process>/smaps_rollup.
struct ProcessMemory {
    let anonymousKibibytes: Int
    let proportionalKibibytes: Int
    let residentKibibytes: Int

    static func own() throws -> ProcessMemory { try ProcessMemory("self") }

    init(_ process: String) throws {
        let bytes = try Files.read("/proc/\(process)/smaps_rollup", bytesMax: 1 << 16)
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        func kibibytes(_ name: String) throws -> Int {
            let fields = lines.first { $0.hasPrefix(name + ":") }?.split(separator: " ")
            guard let fields, fields.count > 1, let number = Int(fields[1]) else {
                throw BenchFailure("/proc/\(process)/smaps_rollup has no \(name)")
            }
            return number
        }
        anonymousKibibytes = try kibibytes("Anonymous")
        proportionalKibibytes = try kibibytes("Pss")
        residentKibibytes = try kibibytes("Rss")
    }

    static func children(of parent: Int32) throws -> [Int32] {
        try Files.names(in: "/proc").compactMap { Int32($0) }.filter { process in
            // The parent is the second field behind the name, which may hold anything.
            guard let bytes = try? Files.read("/proc/\(process)/stat", bytesMax: 4_096),
                let name = bytes.lastIndex(of: UInt8(ascii: ")"))
            else { return false }
            let fields = String(decoding: bytes[(name + 1)...], as: UTF8.self)
                .split(separator: " ")
            return fields.count > 1 && fields[1] == "\(parent)"
        }
    }
}
