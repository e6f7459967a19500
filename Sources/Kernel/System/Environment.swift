import Glibc

/// The environment that this process was started with.
package enum Environment {
    /// `NAME=value` lines.
    package static var all: [String] {
        var lines: [String] = []
        var entry = unsafe environ
        while let line = unsafe entry.pointee {
            unsafe lines.append(String(cString: line))
            unsafe entry += 1
        }
        return lines
    }

    package static func value(_ name: String) -> String? {
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }

    /// To be called before there are other threads.
    package static func remove(_ name: String) {
        unsafe unsetenv(name)
    }

    package static func value(_ name: String, or fallback: String) -> String {
        value(name) ?? fallback
    }
}

/// What this process is.
package enum ProcessFacts {
    package static var id: Int32 { getpid() }
    package static var user: UInt32 { getuid() }
    package static let pageBytes = UInt64(getpagesize())

    /// What the whole machine has.
    package static var machineMemoryBytes: Int {
        sysconf(Int32(_SC_PHYS_PAGES)) * Int(getpagesize())
    }
}
