import KernelBase
import KernelDatabase

extension SQLiteTaskRecords {
    func appendOutput(
        _ pieces: [Payload], to id: TaskID, _ done: @escaping Completion<Void>
    ) {
        let bytes = pieces.reduce(0) { $0 + $1.bytes.count }
        access.write(.relaxed, bytes: bytes, to: done) { transaction in
            guard try transaction.hasTask(id) else { throw StoreError.unknownTask(id) }
            var position = try transaction.outputEnd(of: id)
            for piece in pieces {
                for part in Self.parts(piece.bytes) {
                    try transaction.run(
                        "INSERT INTO task_output (task, position, kind, bytes) VALUES (?, ?, ?, ?)",
                        .integer(id.number), .integer(position),
                        .integer(Int64(piece.kind.rawValue)), .bytes(part))
                    position += Int64(part.count)
                }
            }
            try transaction.trimOutput(of: id)
        }
    }

    /// Small enough to be dropped one by one, and none empty.
    private static func parts(_ bytes: [UInt8]) -> [[UInt8]] {
        var rest = bytes
        var parts: [[UInt8]] = []
        while !rest.isEmpty {
            let part = rest.cut(toBytes: StoreLimits.pieceBytesMax)
            parts.append(part)
            rest.removeFirst(part.count)
        }
        return parts
    }

    func output(
        of id: TaskID, from offset: Int64, bytesMax: Int, _ done: @escaping Completion<TaskOutput>
    ) {
        access.read(to: done) { transaction in
            _ = try transaction.existing(id)
            let total = try transaction.outputEnd(of: id)
            var pieces: [TaskOutputPiece] = []
            var left = bytesMax
            try transaction.each(
                """
                SELECT position, kind, bytes FROM task_output WHERE task = ?1 AND position >=
                    coalesce((SELECT max(position) FROM task_output
                        WHERE task = ?1 AND position <= ?2), 0)
                    AND position + length(bytes) > ?2
                ORDER BY position
                """, [.integer(id.number), .integer(max(offset, 0))]
            ) { row in
                let piece = TaskOutputPiece(offset: row.integer(0), payload: row.payload(1))
                left -= piece.payload.bytes.count
                if left >= 0 || pieces.isEmpty { pieces.append(piece) }
                return left > 0
            }
            let next = pieces.last.map { $0.offset + Int64($0.payload.bytes.count) }
            return TaskOutput(
                pieces: pieces, cut: try transaction.outputCut(of: id), next: next ?? total,
                total: total)
        }
    }
}

extension Transaction {
    fileprivate func hasTask(_ id: TaskID) throws -> Bool {
        try first("SELECT 1 FROM task WHERE number = ?", [.integer(id.number)], { _ in }) != nil
    }

    /// Behind the last byte.
    fileprivate func outputEnd(of id: TaskID) throws -> Int64 {
        try first(
            """
            SELECT position + length(bytes) FROM task_output WHERE task = ?
            ORDER BY position DESC LIMIT 1
            """, [.integer(id.number)]
        ) { $0.integer(0) } ?? 0
    }

    /// What is not there any more between the beginning and the end.
    fileprivate func outputCut(of id: TaskID) throws -> Range<Int64>? {
        let head = Int64(StoreLimits.outputHeadBytesMax)
        let start = try first(
            """
            SELECT position + length(bytes) FROM task_output WHERE task = ? AND position < ?
            ORDER BY position DESC LIMIT 1
            """, [.integer(id.number), .integer(head)]
        ) { $0.integer(0) }
        let end = try first(
            "SELECT position FROM task_output WHERE task = ? AND position >= ? ORDER BY position "
                + "LIMIT 1", [.integer(id.number), .integer(head)]
        ) { $0.integer(0) }
        guard let start, let end, start < end else { return nil }
        return start..<end
    }

    fileprivate func trimOutput(of id: TaskID) throws {
        let tail = try outputEnd(of: id) - Int64(StoreLimits.outputTailBytesMax)
        let head = Int64(StoreLimits.outputHeadBytesMax)
        guard tail > head else { return }
        try run(
            "DELETE FROM task_output WHERE task = ? AND position >= ? AND position < ?",
            .integer(id.number), .integer(head), .integer(tail))
    }
}
