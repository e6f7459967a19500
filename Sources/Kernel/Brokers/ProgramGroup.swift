import KernelSystem

/// What a program uses with all that it has started: they share a session, which none of them can
/// leave.
struct ProgramGroup {
    private(set) var processes = 0
    private(set) var residentBytes: UInt64 = 0

    /// More in one session are a mistake, or worse.
    private static let processesMax = 256
    private static let pageBytes: UInt64 = 4_096

    init(of session: Int32) {
        for name in (try? Files.names(in: "/proc")) ?? [] {
            guard let process = Int32(name), let stat = ProcessStat(of: process),
                stat.session == session
            else { continue }
            processes += 1
            residentBytes += stat.residentPages * Self.pageBytes
        }
    }

    func excess(memoryBytesMax: UInt64) -> String? {
        if processes > Self.processesMax {
            return "it was ended: it had \(processes) processes, more than \(Self.processesMax)"
        }
        if residentBytes > memoryBytesMax {
            return "it was ended: it used \(residentBytes >> 20) MiB of memory, more than "
                + "\(memoryBytesMax >> 20)"
        }
        return nil
    }
}
