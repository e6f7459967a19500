/// When the log is copied into the file, and what is done about readers that keep the log from
/// beginning anew. Sizes are in pages of 4 KiB.
package struct CheckpointPolicy: Sendable, Hashable {
    /// A log of this size is copied.
    package var copyPages = 2_000
    /// From this size on readers are waited for, a little, so that the log can begin anew.
    package var restartPages = 8_000
    /// From this size on reads that take long are ended.
    package var interruptPages = 32_000

    private var nextPages = 0

    package init() {}

    package enum Action: Sendable, Hashable {
        case none, copy, restart, interruptAndRestart
    }

    /// After a commit that left the log this long.
    package func action(afterCommit logPages: Int) -> Action {
        guard logPages >= max(nextPages, copyPages) else { return .none }
        if logPages >= interruptPages { return .interruptAndRestart }
        return logPages >= restartPages ? .restart : .copy
    }

    /// What was not copied is left for a while: trying again after each commit would cost more
    /// than the log.
    package mutating func note(_ result: CheckpointResult) {
        let isDone = !result.wasHindered && result.copiedPages == result.logPages
        nextPages = isDone && result.logPages < restartPages ? 0 : result.logPages + copyPages
    }
}
