import KernelBase
package import KernelTerminal
package import KernelWire
import ModuleJSON

/// What became of a call, for a person.
package struct OutcomeText {
    private static let linesMax = 200
    private static let textBytesMax = 512 << 10

    let task: String
    package let outcome: CallAnswer

    package init(task: String, outcome: CallAnswer) {
        self.task = task
        self.outcome = outcome
    }

    /// `fs.read failed (not found): there is no file x`. What the kernel says of a task begins with
    /// its name, and needs no other beginning.
    package var failure: StyledText {
        let message = outcome.message.isEmpty ? "it gave no reason" : outcome.message
        if message.hasPrefix("\(task) ") { return StyledText(message, .error) }
        let kind = outcome.status == "failed" ? "" : " (\(outcome.status))"
        return StyledText("\(task) failed\(kind): \(message)", .error)
    }

    /// `fs.read (0.31 ms)`, and the value under it.
    package func labelled(columnsMax: Int) -> StyledText {
        let time = Amount.duration(milliseconds: outcome.milliseconds)
        let value = value(columnsMax: columnsMax)
        guard !value.isEmpty else { return StyledText("\(task) is done (\(time))", .dim) }
        return .lines([StyledText("\(task) (\(time))", .dim)] + value)
    }

    func value(columnsMax: Int) -> [StyledText] {
        switch outcome.kind {
        case "json":
            guard outcome.value != .null else { return [] }
            return bounded(JSONView(json: outcome.value, columnsMax: columnsMax).lines)
        case "bytes": return HexPreview.lines(bytes).map { StyledText($0) }
        default:
            let text = Self.withoutLastNewline(outcome.value.string ?? outcome.value.text)
            return text.isEmpty ? [] : shortened(text)
        }
    }

    private func bounded(_ lines: [StyledText]) -> [StyledText] {
        guard lines.count > Self.linesMax else { return lines }
        let more = Amount.count(lines.count - Self.linesMax, "more line")
        return lines.prefix(Self.linesMax) + [hint(more)]
    }

    /// Text is shown as it is; only what the screen could not take anyway is left out.
    private func shortened(_ text: String) -> [StyledText] {
        guard text.utf8.count > Self.textBytesMax else { return [StyledText(text)] }
        let kept = String(decoding: text.utf8.prefix(Self.textBytesMax), as: UTF8.self)
        let more = Amount.count(text.utf8.count - Self.textBytesMax, "more byte")
        return [StyledText(kept), hint(more)]
    }

    private func hint(_ more: String) -> StyledText {
        StyledText("… \(more); `kernel run \(task) …` prints everything", .dim)
    }

    /// For a program: the value alone.
    package var plain: String {
        switch outcome.kind {
        case "json": outcome.value == .null ? "" : outcome.value.pretty()
        case "bytes": HexPreview.lines(bytes).joined(separator: "\n")
        default: Self.withoutLastNewline(outcome.value.string ?? outcome.value.text)
        }
    }

    package var bytes: [UInt8] { WirePayload.bytes("bytes", .string(outcome.value.string ?? "")) }

    private static func withoutLastNewline(_ text: String) -> String {
        text.hasSuffix("\n") ? String(text.dropLast()) : text
    }
}
