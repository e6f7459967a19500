import KernelBase
import KernelSystem

/// Writes down what became of a kernel, before the next one starts.
struct CrashReporter {
    let folder: CrashFolder
    private let containment: String

    init(stateFolder: String) {
        folder = CrashFolder(stateFolder: stateFolder)
        containment = ContainmentRecords.file(in: stateFolder)
    }

    /// A report that cannot be written is said to be so; nothing depends on it.
    func examine(
        _ region: FlightRegion, process: Int32, end: ChildProcess.End, isSafe: Bool
    ) -> CrashReport {
        var report = CrashExamination(
            region: region, process: process, end: end,
            wallNanoseconds: SystemClock.wallNanoseconds,
            monotonicNanoseconds: SystemClock.monotonicNanoseconds
        ).report()
        report.isSafeMode = isSafe
        do {
            let file = try folder.write(report)
            try contain(report, file)
        } catch {
            StandardStreams.complain("kernel: the crash could not be reported in full: \(error)")
        }
        return report
    }

    /// That build runs in a process of its own from now on.
    private func contain(_ report: CrashReport, _ file: String) throws {
        guard let blamed = report.blamed else { return }
        var records = ContainmentRecords(readingFrom: containment)
        records.add(
            ContainmentRecords.Entry(
                module: blamed.module, build: blamed.build, time: report.time,
                reason: "it crashed the kernel in \(blamed.activity): \(report.what)",
                report: file))
        try records.write(to: containment)
    }
}
