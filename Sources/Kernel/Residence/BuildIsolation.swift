import KernelSystem

/// A build that may not run in the kernel, because of what it did there.
package struct BuildIsolation: Sendable, Hashable {
    package let module: String
    package let build: String
    package let time: String
    /// Goes on after "it".
    package let reason: String
    /// The file of a crash.
    package let report: String?

    package init(
        module: String, build: String,
        time: String = SystemClock.universalTime(
            ofNanoseconds: SystemClock.wallNanoseconds), reason: String,
        report: String? = nil
    ) {
        self.module = module
        self.build = build
        self.time = time
        self.reason = reason
        self.report = report
    }

    /// Why, and what ends it.
    package var sentence: String {
        "on \(time) it \(reason); a rebuilt file or /module lift \(module) ends this"
            + (report.map { "; report: \($0)" } ?? "")
    }
}

/// Keeps isolations over the end of the kernel.
package protocol IsolationRecords: Sendable {
    /// Waits for nothing.
    func began(_ isolation: BuildIsolation)
    func ended(build: String) throws
}
