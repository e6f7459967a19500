/// When the log is copied into the file, and what is done about readers that keep the log from
/// beginning anew. Sizes are in pages of 4 KiB.
package struct CheckpointPolicy: Sendable, Hashable {
    /// A log of this size is copied. After a crash the whole log is read before anything else, so
    /// that a larger one would cost the next start more than it saves here.
    package var copyPages = 1_000
    /// From this size on readers are waited for, a little, so that the log can begin anew.
    package var restartPages = 4_000
    /// From this size on reads that take long are ended.
    package var interruptPages = 16_000

    private var lastPages = 0
    private var nextPages = 0

    package init() {}

    package enum Action: Sendable, Hashable {
        case none
        /// Copies what it can, and waits for nobody.
        case copy
        /// Waits for readers, so that the log can begin anew. Who writes waits with it.
        case restart(patienceMilliseconds: Int32, interruptsLongReads: Bool)
    }

    /// After a commit that left the log this long.
    package mutating func action(afterCommit logPages: Int) -> Action {
        // A log that is shorter than before has begun anew.
        if logPages < lastPages { nextPages = 0 }
        lastPages = logPages
        guard logPages >= max(nextPages, copyPages) else { return .none }
        // A log that goes on although it was copied, or that could not be, is left for a while:
        // trying again after each commit would cost more than the log.
        nextPages = logPages + copyPages
        guard logPages >= restartPages else { return .copy }
        // The longer the log, the more it matters: 20 ms at first, 320 ms at four times the size.
        let times = min(logPages / restartPages, 8)
        let patience = min(20 * times * times, 1_000)
        return .restart(
            patienceMilliseconds: Int32(patience),
            interruptsLongReads: logPages >= interruptPages)
    }
}
