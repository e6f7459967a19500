/// Everything that outlives the kernel. One implementation keeps it in SQLite; nothing here says
/// so.
package protocol Store: Sendable {
    var tasks: any TaskRecords { get }
    var quarantine: any QuarantineRecords { get }
    var preferences: any PreferenceRecords { get }

    /// What is known to be wrong without looking for it: why nothing is written, or why its files
    /// grow.
    var trouble: StoreError? { get }
    /// Reads everything and says what is wrong, one sentence each; empty if nothing is.
    func problems(_ thoroughness: Thoroughness, _ done: @escaping Completion<[String]>)
    /// A copy as of now, while work goes on. `path` must not be there.
    func backUp(to path: String, _ done: @escaping Completion<Void>)
    /// Ends after what is queued; whatever comes later is refused. Blocks.
    func close()
}

package enum Thoroughness: Sendable, Hashable {
    /// The structure only.
    case quick
    /// Also that each index says what its table says.
    case full
}
