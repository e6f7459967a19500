import KernelBase

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
    /// Tasks that one waits for.
    package static let dependenciesMax = 100
    /// In one request.
    package static let tasksPerSubmission = 1_000

    /// A sentence or a note as it is kept.
    static func cut(_ text: String) -> String { text.cut(toBytes: sentenceBytesMax) }
}
