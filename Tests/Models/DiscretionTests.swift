import ModuleChat
import Testing

@testable import KernelModels

struct DiscretionTests {
    @Test func `a server that quotes the key is not quoted`() {
        let discretion = Discretion(hiding: "sk-secret")
        let told = discretion.told(
            .chat(.failure(ChatFailure(.authentication, "bad Bearer sk-secret, sk-secret!"))))
        #expect(told == .chat(.failure(ChatFailure(.authentication, "bad Bearer …, …!"))))
        #expect(discretion.hiding(in: Array("x sk-secret y".utf8)) == Array("x … y".utf8))
        let text = ProviderEvent.chat(.text("sk-secret"))
        #expect(discretion.told(text) == text)
    }

    @Test func `what modules tell people has a bound, and ends with a whole character`() {
        let discretion = Discretion(hiding: nil)
        let long = String(repeating: "é", count: 100_000)
        guard
            case .chat(.failure(let failure)) = discretion.told(
                .chat(.failure(ChatFailure(.server, "x" + long)))),
            case .progress(_, let note) = discretion.told(.progress(fraction: nil, note: long))
        else {
            Issue.record("it was told something else")
            return
        }
        #expect(failure.message.utf8.count <= 1_027 && failure.message.hasSuffix("é…"))
        #expect(note.utf8.count <= 259)
        let call = ProviderEvent.chat(.toolCall(ChatToolCallPiece(index: 0, name: long)))
        #expect(discretion.told(call) != call)
    }
}
