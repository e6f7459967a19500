import ModuleJSON

/// Bytes on their way to one reader: a value without I/O. A reader that is slow must not cost the
/// kernel its memory: what may be left out is left out beyond a limit, and counted; replies never
/// are.
package struct WireOutbox: Sendable {
    /// Whole lines, several of the short ones in a piece.
    private var pieces: [[UInt8]] = []
    /// Those before it are sent.
    private var head = 0
    /// Of the piece at the head, the bytes before it are sent.
    package private(set) var first = 0
    /// Bytes that wait to be sent.
    package private(set) var count = 0
    private var dropped = 0
    /// From when much waits until little does.
    package private(set) var isCrowded = false

    /// Beyond it news, log lines and progress are left out.
    package static let newsBytesMax = 1 << 20
    /// Beyond the one, what can wait is not said until as little waits as the other.
    package static let crowdedBytes = 256 << 10
    package static let relievedBytes = 64 << 10
    /// Below it there is room for them again, and the reader is told what is missing.
    private static let noticeBytesMax = newsBytesMax / 2
    private static let pieceBytesMax = 64 << 10
    private static let sentPiecesMax = 256

    package init() {}

    package var isEmpty: Bool { count == 0 }

    /// What is to be sent next, from `first` on.
    package var bytes: [UInt8] { isEmpty ? [] : pieces[head] }

    /// The message as it is sent: an answer that no line has room for is one that says so. Takes
    /// its time with a long one.
    package static func line(of message: WireMessage) -> [UInt8] {
        let line = message.line
        guard line.count > WireFraming.replyBytesMax, case .reply(let id, _) = message else {
            return line
        }
        let why = "the answer has \(line.count) bytes, and a line may have "
        let error = WireError.unspeakable(why + "\(WireFraming.replyBytesMax) at most")
        return WireMessage.failure(id: id, error).line
    }

    /// False if it was left out.
    @discardableResult
    package mutating func add(line: [UInt8], isDroppable: Bool = false) -> Bool {
        guard !isDroppable || count <= Self.newsBytesMax && dropped == 0 else {
            dropped += 1
            return false
        }
        count += line.count
        isCrowded = isCrowded || count > Self.crowdedBytes
        if let last = pieces.indices.last, last >= head,
            pieces[last].count + line.count <= Self.pieceBytesMax
        {
            pieces[last] += line
        } else {
            pieces.append(line)
        }
        return true
    }

    /// Takes away what was sent.
    package mutating func sent(_ taken: Int) {
        first += taken
        count -= taken
        if count <= Self.relievedBytes { isCrowded = false }
        if head < pieces.count, first == pieces[head].count {
            pieces[head] = []
            head += 1
            first = 0
        }
        if head == pieces.count || head > Self.sentPiecesMax {
            pieces.removeFirst(head)
            head = 0
        }
        if dropped > 0 && count <= Self.noticeBytesMax { addNotice() }
    }

    private mutating func addNotice() {
        let notice = KernelNews.lost(dropped)
        dropped = 0
        add(line: notice.line)
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
