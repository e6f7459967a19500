/// Reads server-sent events, as the HTML standard defines them, from pieces of any size.
package struct ServerSentEvents: Sendable {
    package struct Event: Sendable, Hashable {
        /// `message` if the stream names none.
        package var name: String
        /// The lines of data, with a newline between them.
        package var data: [UInt8]

        package init(name: String = "message", data: [UInt8]) {
            self.name = name
            self.data = data
        }
    }

    private var lines: LineCutter
    private var draft = Draft()
    private let eventBytesMax: Int

    /// More than any vendor's event by far.
    package static let eventBytesUsual = 16 << 20

    package init(eventBytesMax: Int = eventBytesUsual) {
        self.eventBytesMax = eventBytesMax
        lines = LineCutter(lineBytesMax: eventBytesMax)
    }

    /// The events that the piece completes. One that is not finished when the stream ends is
    /// dropped, as the standard says.
    package mutating func add(_ piece: [UInt8]) throws(LineCutter.Overlong) -> [Event] {
        var events: [Event] = []
        // Moved out, so that its bytes have one owner and are not copied when they grow.
        var draft = self.draft
        self.draft = Draft()
        defer { self.draft = draft }
        try lines.add(piece) { line in
            if let event = draft.take(line) { events.append(event) }
        }
        guard draft.data.count <= eventBytesMax else {
            throw LineCutter.Overlong(bytesMax: eventBytesMax)
        }
        return events
    }

    /// The event whose lines are coming in.
    private struct Draft: Sendable {
        var name = ""
        var data: [UInt8] = []
        var hasData = false
        var isFirstLine = true

        /// Takes one line; an empty one ends the event.
        mutating func take(_ line: ArraySlice<UInt8>) -> Event? {
            var line = line
            if isFirstLine {
                isFirstLine = false
                if line.starts(with: Self.byteOrderMark) { line = line.dropFirst(3) }
            }
            guard !line.isEmpty else { return finish() }
            let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
            var value = line[min(colon + 1, line.endIndex)...]
            if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
            if line[..<colon].elementsEqual("data".utf8) {
                if hasData { data.append(UInt8(ascii: "\n")) }
                data.append(contentsOf: value)
                hasData = true
            } else if line[..<colon].elementsEqual("event".utf8) {
                name = String(decoding: value, as: UTF8.self)
            }
            return nil
        }

        private mutating func finish() -> Event? {
            defer {
                self = Draft()
                isFirstLine = false
            }
            return hasData ? Event(name: name.isEmpty ? "message" : name, data: data) : nil
        }

        private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
    }
}
