/// A program that was started as the leader of a session of its own, with everything that it
/// started: build tools put their compilers into process groups of their own, so that a signal to
/// one process or to one group leaves the others at work.
package enum ProcessSession {
    /// Processes may start others while they are being found.
    private static let roundsMax = 10

    /// Ends every process of the session at once. The leader must not have been waited for yet:
    /// until then nobody else is given its number.
    package static func kill(leader: Int32) {
        for _ in 0..<roundsMax {
            let members = livingMembers(of: leader)
            guard !members.isEmpty else { return }
            for member in members { end(member, of: leader) }
        }
    }

    /// The descriptor makes sure that the number was not given to another process meanwhile.
    private static func end(_ process: Int32, of leader: Int32) {
        guard let handle = try? ChildProcess.handle(of: process),
            ProcessStat(of: process)?.session == leader
        else { return }
        ChildProcess.signal(handle, SignalNumber.kill)
    }

    private static func livingMembers(of leader: Int32) -> [Int32] {
        ((try? Files.names(in: "/proc")) ?? []).compactMap(Int32.init).filter {
            ProcessStat(of: $0)?.session == leader
        }
    }
}
