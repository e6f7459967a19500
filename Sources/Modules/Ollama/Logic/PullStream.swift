package import ModuleChat
import ModuleJSON
import ModuleProviderKit
import ProviderSupport

/// Reads how far the download of a model has come.
package struct PullStream: AnswerReader {
    private let head: AnswerHead
    private var gate = EventGate()
    private var isDone = false
    private var told: (note: String, percent: Int)?

    init(_ head: AnswerHead) {
        self.head = head
    }

    package mutating func read(_ piece: [UInt8], _ emit: (ProviderEvent) -> Void) {
        guard !isDone, !piece.isEmpty else { return }
        do throws(ChatFailure) {
            take(try Ollama.checked(try JSON(answer: piece), head), emit)
        } catch {
            gate.fail(error, emit)
        }
    }

    package mutating func close(isWhole: Bool, _ emit: (ProviderEvent) -> Void) {
        guard !isDone else { return }
        gate.fail(ChatFailure(.cutShort, "the download ended before it was complete"), emit)
    }

    /// Hundreds of lines say the same: one for each percent is passed on.
    private mutating func take(_ line: JSON, _ emit: (ProviderEvent) -> Void) {
        let note = line["status"]?.string ?? ""
        if note == "success" {
            isDone = true
            gate.pass(.value(.null), emit)
            return
        }
        var fraction: Double?
        if let total = line["total"]?.number, total > 0 {
            fraction = min(max((line["completed"]?.number ?? 0) / total, 0), 1)
        }
        let percent = fraction.map { Int($0 * 100) } ?? -1
        if let told, told == (note, percent) { return }
        told = (note, percent)
        gate.pass(.progress(fraction: fraction, note: Sentence.shortened(note)), emit)
    }
}
