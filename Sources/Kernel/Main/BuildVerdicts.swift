import KernelConfig
import KernelParent
import KernelResidence
import KernelSystem

/// Which builds must not run in the kernel's process, because of what they did there. It stays in a
/// file: of crashes the parent notes it, which cannot write to the database since the kernel is
/// dead, and a command that opens no database must keep such a build out too.
struct BuildVerdicts: IsolationRecords {
    private let file: String
    /// One change after the other.
    private let lane: SerialLane
    private let warn: @Sendable (String) -> Void

    init(_ paths: Paths, on pool: ThreadPool, warn: @escaping @Sendable (String) -> Void) {
        file = ContainmentRecords.file(in: paths.stateFolder)
        lane = SerialLane(on: pool)
        self.warn = warn
    }

    /// Makes them known before any module is used.
    func apply(to containment: Containment) {
        for entry in ContainmentRecords(readingFrom: file).entries {
            containment.isolate(
                BuildIsolation(
                    module: entry.module, build: entry.build, time: entry.time,
                    reason: entry.reason, report: entry.report))
        }
    }

    func began(_ isolation: BuildIsolation) {
        lane.run {
            do {
                try change {
                    $0.add(
                        ContainmentRecords.Entry(
                            module: isolation.module, build: isolation.build,
                            time: isolation.time, reason: isolation.reason,
                            report: isolation.report))
                }
            } catch {
                warn(
                    "that \(isolation.module) is kept out of the kernel will be forgotten: \(error)"
                )
            }
        }
    }

    /// A person has lifted it.
    func ended(build: String) throws {
        let result = Condition<Result<Void, any Error>?>(nil)
        lane.run {
            let changed = Result { try change { $0.remove(build: build) } }
            result.withLock { $0 = changed }
            result.broadcast()
        }
        try result.wait { $0 }?.get()
    }

    private func change(_ body: (inout ContainmentRecords) -> Void) throws {
        var records = ContainmentRecords(readingFrom: file)
        body(&records)
        try records.write(to: file)
    }
}
