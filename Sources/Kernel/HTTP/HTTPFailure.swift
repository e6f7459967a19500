/// Why an exchange came to no good end. An answer with a status such as 500 is an answer.
package struct HTTPFailure: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Kind: Sendable, Hashable {
        /// The request itself cannot be sent.
        case unsendable
        /// libcurl is missing.
        case unavailable
        case nameNotFound
        case notReachable
        case privateAddress
        case notTrusted
        case connectDeadline
        case firstByteDeadline
        case stalled
        case totalDeadline
        /// Whoever wanted the answer did not take it.
        case notTaken
        /// The connection ended before the answer did.
        case cutShort
        case tooLarge
        case malformed
        case cancelled
    }

    package let kind: Kind
    package let description: String
    /// The address that a name led to, and that may not be reached.
    package var refusedAddress: String?

    package init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}

extension HTTPFailure {
    /// From libcurl's code, with its own sentence.
    init(code: Int32, _ message: String, host: String) {
        switch code {
        case 3, 4: self.init(.unsendable, "\(host) cannot be asked: \(message)")
        case 5, 6: self.init(.nameNotFound, "the name \(host) cannot be found: \(message)")
        case 7: self.init(.notReachable, "\(host) does not take the connection: \(message)")
        case 28: self.init(.connectDeadline, "\(host) did not take the connection in time")
        // The handshake broke off, as it does where a network is bad.
        case 35:
            self.init(.notReachable, "no secure connection to \(host) came about: \(message)")
        case 51, 53, 54, 58, 59, 60, 64, 66, 77, 80, 82, 83, 90, 91:
            self.init(.notTrusted, "no trusted connection to \(host): \(message)")
        // 1: the scheme was checked before, so that this is an answer that is no HTTP.
        case 1, 8, 61:
            self.init(.malformed, "the answer of \(host) is not understood: \(message)")
        case 18, 52, 55, 56, 92, 16:
            self.init(
                .cutShort, "the connection to \(host) ended before the answer did: \(message)")
        case 27: self.init(.tooLarge, "memory is short for the answer of \(host)")
        default: self.init(.cutShort, "asking \(host) failed: \(message)")
        }
    }
}
