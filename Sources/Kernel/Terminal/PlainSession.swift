import KernelSystem

/// Reads lines from what is no terminal, or a dumb one. `poll` takes regular files and `/dev/null`.
struct PlainSession {
    private static let readBytesMax = 64 << 10

    private let reader: LineReader

    init(_ reader: LineReader) {
        self.reader = reader
    }

    func run() {
        var splitter = LineSplitter()
        do throws(SystemError) {
            while try waitForInput() {
                let bytes = try TerminalDevice.read(
                    reader.options.input, bytesMax: Self.readBytesMax)
                if bytes.isEmpty {
                    if deliver(splitter.finish()) { reader.finish(.endOfInput) }
                    return
                }
                guard deliver(splitter.feed(bytes)) else { return }
            }
        } catch {
            reader.finish(.failed(error))
        }
    }

    private func waitForInput() throws(SystemError) -> Bool {
        while !reader.isClosed {
            let ready = try TerminalDevice.wait(
                input: reader.options.input, wakeup: reader.wakeUp, timeoutMilliseconds: nil)
            if ready.wakeup { reader.wakeUp.clear() }
            if ready.input { return true }
        }
        return false
    }

    /// False if nobody wants lines any more.
    private func deliver(_ lines: [LineSplitter.Line]) -> Bool {
        for line in lines {
            guard reader.waitForRoom() else { return false }
            switch line {
            case .line(let text): reader.deliver(text)
            case .tooLong(let number):
                reader.print(
                    StyledText(
                        "Line \(number) of the input was skipped: "
                            + "a line holds \(TextBuffer.bytesMax) bytes at most.", .error))
            }
        }
        return true
    }
}
