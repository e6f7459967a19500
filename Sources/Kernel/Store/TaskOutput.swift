/// What a running task has to say before its end, in pieces.
package struct TaskOutputPiece: Sendable, Hashable {
    /// Of its first byte, in everything that the task has put out.
    package var offset: Int64
    package var payload: Payload

    package init(offset: Int64, payload: Payload) {
        self.offset = offset
        self.payload = payload
    }
}

/// A part of a task's output. The store keeps its beginning and its end, up to a limit.
package struct TaskOutput: Sendable, Hashable {
    /// In the order they came; where a part was cut out, the next one begins later.
    package var pieces: [TaskOutputPiece]
    /// What was cut out of its middle; nil if all is there.
    package var cut: Range<Int64>?
    /// Where reading goes on.
    package var next: Int64
    /// All that the task has put out.
    package var total: Int64

    package init(pieces: [TaskOutputPiece], cut: Range<Int64>?, next: Int64, total: Int64) {
        self.pieces = pieces
        self.cut = cut
        self.next = next
        self.total = total
    }
}
