/// Earlier states of the text. Characters that are typed one after another are one step, up to the
/// end of a word.
struct UndoStack {
    private static let stepsMax = 200
    private static let bytesMax = 8 << 20

    private var steps: [TextBuffer] = []
    private var bytes = 0

    mutating func push(_ buffer: TextBuffer) {
        guard steps.last?.text != buffer.text else { return }
        steps.append(buffer)
        bytes += buffer.end
        while steps.count > Self.stepsMax || (bytes > Self.bytesMax && steps.count > 1) {
            bytes -= steps.removeFirst().end
        }
    }

    mutating func pop() -> TextBuffer? {
        guard let step = steps.popLast() else { return nil }
        bytes -= step.end
        return step
    }
}
