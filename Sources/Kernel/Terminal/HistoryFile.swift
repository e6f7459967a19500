package import KernelSystem

/// Where the history is kept: a private file that several processes append to.
package struct HistoryFile: Sendable {
    /// Beyond twice the entries the file is written anew at the next start.
    private static let linesMax = 2 * History.entriesMax
    /// What is read of it, from its end.
    private static let bytesMax = 32 << 20

    private let file: LineFile

    package init(path: String) {
        file = LineFile(path: path)
    }

    /// The history in the file, which then gets every line that is added. A file that does not
    /// exist is an empty history.
    package func load() throws(SystemError) -> History {
        let bytes = try file.read(lastBytes: Self.bytesMax)
        let lineCount = bytes.count { $0 == 0x0A }
        let history = History(HistoryLine.decodeAll(bytes)) { [file] line in
            // A history that cannot be written is no reason to refuse the line itself.
            try? file.append(HistoryLine.encode(line))
        }
        if lineCount > Self.linesMax {
            try file.rewrite(lastBytes: Self.bytesMax) { bytes in
                let kept = History(HistoryLine.decodeAll(bytes))
                return (0..<kept.count).flatMap { HistoryLine.encode(kept[$0]) }
            }
        }
        return history
    }
}
