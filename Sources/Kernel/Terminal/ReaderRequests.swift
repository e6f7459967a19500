/// What other threads ask of the thread that paints.
struct ReaderRequests {
    /// Safe text, one entry per print.
    private(set) var prints: [String] = []
    private(set) var printBytes = 0
    private var droppedCount = 0
    var wasContinued = false
    var prompt: StyledText = ""
    /// Above the prompt: a line of which more is to come.
    var unfinished: StyledText = ""
    /// Whether there is a thread that paints; else prints are written at once.
    var isPainting = false
    /// A dumb terminal shows a prompt that a print must write again.
    var plainPromptIsShown = false

    mutating func add(_ text: String) {
        guard printBytes + text.utf8.count <= LineReader.printBytesMax else {
            droppedCount += 1
            return
        }
        prints.append(text)
        printBytes += text.utf8.count
    }

    mutating func take() -> ReaderRequests {
        var taken = self
        if droppedCount > 0 {
            taken.prints.append("(\(droppedCount) messages were not shown: too many at once)")
        }
        prints = []
        printBytes = 0
        droppedCount = 0
        wasContinued = false
        return taken
    }
}
