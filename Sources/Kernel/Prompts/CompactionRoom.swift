/// How much of a window a chat may fill, in tokens.
package struct CompactionRoom: Sendable, Hashable {
    /// More than this is made to fit.
    package let most: Int
    /// What it is made to fit into, so that the next message does not need the same again.
    package let wanted: Int
    /// For what a tool has printed, once it is old.
    package let resultTokens: Int
    package let summaryTokens: Int

    /// `window` is the model's real one; `fixed` is what prompt and tools take; `answer` is kept
    /// free for what the model will say. Counts are estimates: a twentieth of the window is left
    /// alone.
    package init(window: Int, fixed: Int, answer: Int) {
        most = max(0, window - window / 20 - fixed - answer)
        wanted = most / 2
        resultTokens = min(1_000, max(32, most / 32))
        summaryTokens = min(2_000, max(64, most / 8))
    }
}
