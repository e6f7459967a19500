import CHTTP

/// What numbers of the Internet stand for.
package enum HTTPAddress {
    /// Whether it is an address of this machine, of a private network, or of no single machine.
    /// What is no address counts as one.
    package static func isPrivate(_ text: String) -> Bool {
        unsafe text.withCString { unsafe http_text_is_private($0) }
    }
}
