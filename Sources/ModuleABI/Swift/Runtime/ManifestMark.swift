/// The number that stands for a manifest: of what an author may make depend on the moment or the
/// machine. The schemas come from types, which only another build changes.
enum ManifestMark {
    static func of<M: Module>(_ type: M.Type) -> UInt64 {
        let manifest = M.manifest
        var mark = Mark()
        mark.add([manifest.id, manifest.version, manifest.about])
        let permissions = manifest.permissions
        for list in [
            permissions.read, permissions.write, permissions.network, permissions.dbus,
            permissions.execute,
        ] {
            mark.add(list)
        }
        mark.add(manifest.provides.flatMap { [$0.name, $0.version] })
        mark.add(manifest.requires.flatMap { [$0.name, $0.range, $0.optional ? "?" : ""] })
        for task in M.tasks {
            mark.add([task.name, task.about, task.mode.name, task.risk.name, task.result.name])
            mark.add(UInt64(bitPattern: Int64(task.timeoutSeconds)))
            mark.add(task.idempotent ? 1 : 0)
        }
        mark.add(UInt64(bitPattern: Int64(M.versionOfState ?? -1)))
        return mark.value
    }

    /// FNV-1a, which Swift's own hashing is no substitute for: that differs between processes.
    private struct Mark {
        var value: UInt64 = 0xcbf2_9ce4_8422_2325

        mutating func add(_ texts: [String]) {
            // The ends count too: "ab", "c" is not "a", "bc", nor one list two.
            for text in texts {
                for byte in text.utf8 { mix(byte) }
                mix(0xFF)
            }
            mix(0xFE)
        }

        mutating func add(_ number: UInt64) {
            for place in 0..<8 { mix(UInt8(truncatingIfNeeded: number >> (8 * UInt64(place)))) }
        }

        private mutating func mix(_ byte: UInt8) {
            value = (value ^ UInt64(byte)) &* 0x100_0000_01b3
        }
    }
}
