import KernelSystem
import Testing

@testable import KernelHTTP

/// What one exchange told.
final class Ear: HTTPListener {
    struct Heard {
        var head: HTTPHead?
        var pieces: [[UInt8]] = []
        var end: HTTPFailure??
    }

    let heard = Condition(Heard())

    func responded(_ head: HTTPHead) { change { $0.head = head } }
    func received(_ piece: [UInt8]) { change { $0.pieces.append(piece) } }
    func ended(_ failure: HTTPFailure?) { change { $0.end = .some(failure) } }

    private func change(_ body: (inout Heard) -> Void) {
        heard.withLock { body(&$0) }
        heard.broadcast()
    }

    func waitForEnd() throws -> HTTPFailure? {
        try wait { $0.end }
    }

    func wait<Wanted>(_ match: (Heard) -> Wanted?) throws -> Wanted {
        let deadline = SystemClock.monotonicNanoseconds + 60_000_000_000
        return try #require(heard.wait(untilNanoseconds: deadline) { match($0) })
    }

    var text: String {
        String(decoding: heard.withLock { $0.pieces }.flatMap { $0 }, as: UTF8.self)
    }

    var head: HTTPHead? { heard.withLock { $0.head } }
}
