public import ModuleJSON

/// What a task of another module returned.
public struct Reply: Sendable, Equatable {
    public let kind: Kind
    public let bytes: [UInt8]
    /// What the task gave out before its end; it is not repeated in the result.
    public let output: String

    public enum Kind: UInt32, Sendable {
        case text = 1
        case json = 2
        case bytes = 3
    }

    package init(kind: Kind, bytes: [UInt8], output: String) {
        self.kind = kind
        self.bytes = bytes
        self.output = output
    }

    /// The result as text; bytes that are not UTF-8 are replaced.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The result as JSON, which a task that returns text or bytes may not be.
    public func json() throws -> JSON {
        do {
            return try JSON(parsing: bytes)
        } catch {
            throw Failure("the reply is not JSON: \(error)")
        }
    }

    /// The result, which has to be JSON, as a value.
    public func decoded<Value: Decodable>(as type: Value.Type = Value.self) throws -> Value {
        do {
            return try json().decode(type)
        } catch let error as JSONCodingError {
            throw Failure("the reply is not what was expected: \(error)")
        }
    }
}
