import KernelBase
import KernelStore

/// Output between two looks at it, bounded: a value without I/O. What comes too fast is dropped,
/// and a piece in its place says how much.
struct OutputBuffer: Sendable {
    private var pieces: [Payload] = []
    private var bytes = 0
    private var dropped = 0

    static let bytesMax = 1 << 20

    mutating func add(_ kind: PayloadKind, _ piece: [UInt8]) {
        guard dropped == 0, bytes + piece.count <= Self.bytesMax else {
            dropped += piece.count
            return
        }
        bytes += piece.count
        // Many small pieces of text are one.
        if kind == .text, pieces.last?.kind == .text {
            pieces[pieces.count - 1].bytes += piece
        } else {
            pieces.append(Payload(kind, piece))
        }
    }

    /// Pieces that were taken and could not be kept come first again, as far as there is room.
    mutating func putBack(_ taken: [Payload]) {
        let later = self
        self = OutputBuffer()
        for piece in taken + later.pieces { add(piece.kind, piece.bytes) }
        dropped += later.dropped
    }

    var isEmpty: Bool { pieces.isEmpty && dropped == 0 }

    mutating func takeAll() -> [Payload] {
        defer { self = OutputBuffer() }
        guard dropped > 0 else { return pieces }
        let notice =
            "\n[\(dropped) bytes were dropped here: they came faster than they were kept]\n"
        return pieces + [.text(notice)]
    }
}
