/// A task as it is handed in.
package struct NewTask: Sendable, Hashable {
    /// Made by whoever submits, so that tasks of one batch can name each other.
    package var id: TaskID
    /// `<module>.<task>`: "fs.read".
    package var name: String
    package var arguments: Payload
    /// The client that handed it in, by its name.
    package var submitter: String
    /// The submitter's own name for this piece of work: the same key again gives the task that is
    /// there already, so that a client may repeat a request whose answer it lost.
    package var key: String?
    /// The greater one runs first.
    package var priority: Int
    package var isIdempotent: Bool
    /// Nil: as fits the task. One that may not run again has one in any case.
    package var attemptsMax: Int?
    package var notBefore: Moment?
    package var deadline: Moment?
    /// Of one attempt; nil: as the module says.
    package var timeoutSeconds: Double?
    /// The ended task whose work this one does once more.
    package var repeats: TaskID?
    package var parent: TaskID?
    /// It waits until all of these are done.
    package var dependencies: [TaskID]

    package init(_ name: String, _ arguments: Payload = .json("{}"), submitter: String) {
        id = .make()
        self.name = name
        self.arguments = arguments
        self.submitter = submitter
        key = nil
        priority = 0
        isIdempotent = false
        attemptsMax = nil
        notBefore = nil
        deadline = nil
        timeoutSeconds = nil
        repeats = nil
        parent = nil
        dependencies = []
    }

    /// The part of the name before the first dot.
    package var module: String { String(name.prefix { $0 != "." }) }
}
