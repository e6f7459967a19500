import KernelBase
import KernelFlight
import KernelSystem

/// Writes down what became of a kernel, before the next one starts.
struct CrashReporter {
    let folder: CrashFolder
    private let containment: String
    private var unfinished: (name: String, report: CrashReport)?

    init(stateFolder: String) {
        folder = CrashFolder(stateFolder: stateFolder)
        containment = ContainmentRecords.file(in: stateFolder)
    }

    /// What is needed at once: who is to blame, and the names of the modules' functions. A report
    /// that cannot be written is said to be so; nothing depends on it.
    mutating func examine(
        _ region: FlightRegion, process: Int32, end: ChildProcess.End, isSafe: Bool
    ) -> CrashReport {
        var report = CrashExamination(
            region: region, process: process, end: end,
            wallNanoseconds: SystemClock.wallNanoseconds,
            monotonicNanoseconds: SystemClock.monotonicNanoseconds
        ).report()
        report.isSafeMode = isSafe
        do {
            let name = try folder.write(report)
            unfinished = (name, report)
            try contain(report, folder.text(name))
        } catch {
            StandardStreams.complain("kernel: the crash could not be reported in full: \(error)")
        }
        return report
    }

    /// Adds the names of all other functions, which can wait until the next kernel has started.
    mutating func finish() {
        guard let (name, quick) = unfinished else { return }
        var report = quick
        unfinished = nil
        report.nameFunctions { _ in true }
        try? folder.write(report, as: name)
    }

    /// That build runs in a process of its own from now on.
    private func contain(_ report: CrashReport, _ file: String) throws {
        guard let blamed = report.blamed else { return }
        var records = ContainmentRecords(readingFrom: containment)
        records.add(
            ContainmentRecords.Entry(
                module: blamed.module, build: blamed.build, time: report.time,
                reason: "crashed the kernel in \(blamed.activity): \(report.what)",
                report: file))
        try records.write(to: containment)
    }
}
