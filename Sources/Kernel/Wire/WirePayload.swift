package import KernelBase
package import ModuleJSON

/// How results, and what tasks print, travel in messages: text as a string, JSON as it is, bytes in
/// base64.
package enum WirePayload {
    package static func name(of kind: PayloadKind) -> String {
        switch kind {
        case .text: "text"
        case .json: "json"
        case .bytes: "bytes"
        }
    }

    /// JSON that is none goes as text.
    package static func json(_ kind: PayloadKind, _ bytes: [UInt8]) -> JSON {
        switch kind {
        case .text: .string(String(decoding: bytes, as: UTF8.self))
        case .json: (try? JSON(parsing: bytes)) ?? .string(String(decoding: bytes, as: UTF8.self))
        case .bytes: .string(Base64.encode(bytes))
        }
    }

    /// What was printed, as it is written on: each piece of JSON is a line.
    package static func bytes(_ kind: String?, _ value: JSON) -> [UInt8] {
        switch (kind, value) {
        case ("bytes", .string(let text)): Base64.decode(text) ?? []
        case ("text", .string(let text)): Array(text.utf8)
        case (_, let value): value.serialized() + [UInt8(ascii: "\n")]
        }
    }

    /// The same for a person, who is told how many bytes there are.
    package static func text(_ kind: String?, _ value: JSON) -> String {
        let bytes = bytes(kind, value)
        guard kind == "bytes" else { return String(decoding: bytes, as: UTF8.self) }
        return Amount.count(bytes.count, "byte") + "\n"
    }
}
