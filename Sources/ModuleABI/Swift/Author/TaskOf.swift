/// One task of a module: its name, what it says of itself, and the method that does it.
///
/// The method takes its arguments (a type that conforms to `Arguments`, or `[UInt8]` for a task
/// that accepts bytes; it may also take none) and the call. It returns text (`String`), bytes
/// (`Bytes`), anything `Encodable` as JSON, or nothing.
public struct TaskOf<Owner>: Sendable {
    public let name: String
    public let about: String
    public let mode: Mode
    public let risk: Risk
    public let timeoutSeconds: Int
    public let idempotent: Bool
    let input: TaskInput.Shape
    let result: TaskReply.Kind
    let run: @Sendable (Owner, TaskInput, Call) async throws -> TaskReply

    init(
        _ description: TaskDescription, input: TaskInput.Shape, result: TaskReply.Kind,
        run: @escaping @Sendable (Owner, TaskInput, Call) async throws -> TaskReply
    ) {
        name = description.name
        about = description.about
        mode = description.mode
        risk = description.risk
        timeoutSeconds = description.timeoutSeconds
        idempotent = description.idempotent ?? (description.risk == .read)
        self.input = input
        self.result = result
        self.run = run
    }
}

/// What all ways of making a task have in common.
struct TaskDescription {
    let name: String
    let about: String
    let mode: Mode
    let risk: Risk
    let timeoutSeconds: Int
    let idempotent: Bool?
}
