import KernelSystem
import ModuleChat
import Synchronization

@testable import KernelModels

/// Hears one answer.
final class Ear: AnsweringListener {
    struct Heard {
        var text = ""
        var log: [String] = []
        var end: AnsweringEnd?
    }

    private let heard = Condition(Heard())
    private let whenFallenBack = Mutex<(@Sendable () -> Void)?>(nil)

    func took(_ event: ChatEvent) {
        if case .text(let piece) = event { change { $0.text += piece } }
    }

    func loads(_ model: ModelReference, _ progress: LoadingProgress) {
        change { $0.log.append(progress.note) }
    }

    func loses(_ losses: [String]) { change { $0.log += losses } }
    func waits(_ pause: AnsweringPause) { change { $0.log.append("wait \(pause.failure.kind)") } }

    func takes(_ key: AnsweringKey) {
        change { $0.log.append("key \(key.place) of \(key.count): \(key.because.kind)") }
    }

    func fallsBack(from: ModelReference, to: ModelReference, because: ChatFailure) {
        change { $0.log.append("\(from) to \(to): \(because.kind)") }
        whenFallenBack.withLock { $0 }?()
    }

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

    func wait<Wanted>(for match: (Heard) -> Wanted?) -> Wanted? {
        heard.wait(untilNanoseconds: SystemClock.monotonicNanoseconds + 60_000_000_000) {
            match($0)
        }
    }

    func whenFallsBack(_ body: @escaping @Sendable () -> Void) {
        whenFallenBack.withLock { $0 = body }
    }

    func waitForEnd() -> AnsweringEnd? { wait { $0.end } }
    var log: [String] { heard.withLock { $0.log } }
    var text: String { heard.withLock { $0.text } }
}
