package import KernelBase

/// What a worker is confined to: a value, made from permissions by the kernel and raised by the
/// worker before it opens its module's library.
package struct Walls: Sendable, Hashable {
    /// The module's id, for sentences; empty before its manifest is known.
    package var module: String
    package var strength: Strength
    /// What is open of the file system.
    package var rules: [Rule]
    package var limits: ResourceLimits
    /// Whether modes, times and attributes of open files may be changed: the system allows that for
    /// files of the user's that are open for reading only, so that nothing of his may be open to
    /// reading alone.
    package var allowsChanges: Bool
    /// The module's own folder, which must not fill up; empty if it has none.
    package var ownFolder = ""
    /// No later version of Landlock is used than this one; nil: what the system has. So that what
    /// Debian's kernel has can be tried on a newer one.
    package var landlockVersionMax: UInt32?

    package enum Strength: UInt8, Sendable, Hashable {
        /// Without the walls that keep others safe the module is not opened.
        case required = 0
        /// What can be raised is raised.
        case preferred = 1
        /// For the author who examines a module of his own: nothing is raised.
        case off = 2
    }

    package struct Rule: Sendable, Hashable {
        package let path: String
        package let access: Access

        package init(_ path: String, _ access: Access) {
            self.path = path
            self.access = access
        }
    }

    /// Who may write somewhere may read there too.
    package enum Access: UInt8, Sendable, Hashable {
        case read = 1
        case write = 3
        /// Reading, and starting: only for what becomes a program.
        case execute = 5

        /// Whether this gives all that the other one gives.
        package func includes(_ other: Access) -> Bool {
            rawValue & other.rawValue == other.rawValue
        }
    }

    package init(
        module: String, strength: Strength, rules: [Rule], limits: ResourceLimits,
        allowsChanges: Bool = false
    ) {
        self.module = module
        self.strength = strength
        self.rules = rules
        self.limits = limits
        self.allowsChanges = allowsChanges
    }

    package var allowsWriting: Bool { rules.contains { $0.access == .write && !$0.isDevice } }

    /// Whether the same stands, whoever is behind it.
    package func standsLike(_ other: Walls) -> Bool {
        var named = self
        named.module = other.module
        return named == other
    }

    /// Whether the walls let `path`, in which no link is left, be used like that.
    package func allow(_ access: Access, of path: String) -> Bool {
        rules.contains { rule in
            (access == .read || rule.access == .write) && PathPlaces.contains(rule.path, path)
        }
    }
}

extension Walls.Rule {
    /// Writing to it fills nothing.
    fileprivate var isDevice: Bool { path == "/dev/null" }
}

// MARK: As bytes, for the request that opens the library

extension Walls {
    private static let rulesMax = 4_096

    package func write(to writer: inout ByteWriter) {
        writer.write(module)
        writer.write(strength.rawValue)
        writer.write(UInt32(rules.count))
        for rule in rules {
            writer.write(rule.path)
            writer.write(rule.access.rawValue)
        }
        writer.write(limits.memoryBytes)
        writer.write(limits.diskBytes)
        writer.write(limits.threads)
        writer.write(limits.descriptors)
        writer.write(allowsChanges)
        writer.write(ownFolder)
        writer.write(landlockVersionMax ?? .max)
    }

    package init(from reader: inout ByteReader) throws {
        module = try reader.text()
        guard let strength = Strength(rawValue: try reader.number()) else {
            throw ByteReader.Truncated()
        }
        self.strength = strength
        let count = Int(try reader.number(UInt32.self))
        guard count <= Self.rulesMax else { throw ByteReader.Truncated() }
        rules = []
        for _ in 0..<count {
            let path = try reader.text()
            guard let access = Access(rawValue: try reader.number()) else {
                throw ByteReader.Truncated()
            }
            rules.append(Rule(path, access))
        }
        limits = ResourceLimits()
        limits.memoryBytes = try reader.number()
        limits.diskBytes = try reader.number()
        limits.threads = try reader.number()
        limits.descriptors = try reader.number()
        allowsChanges = try reader.flag()
        ownFolder = try reader.text()
        let version = try reader.number(UInt32.self)
        landlockVersionMax = version == .max ? nil : version
    }
}
