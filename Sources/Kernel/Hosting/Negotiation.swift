import CModuleABI
import KernelBase

/// What a library says of itself in its entry, before anything of it is used.
package struct EntryFacts: Sendable, Hashable {
    package var magic: UInt64
    package var size: UInt32
    package var major: UInt16
    package var minor: UInt16
    package var minorRequired: UInt16

    package init(magic: UInt64, size: UInt32, major: UInt16, minor: UInt16, minorRequired: UInt16) {
        self.magic = magic
        self.size = size
        self.major = major
        self.minor = minor
        self.minorRequired = minorRequired
    }
}

/// Do the kernel and a module speak the same contract?
package enum Negotiation {
    package static let magic: UInt64 = 0x6f6d_6c65_6e72_656b
    package static let major = UInt16(MOD_ABI_MAJOR)
    package static let minor = UInt16(MOD_ABI_MINOR)
    /// The size of `mod_entry` in version 1.0: no module can be built with less.
    package static let entryBytesMin = UInt32(
        MemoryLayout<mod_entry>.offset(of: \.manifest_mark) ?? MemoryLayout<mod_entry>.size)

    /// Every field that does not fit, each with what was expected and what to do; empty if the
    /// module can be used.
    package static func problems(_ entry: EntryFacts) -> [String] {
        // Without the magic number the other fields mean nothing.
        guard entry.magic == magic else {
            return [
                "magic is \(hexadecimal(entry.magic)), expected \(hexadecimal(magic)): "
                    + "module_entry does not return a mod_entry; build against module_abi.h"
            ]
        }
        var problems: [String] = []
        if entry.size < entryBytesMin {
            problems.append(
                "size is \(entry.size), expected at least \(entryBytesMin): "
                    + "set it to sizeof(mod_entry) and rebuild")
        }
        if entry.major != major {
            problems.append(
                "abi_major is \(entry.major), expected \(major): "
                    + "rebuild the module with the headers of ABI \(major).\(minor)")
        }
        if entry.major == major && entry.minorRequired > minor {
            problems.append(
                "abi_minor_required is \(entry.minorRequired), this kernel has \(minor): "
                    + "upgrade the kernel, or build the module for an older one")
        }
        return problems
    }

    private static func hexadecimal(_ number: UInt64) -> String {
        "0x" + String(number, radix: 16)
    }
}
