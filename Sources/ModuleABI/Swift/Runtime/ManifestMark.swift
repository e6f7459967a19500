/// The number that stands for a manifest: of what an author may make depend on the moment or the
/// machine. The schemas come from types, which only another build changes.
enum ManifestMark {
    static func of<M: Module>(_ type: M.Type) -> UInt64 {
        var mark = Mark()
        mark.add(M.manifest.id)
        mark.add(M.manifest.version)
        for task in M.tasks {
            mark.add(task.name)
            mark.add(task.mode.name)
            mark.add(task.risk.name)
            mark.add(UInt64(bitPattern: Int64(task.timeoutSeconds)))
        }
        return mark.value
    }

    /// FNV-1a, which Swift's own hashing is no substitute for: that differs between processes.
    private struct Mark {
        var value: UInt64 = 0xcbf2_9ce4_8422_2325

        mutating func add(_ text: String) {
            for byte in text.utf8 { mix(byte) }
            // The end of a text counts too: "ab", "c" is not "a", "bc".
            mix(0xFF)
        }

        mutating func add(_ number: UInt64) {
            for place in 0..<8 { mix(UInt8(truncatingIfNeeded: number >> (8 * UInt64(place)))) }
        }

        private mutating func mix(_ byte: UInt8) {
            value = (value ^ UInt64(byte)) &* 0x100_0000_01b3
        }
    }
}
