import KernelBase
import KernelHosting
import KernelSystem
import KernelTesting
import ModuleJSON
import Testing

/// Hears what comes of an errand on a bus.
final class BusEar: CallListener {
    struct Heard {
        var news: [ErrandNews] = []
        var ends: [CallOutcome] = []
    }

    let id: UInt64
    private let heard = Condition(Heard())

    init(_ id: UInt64) {
        self.id = id
    }

    func callFinished(_ outcome: CallOutcome) { change { $0.ends.append(outcome) } }
    func callProgressed(fraction: Double?, note: String) {}
    func callPrinted(_ kind: PayloadKind, _ piece: [UInt8]) {
        guard let news = try? ErrandNews(piece) else { return }
        change { $0.news.append(news) }
    }

    private func change(_ body: (inout Heard) -> Void) {
        heard.withLock { body(&$0) }
        heard.broadcast()
    }

    private func wait<Value>(for body: (Heard) -> Value?) throws -> Value {
        let deadline = SystemClock.monotonicNanoseconds + 30_000_000_000
        return try #require(heard.wait(untilNanoseconds: deadline) { body($0) })
    }

    func end() throws -> CallOutcome { try wait { $0.ends.first } }

    var ends: Int { heard.withLock { $0.ends.count } }

    /// What has come, once there are so many.
    func news(_ count: Int) throws -> [ErrandNews] {
        try wait { $0.news.count >= count ? $0.news : nil }
    }

    var news: [ErrandNews] { heard.withLock { $0.news } }
}

extension ErrandNews {
    /// As the contract has it: owner, signal, lost.
    var isOwner: Bool { kind == 1 }
    var isSignal: Bool { kind == 2 }
    var isLost: Bool { kind == 3 }

    var json: JSON { (try? JSON(parsing: value)) ?? .null }
}
