public import ModuleJSON
internal import ModuleKit

/// What answers in a test instead of a task of another module.
///
///     let host = try TestHost(Diary.self, modules: ["storage.put": .text { _ in "kept" }])
public struct StandIn: Sendable {
    let answer: @Sendable (_ kind: Outcome.Kind, _ arguments: [UInt8]) async throws -> Outcome

    /// Takes arguments by name, returns text. What it throws is what the other module says.
    public static func text(
        _ answer: @escaping @Sendable (JSON) async throws -> String
    ) -> StandIn {
        StandIn { _, arguments in
            let text = try await answer(try Self.json(arguments))
            return Outcome(kind: .text, bytes: Array(text.utf8))
        }
    }

    /// Takes arguments by name, returns JSON.
    public static func json(
        _ answer: @escaping @Sendable (JSON) async throws -> JSON
    ) -> StandIn {
        StandIn { _, arguments in
            let json = try await answer(try Self.json(arguments))
            return Outcome(kind: .json, bytes: json.serialized())
        }
    }

    /// Takes bytes, returns bytes.
    public static func bytes(
        _ answer: @escaping @Sendable ([UInt8]) async throws -> [UInt8]
    ) -> StandIn {
        StandIn { _, arguments in Outcome(kind: .bytes, bytes: try await answer(arguments)) }
    }

    /// Gives out these parts before the result, each time that it is asked.
    public func printing(_ parts: String...) -> StandIn {
        StandIn { kind, arguments in
            var outcome = try await answer(kind, arguments)
            outcome.outputs = parts + outcome.outputs
            return outcome
        }
    }

    private static func json(_ bytes: [UInt8]) throws -> JSON {
        bytes.isEmpty ? [:] : try JSON(parsing: bytes)
    }
}
