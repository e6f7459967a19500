internal import ModuleJSON

/// The ways of making a task differ in what the method takes and returns. `timeoutSeconds` is when
/// a call is cancelled. `idempotent` says that a task which was interrupted may simply run again;
/// left out, it is so for tasks that only read.
extension TaskOf {
    /// Takes arguments, returns text.
    public init<A: TaskArguments>(
        _ name: String, _ about: String, mode: Mode = .thread, risk: Risk,
        timeoutSeconds: Int = 30, idempotent: Bool? = nil,
        run: @escaping @Sendable (Owner) -> (A, Call) async throws -> String
    ) {
        self.init(
            TaskDescription(
                name: name, about: about, mode: mode, risk: risk, timeoutSeconds: timeoutSeconds,
                idempotent: idempotent),
            input: A.taskShape, result: .text
        ) { owner, input, call in
            .text(try await run(owner)(A.taken(from: input), call))
        }
    }

    /// Takes arguments, returns bytes.
    public init<A: TaskArguments>(
        _ name: String, _ about: String, mode: Mode = .thread, risk: Risk,
        timeoutSeconds: Int = 30, idempotent: Bool? = nil,
        run: @escaping @Sendable (Owner) -> (A, Call) async throws -> Bytes
    ) {
        self.init(
            TaskDescription(
                name: name, about: about, mode: mode, risk: risk, timeoutSeconds: timeoutSeconds,
                idempotent: idempotent),
            input: A.taskShape, result: .bytes
        ) { owner, input, call in
            .bytes(try await run(owner)(A.taken(from: input), call).bytes)
        }
    }

    /// Takes arguments, returns JSON.
    public init<A: TaskArguments, R: Encodable & SendableMetatype>(
        _ name: String, _ about: String, mode: Mode = .thread, risk: Risk,
        timeoutSeconds: Int = 30, idempotent: Bool? = nil,
        run: @escaping @Sendable (Owner) -> (A, Call) async throws -> R
    ) {
        self.init(
            TaskDescription(
                name: name, about: about, mode: mode, risk: risk, timeoutSeconds: timeoutSeconds,
                idempotent: idempotent),
            input: A.taskShape, result: .json
        ) { owner, input, call in
            .json(try JSON.encode(try await run(owner)(A.taken(from: input), call)))
        }
    }

    /// Takes arguments, returns nothing.
    public init<A: TaskArguments>(
        _ name: String, _ about: String, mode: Mode = .thread, risk: Risk,
        timeoutSeconds: Int = 30, idempotent: Bool? = nil,
        run: @escaping @Sendable (Owner) -> (A, Call) async throws -> Void
    ) {
        self.init(
            TaskDescription(
                name: name, about: about, mode: mode, risk: risk, timeoutSeconds: timeoutSeconds,
                idempotent: idempotent),
            input: A.taskShape, result: .text
        ) { owner, input, call in
            try await run(owner)(A.taken(from: input), call)
            return .none
        }
    }
}
