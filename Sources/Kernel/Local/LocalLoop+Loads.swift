import KernelBase
import KernelModels
import KernelSystem

/// When it is told next that a model gets ready.
struct LoadTelling {
    let beganNanoseconds: UInt64
    var nextNanoseconds: UInt64
    var isTold = false
}

/// What everybody is told of models that get ready, and not only who waits for them.
extension LocalLoop {
    /// What takes less is nobody's business.
    private static let quietNanoseconds: UInt64 = 1_000_000_000
    private static let pauseNanoseconds: UInt64 = 500_000_000

    func tellLoads() {
        let now = SystemClock.monotonicNanoseconds
        for server in servers.values where !server.isRemoved { tellLoad(of: server, now) }
    }

    private func tellLoad(of server: LocalServer, _ now: UInt64) {
        let state = server.status.state
        let isWaitedFor = state == .loading || !server.waiting.isEmpty
        var telling =
            server.telling
            ?? LoadTelling(
                beganNanoseconds: now, nextNanoseconds: now + Self.quietNanoseconds)
        server.telling = isWaitedFor ? telling : nil
        let seconds = Double(now - telling.beganNanoseconds) / 1e9
        if !isWaitedFor {
            guard telling.isTold else { return }
            let note = state == .failed ? server.status.reason ?? "" : ""
            let end = LoadingProgress(fraction: nil, note: note)
            loads(
                LocalLoad(
                    model: server.name, state: state, progress: end, seconds: seconds,
                    isFirst: false))
        } else if now >= telling.nextNanoseconds {
            loads(
                LocalLoad(
                    model: server.name, state: state, progress: server.progress(now: now),
                    seconds: seconds, isFirst: !telling.isTold))
            telling.isTold = true
            telling.nextNanoseconds = now + Self.pauseNanoseconds
            server.telling = telling
        }
    }
}
