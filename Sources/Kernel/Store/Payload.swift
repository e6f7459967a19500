package import KernelBase

/// Bytes and how they are to be read: what a task is given, and what it gives.
package struct Payload: Sendable, Hashable {
    package var kind: PayloadKind
    package var bytes: [UInt8]

    package init(_ kind: PayloadKind, _ bytes: [UInt8]) {
        self.kind = kind
        self.bytes = bytes
    }

    package static func json(_ text: String) -> Payload { Payload(.json, Array(text.utf8)) }
    package static func text(_ text: String) -> Payload { Payload(.text, Array(text.utf8)) }
}
