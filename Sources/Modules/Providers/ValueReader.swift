package import ModuleChat
package import ModuleJSON
package import ModuleProviderKit

/// Reads the answer to an order that is no chat and comes as one piece.
package struct ValueReader: AnswerReader {
    package typealias Decode = @Sendable (JSON) throws(ChatFailure) -> JSON

    private let decode: Decode
    private var gate = EventGate()
    private var isDone = false

    package init(_ decode: @escaping Decode) {
        self.decode = decode
    }

    package mutating func read(_ piece: [UInt8], _ emit: Emit) {
        guard !isDone else { return }
        isDone = true
        do throws(ChatFailure) {
            gate.pass(.value(try decode(try JSON(answer: piece))), emit)
        } catch {
            gate.fail(error, emit)
        }
    }

    package mutating func close(isWhole: Bool, _ emit: Emit) {
        guard !isDone else { return }
        gate.fail(
            isWhole
                ? ChatFailure(.malformed, "the server gave an empty answer")
                : ChatFailure(.cutShort, "the server's answer did not arrive whole"), emit)
    }
}

extension JSON {
    /// What a server sent, or a failure that says what is wrong with it.
    package init(answer piece: [UInt8]) throws(ChatFailure) {
        do {
            try self.init(parsing: piece)
        } catch {
            throw ChatFailure(.malformed, "the server sent what is no JSON: \(error)")
        }
    }
}

extension JSONObject {
    /// Those members that are there.
    package init(known members: KeyValuePairs<String, JSON?>) {
        self.init()
        for (name, value) in members {
            if let value { self[name] = value }
        }
    }
}
