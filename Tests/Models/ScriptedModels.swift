import KernelSystem
import ModuleChat
import ModuleJSON
import Synchronization

@testable import KernelModels

/// A provider in this process whose servers speak events as JSON lines: `{"text": "…"}`,
/// `{"finish": "stop"}`; an answer that is no success is a failure of the kind in its body.
struct LineProvider: ProviderSource {
    var refusal: ChatFailure?

    func provider(_ module: String) -> Result<any ProviderPort, ChatFailure> {
        refusal.map { .failure($0) } ?? .success(LinePort())
    }

    var descriptions: [String: ProviderDescription] {
        [
            "lines": ProviderDescription(
                name: "Lines", dialect: "lines",
                presets: [ProviderPreset(id: "lines", name: "Lines", base: "http://127.0.0.1")])
        ]
    }
}

private final class LinePort: ProviderPort {
    private struct State {
        var listener: (any ProviderListener)?
        var head = AnswerHead(status: 0)
    }

    private let state = Mutex(State())

    func encode(
        _ order: ProviderOrder,
        _ done: @escaping @Sendable (Result<ProviderRequest, ChatFailure>) -> Void
    ) {
        done(
            .success(
                .post(
                    order.server.base, order.json,
                    [ProviderRequest.Header("Authorization", "Bearer \(ProviderRequest.key)")],
                    framing: .lines)))
    }

    func open(_ order: ProviderOrder, _ head: AnswerHead, _ listener: any ProviderListener) {
        state.withLock { $0 = State(listener: listener, head: head) }
    }

    func read(_ pieces: [[UInt8]]) {
        let (listener, head) = state.withLock { ($0.listener, $0.head) }
        for piece in pieces {
            guard let json = try? JSON(parsing: piece) else { continue }
            if !head.isSuccess {
                let kind = json["kind"]?.string.flatMap(ChatFailure.Kind.init) ?? .server
                listener?.took(
                    .chat(
                        .failure(
                            ChatFailure(
                                kind, "said \(kind)",
                                retryAfterSeconds: head.headers["retry-after"].flatMap(Double.init))
                        )
                    ))
            } else if let text = json["text"]?.string {
                listener?.took(.chat(.text(text)))
            } else if json["finish"] != nil {
                listener?.took(.chat(.finish(ChatFinish(.stop))))
            }
        }
    }

    func close(isWhole: Bool) {
        state.withLock { $0.listener }?.closed(nil)
    }
}

/// A model of this machine that is there at once, or not at all.
struct InstantModels: LocalModelSource {
    var model: Result<LoadedModel, ChatFailure> = .failure(ChatFailure(.modelNotFound, "none"))
    let givenBack = Atomics()

    final class Atomics: Sendable {
        let count = Mutex(0)
    }

    func borrow(
        _ name: String, progress: @escaping @Sendable (LoadingProgress) -> Void,
        done: @escaping @Sendable (Result<LoadedModel, ChatFailure>) -> Void
    ) -> LocalLoan {
        progress(LoadingProgress(fraction: 0.5, note: "loading \(name)"))
        done(model)
        let givenBack = givenBack
        return LocalLoan { givenBack.count.withLock { $0 += 1 } }
    }
}

/// Hears one answer.
final class Ear: AnsweringListener {
    struct Heard {
        var text = ""
        var log: [String] = []
        var end: AnsweringEnd?
    }

    private let heard = Condition(Heard())

    func took(_ event: ChatEvent) {
        if case .text(let piece) = event { change { $0.text += piece } }
    }

    func loads(_ model: ModelReference, _ progress: LoadingProgress) {
        change { $0.log.append(progress.note) }
    }

    func loses(_ losses: [String]) { change { $0.log += losses } }
    func waits(_ pause: AnsweringPause) { change { $0.log.append("wait \(pause.failure.kind)") } }

    func fallsBack(from: ModelReference, to: ModelReference, because: ChatFailure) {
        change { $0.log.append("\(from) to \(to): \(because.kind)") }
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

    func waitForEnd() -> AnsweringEnd? { wait { $0.end } }
    var log: [String] { heard.withLock { $0.log } }
    var text: String { heard.withLock { $0.text } }
}
