internal import ModuleJSON

/// Tasks without arguments; otherwise as in `TaskOf+Arguments.swift`.
extension TaskOf {
    /// Takes no arguments, returns text.
    public init(
        _ name: String, _ about: String, mode: Mode = .thread, risk: Risk,
        timeoutSeconds: Int = 30, idempotent: Bool? = nil,
        run: @escaping @Sendable (Owner) -> (Call) async throws -> String
    ) {
        self.init(
            TaskDescription(
                name: name, about: about, mode: mode, risk: risk, timeoutSeconds: timeoutSeconds,
                idempotent: idempotent),
            input: .nothing, result: .text
        ) { owner, _, call in
            .text(try await run(owner)(call))
        }
    }

    /// Takes no arguments, returns bytes.
    public init(
        _ name: String, _ about: String, mode: Mode = .thread, risk: Risk,
        timeoutSeconds: Int = 30, idempotent: Bool? = nil,
        run: @escaping @Sendable (Owner) -> (Call) async throws -> Bytes
    ) {
        self.init(
            TaskDescription(
                name: name, about: about, mode: mode, risk: risk, timeoutSeconds: timeoutSeconds,
                idempotent: idempotent),
            input: .nothing, result: .bytes
        ) { owner, _, call in
            .bytes(try await run(owner)(call).bytes)
        }
    }

    /// Takes no arguments, returns JSON.
    public init<R: Encodable & SendableMetatype>(
        _ name: String, _ about: String, mode: Mode = .thread, risk: Risk,
        timeoutSeconds: Int = 30, idempotent: Bool? = nil,
        run: @escaping @Sendable (Owner) -> (Call) async throws -> R
    ) {
        self.init(
            TaskDescription(
                name: name, about: about, mode: mode, risk: risk, timeoutSeconds: timeoutSeconds,
                idempotent: idempotent),
            input: .nothing, result: .json
        ) { owner, _, call in
            .json(try JSON.encode(try await run(owner)(call)))
        }
    }

    /// Takes no arguments, returns nothing.
    public init(
        _ name: String, _ about: String, mode: Mode = .thread, risk: Risk,
        timeoutSeconds: Int = 30, idempotent: Bool? = nil,
        run: @escaping @Sendable (Owner) -> (Call) async throws -> Void
    ) {
        self.init(
            TaskDescription(
                name: name, about: about, mode: mode, risk: risk, timeoutSeconds: timeoutSeconds,
                idempotent: idempotent),
            input: .nothing, result: .text
        ) { owner, _, call in
            try await run(owner)(call)
            return .none
        }
    }
}
