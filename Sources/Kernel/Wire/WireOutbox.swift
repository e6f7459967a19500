import ModuleJSON

/// Bytes on their way to one reader: a value without I/O. A reader that is slow must not cost the
/// kernel its memory: what may be left out is left out beyond a limit, and counted; replies never
/// are.
package struct WireOutbox: Sendable {
    package private(set) var bytes: [UInt8] = []
    /// Those before it are sent.
    package private(set) var first = 0
    private var dropped = 0

    /// Beyond it news, log lines and progress are left out.
    package static let newsBytesMax = 1 << 20
    /// Below it there is room for them again, and the reader is told what is missing.
    private static let noticeBytesMax = newsBytesMax / 2

    package init() {}

    /// That wait to be sent.
    package var count: Int { bytes.count - first }
    package var isEmpty: Bool { count == 0 }

    package mutating func add(_ message: WireMessage) {
        if message.isDroppable {
            guard count <= Self.newsBytesMax && dropped == 0 else {
                dropped += 1
                return
            }
        }
        add(line: message.line)
    }

    package mutating func add(line: [UInt8]) {
        bytes += line
    }

    /// Takes away what was sent.
    package mutating func sent(_ taken: Int) {
        first += taken
        if first == bytes.count {
            bytes = []
            first = 0
        } else if first > Self.newsBytesMax && first > bytes.count / 2 {
            bytes.removeFirst(first)
            first = 0
        }
        if dropped > 0 && count <= Self.noticeBytesMax { addNotice() }
    }

    private mutating func addNotice() {
        let news = KernelNews.lost(dropped)
        dropped = 0
        bytes += news.line
    }
}

extension KernelNews {
    /// That news was left out, since it came faster than it was read.
    package static func lost(_ count: Int) -> WireMessage {
        let text =
            "\(count) pieces of news, log lines or reports of progress were left out here, because "
            + "they came faster than they were read; ask again how things are: /modules, /tasks, "
            + "/log"
        return .notification(
            method: method,
            params: [
                "event": "lost", "text": .string(text), "details": [], "tone": "warning",
                "count": .integer(Int64(count)),
            ])
    }
}
