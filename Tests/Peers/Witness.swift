import KernelModels
import KernelSystem
import ModuleChat
import Testing

/// Hears one answer and keeps all of it.
final class Witness: AnsweringListener {
    struct Heard {
        var events: [ChatEvent] = []
        var pauses: [AnsweringPause] = []
        var losses: [String] = []
        var end: AnsweringEnd?

        var text: String {
            events.reduce(into: "") { if case .text(let piece) = $1 { $0 += piece } }
        }
    }

    private let heard = Condition(Heard())

    func took(_ event: ChatEvent) { change { $0.events.append(event) } }
    func loads(_ model: ModelReference, _ progress: LoadingProgress) {}
    func loses(_ losses: [String]) { change { $0.losses += losses } }
    func waits(_ pause: AnsweringPause) { change { $0.pauses.append(pause) } }
    func takes(_ key: AnsweringKey) {}
    func fallsBack(from: ModelReference, to: ModelReference, because: ChatFailure) {}

    func ended(_ end: AnsweringEnd) {
        change { heard in
            precondition(heard.end == nil, "an answer ends once")
            heard.end = end
        }
    }

    private func change(_ body: (inout Heard) -> Void) {
        heard.withLock { body(&$0) }
        heard.broadcast()
    }

    private static let secondsMax = 60.0

    func wait<Wanted>(for match: (Heard) -> Wanted?) throws -> Wanted {
        let deadline = SystemClock.monotonicNanoseconds + UInt64(Self.secondsMax * 1e9)
        return try #require(heard.wait(untilNanoseconds: deadline) { match($0) })
    }

    /// Until a person sees something.
    func waitForText() throws {
        _ = try wait { $0.text.isEmpty ? nil : true }
    }

    func waitForEnd() throws -> (heard: Heard, end: AnsweringEnd) {
        try wait { heard in heard.end.map { (heard, $0) } }
    }
}

extension AnsweringEnd {
    var message: ChatMessage { answer.message { "kernel-1" } }
}
