/// Input that no editor stands before, cut into lines: a pipe, a file, a dumb terminal.
struct LineSplitter {
    enum Line: Equatable {
        case line(String)
        /// The number of the line in the input, from 1.
        case tooLong(number: Int)
    }

    private var partial: [UInt8] = []
    private var isSkipping = false
    private var number = 1
    /// Lines that ended with a backslash, waiting for the next one.
    private var continued = ""

    mutating func feed(_ bytes: [UInt8]) -> [Line] {
        var lines: [Line] = []
        var rest = bytes[...]
        while let newline = rest.firstIndex(of: 0x0A) {
            keep(rest[..<newline])
            endLine(&lines)
            rest = rest[(newline + 1)...]
        }
        keep(rest)
        return lines
    }

    /// The input has ended: a last line may have no newline.
    mutating func finish() -> [Line] {
        var lines: [Line] = []
        if !partial.isEmpty || isSkipping { endLine(&lines) }
        if !continued.isEmpty { lines.append(.line(continued)) }
        continued = ""
        return lines
    }

    private mutating func keep(_ bytes: ArraySlice<UInt8>) {
        isSkipping = isSkipping || partial.count + bytes.count > TextBuffer.bytesMax
        if isSkipping { partial = [] } else { partial += bytes }
    }

    private mutating func endLine(_ lines: inout [Line]) {
        defer {
            partial = []
            isSkipping = false
            number += 1
        }
        if partial.last == 0x0D { partial.removeLast() }
        let line = continued + String(decoding: partial, as: UTF8.self)
        continued = ""
        if isSkipping || line.utf8.count > TextBuffer.bytesMax {
            lines.append(.tooLong(number: number))
        } else if LineEditor.continues(line) {
            continued = line.dropLast() + "\n"
        } else {
            lines.append(.line(line))
        }
    }
}
