import ModuleJSON

/// What is known of the death of a kernel, as it is kept and shown.
package struct CrashReport: Codable, Sendable, Hashable {
    package static let formatVersion = 1

    package enum Failure: String, Codable, Sendable, Hashable {
        case signal
        case stackOverflow = "stack overflow"
        case trap
        case abort
        /// Code that is not the kernel's own ended the process.
        case exit
        case hang
        /// From outside, or by a system that is short of memory.
        case killed
    }

    /// How the module was found that is to blame.
    package enum Evidence: String, Codable, Sendable, Hashable {
        /// The thread had noted that it is in the module's code.
        case breadcrumb
        /// The code that faulted, on a thread of the module's own, is the module's.
        case address
    }

    package var version = formatVersion
    /// UTC: `2026-11-20T07:12:31.250Z`.
    package var time: String
    package var process: Int32
    package var failure: Failure
    /// What happened, for a person: "SIGSEGV (a crash) at 0x8".
    package var what: String
    package var isSafeMode = false

    /// Who is to blame; nil if nobody is as far as is known.
    package var blamed: Blamed?
    package var evidence: Evidence?

    package var thread: String?
    package var stack: [Frame] = []
    /// What the other threads were doing in module code.
    package var alsoRunning: [Activity] = []
    /// Calls that had begun and were never to end.
    package var interrupted: [Activity] = []
    /// What the process printed last.
    package var printed: [String] = []
    /// Why something could not be found out.
    package var remarks: [String] = []

    package struct Blamed: Codable, Sendable, Hashable {
        package var module: String
        package var version: String
        /// SHA-256 of the file.
        package var build: String
        package var generation: UInt64
        package var activity: String
        package var task: String?
        package var call: UInt64?

        package var shortBuild: String { String(build.prefix(8)) }
    }

    package struct Activity: Codable, Sendable, Hashable {
        /// "fs.read (call 12)", "fs: start"
        package var what: String
        package var seconds: Double
        package var thread: Int32?
    }

    package struct Frame: Codable, Sendable, Hashable {
        package var address: String
        package var image: String?
        package var offset: String?
        package var symbol: String?
    }

    package init(time: String, process: Int32, failure: Failure, what: String) {
        self.time = time
        self.process = process
        self.failure = failure
        self.what = what
    }
}

extension CrashReport {
    /// One line: when, who, doing what, how.
    package var headline: String {
        guard let blamed else { return "\(time): the kernel ended: \(what)" }
        return "\(time): \(blamed.module) \(blamed.version) (build \(blamed.shortBuild)) "
            + "crashed the kernel in \(blamed.activity): \(what)"
    }

    /// The innermost function that has a name, preferably of the module itself.
    package var stackTop: String? {
        let named = stack.filter { $0.symbol != nil }
        let own = blamed.flatMap { blamed in
            named.first { $0.image?.contains(blamed.build) == true }
        }
        return (own ?? named.first)?.symbol
    }

    /// As a page to read.
    package var text: String {
        var lines = [headline, ""]
        lines.append("process \(process)" + (thread.map { ", thread \($0)" } ?? ""))
        if isSafeMode { lines.append("It was in safe mode.") }
        lines += remarks
        if let blamed {
            lines += ["", "Module    \(blamed.module) \(blamed.version)"]
            lines.append("Build     \(blamed.build), generation \(blamed.generation)")
            lines.append("Activity  \(blamed.activity)")
            lines.append("Found by  its \(evidence?.rawValue ?? "name")")
        }
        lines += Self.part("Stack, innermost first", stack.enumerated().map(Self.line))
        lines += Self.part("Calls that were interrupted", interrupted.map(Self.line))
        lines += Self.part("Also in module code", alsoRunning.map(Self.line))
        lines += Self.part("Printed last", printed)
        return lines.joined(separator: "\n") + "\n"
    }

    private static func part(_ title: String, _ lines: [String]) -> [String] {
        lines.isEmpty ? [] : ["", "\(title):"] + lines.map { "  \($0)" }
    }

    private static func line(_ index: Int, _ frame: Frame) -> String {
        let place = frame.image.map { " in \($0)" } ?? ""
        let offset = frame.offset.map { " + \($0)" } ?? ""
        return "\(index)  \(frame.symbol ?? frame.address)\(place)\(offset)"
    }

    private static func line(_ activity: Activity) -> String {
        let thread = activity.thread.map { ", thread \($0)" } ?? ""
        return "\(activity.what), for \(activity.seconds) s\(thread)"
    }
}
