/// Builds that are not used any more because they failed too often, and why. The key of a row is
/// the build's hash and the class of failure.
package protocol QuarantineRecords: Sendable {
    /// Adds a row, or writes over the one with the same hash and class.
    func put(_ record: QuarantineRecord, _ done: @escaping Completion<Void>)
    /// Those in force, or with `lifted` also the others; newest first.
    func list(includingLifted lifted: Bool, _ done: @escaping Completion<[QuarantineRecord]>)
    /// Ends every quarantine of that build that is in force. The answer is how many.
    func lift(
        build: String, by whom: String, at moment: Moment, _ done: @escaping Completion<Int>)
}

package struct QuarantineRecord: Sendable, Hashable {
    /// The hash of the module's file.
    package var build: String
    /// "crash", "hang", "flood": as containment names it.
    package var failureClass: String
    package var module: String
    /// How often it failed this way.
    package var count: Int
    package var since: Moment
    /// Nil: until it is lifted.
    package var until: Moment?
    /// A sentence.
    package var reason: String
    /// Nil while it is in force.
    package var lifted: Lifted?

    package struct Lifted: Sendable, Hashable {
        package var by: String
        package var at: Moment

        package init(by: String, at: Moment) {
            self.by = by
            self.at = at
        }
    }

    package init(
        build: String, failureClass: String, module: String, count: Int, since: Moment,
        until: Moment?, reason: String, lifted: Lifted? = nil
    ) {
        self.build = build
        self.failureClass = failureClass
        self.module = module
        self.count = count
        self.since = since
        self.until = until
        self.reason = reason
        self.lifted = lifted
    }
}
