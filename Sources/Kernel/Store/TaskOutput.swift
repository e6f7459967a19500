/// What a running task has to say before its end, in pieces.
package struct TaskOutputPiece: Sendable, Hashable {
    /// Of its first byte, in everything that the task has put out.
    package var offset: Int64
    package var payload: Payload
}

/// A part of a task's output. The store keeps the end of it, up to a limit.
package struct TaskOutput: Sendable, Hashable {
    /// In the order they came. The first one begins later than asked for if that was cut off.
    package var pieces: [TaskOutputPiece]
    /// Where the kept output begins: 0 unless its beginning was cut off.
    package var keptFrom: Int64
    /// Where reading goes on.
    package var next: Int64
    /// All that the task has put out.
    package var total: Int64
}
