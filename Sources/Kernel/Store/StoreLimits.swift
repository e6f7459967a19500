/// What the store takes. More is refused with a sentence, or cut where that is said.
package enum StoreLimits {
    /// Of a name, a submitter, a key.
    package static let nameBytesMax = 256
    package static let argumentBytesMax = 4 << 20
    /// Of a result more is cut off.
    package static let resultBytesMax = 1 << 20
    /// The beginning and the end of a task's output that are kept; the middle is cut out.
    package static let outputHeadBytesMax = 256 << 10
    package static let outputTailBytesMax = 768 << 10
    /// Larger pieces are kept as several.
    package static let pieceBytesMax = 64 << 10
    /// Of a sentence or a note more is cut off.
    package static let sentenceBytesMax = 4_096
    package static let dependenciesMax = 256
    package static let tasksPerSubmission = 10_000
    /// Older crashes are forgotten.
    package static let crashesMax = 200
    package static let factBytesMax = 65_536

    /// At most `bytesMax` bytes of `text`, and no part of a character.
    static func cut(_ text: String, to bytesMax: Int = sentenceBytesMax) -> String {
        text.utf8.count <= bytesMax
            ? text : String(decoding: cut(Array(text.utf8), to: bytesMax), as: UTF8.self)
    }

    /// At most `bytesMax` bytes, ending with a whole character if they are UTF-8.
    static func cut(_ bytes: [UInt8], to bytesMax: Int) -> [UInt8] {
        guard bytes.count > bytesMax else { return bytes }
        var end = bytesMax
        // A byte that goes on with a character begins with the bits 10; at most three follow.
        while end > max(bytesMax - 3, 0), bytes[end] & 0xC0 == 0x80 { end -= 1 }
        return Array(bytes[..<(bytes[end] & 0xC0 == 0x80 ? bytesMax : end)])
    }
}
