public import ModuleJSON

/// Tasks of other modules. `task` is the name of an interface that the manifest requires, a dot,
/// and the task: `storage.put`. What the other module says when it fails is thrown, with its
/// status.
///
/// What a call asks for ends no later than the call: with its deadline, and when it is cancelled.
extension Call {
    /// Asks with arguments by name.
    public func ask(_ task: String, _ arguments: JSON = [:]) async throws -> Reply {
        try await run.ask(task, .json(arguments))
    }

    /// Asks with the members of a value as arguments.
    public func ask(_ task: String, encoding arguments: some Encodable) async throws -> Reply {
        try await run.ask(task, .json(try JSON.encode(arguments)))
    }

    /// Asks a task that takes bytes.
    public func ask(_ task: String, bytes: [UInt8]) async throws -> Reply {
        try await run.ask(task, .bytes(bytes))
    }

    /// Asks a task that returns JSON, and decodes that.
    public func ask<Value: Decodable>(
        _ task: String, _ arguments: JSON = [:], as type: Value.Type
    ) async throws -> Value {
        try await ask(task, arguments).decoded(as: type)
    }
}

/// The same for a module that asks of its own accord, between `start` and `stop`.
extension Host {
    /// Asks with arguments by name.
    public func ask(_ task: String, _ arguments: JSON = [:]) async throws -> Reply {
        try await table.ask(task, .json(arguments), call: 0)
    }

    /// Asks with the members of a value as arguments.
    public func ask(_ task: String, encoding arguments: some Encodable) async throws -> Reply {
        try await table.ask(task, .json(try JSON.encode(arguments)), call: 0)
    }

    /// Asks a task that takes bytes.
    public func ask(_ task: String, bytes: [UInt8]) async throws -> Reply {
        try await table.ask(task, .bytes(bytes), call: 0)
    }

    /// Asks a task that returns JSON, and decodes that.
    public func ask<Value: Decodable>(
        _ task: String, _ arguments: JSON = [:], as type: Value.Type
    ) async throws -> Value {
        try await ask(task, arguments).decoded(as: type)
    }

    /// The module's own folder for what has to last: it exists, and nobody else may read it. All
    /// instances of the module share it; use it from `start` on.
    public var folder: String {
        get throws {
            if let folder = table.folder { return folder }
            throw Failure("this host keeps no files of modules", .unsupported)
        }
    }
}
