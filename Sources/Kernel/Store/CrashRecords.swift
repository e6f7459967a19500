/// Crashes of the kernel and of workers, until everybody who should know has been told.
package protocol CrashRecords: Sendable {
    /// The answer is the number of the new row. The oldest rows go when there are too many.
    func add(_ crash: CrashRecord, _ done: @escaping Completion<Int64>)
    /// Newest first.
    func list(limit: Int, _ done: @escaping Completion<[CrashRecord]>)
    /// Those that this client was not told of, oldest first.
    func undelivered(to client: String, _ done: @escaping Completion<[CrashRecord]>)
    /// Says that this client was told of these.
    func markDelivered(_ numbers: [Int64], to client: String, _ done: @escaping Completion<Void>)
}

package struct CrashRecord: Sendable, Hashable {
    /// Given by the store; 0 before.
    package var number: Int64
    package var at: Moment
    /// Nil if the kernel's own code crashed.
    package var module: String?
    package var build: String?
    /// "fs.read".
    package var task: String?
    package var call: String?
    /// The file with the report.
    package var reportPath: String?
    /// A sentence: what happened.
    package var sentence: String
    /// What was interrupted, each by a name that a person knows.
    package var interrupted: [String]
    package var deliveredTo: [String]

    package init(at moment: Moment, sentence: String) {
        number = 0
        at = moment
        module = nil
        build = nil
        task = nil
        call = nil
        reportPath = nil
        self.sentence = sentence
        interrupted = []
        deliveredTo = []
    }
}
