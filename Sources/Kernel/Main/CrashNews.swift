import KernelConfig
import KernelParent
import KernelWire

/// What clients are told of the kernels that died before this one.
struct CrashNews: Sendable {
    private let folder: CrashFolder
    private let names: [String]

    init(_ paths: Paths) {
        folder = CrashFolder(stateFolder: paths.stateFolder)
        names = folder.untold
    }

    /// Of many, the last.
    private static let newsMax = 3
    private static let interruptedMax = 5

    var news: [KernelNews] {
        let reports = names.suffix(Self.newsMax).compactMap { name in
            folder.report(name).map { Self.news($0, text: folder.text(name)) }
        }
        let left = names.count - Self.newsMax
        guard left > 0 else { return reports }
        return reports + [
            KernelNews(
                event: "crashed", text: "and \(left) more before that: \(folder.path)",
                tone: "warning")
        ]
    }

    func markShown() {
        folder.markTold()
    }

    private static func news(_ report: CrashReport, text: String) -> KernelNews {
        var details: [String] = []
        if let top = report.stackTop { details.append("in \(top)") }
        let interrupted = report.interrupted.map(\.what)
        if !interrupted.isEmpty {
            let more = interrupted.count - interruptedMax
            details.append(
                "interrupted: " + interrupted.prefix(interruptedMax).joined(separator: ", ")
                    + (more > 0 ? " and \(more) more" : ""))
        }
        if let blamed = report.blamed {
            details.append(
                "this build of \(blamed.module) is kept out of the kernel's process from now on; "
                    + "a rebuilt one is not")
        }
        details.append("report: \(text)")
        return KernelNews(
            event: "crashed", module: report.blamed?.module, text: report.headline,
            details: details, tone: "error")
    }

    static func noParent(_ reason: String) -> KernelNews {
        KernelNews(
            event: "warning",
            text: "there is no parent process: after a crash nothing starts the kernel again "
                + "(\(reason))", tone: "warning")
    }
}
