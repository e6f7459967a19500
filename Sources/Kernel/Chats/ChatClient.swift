package import KernelWire

/// Who asks, as far as chats and models care: what is said to it, in order.
package protocol ChatClient: AnyObject, Sendable {
    func send(_ message: WireMessage)
    /// Whether it has not taken what was said to it: what can wait is to wait, until
    /// `ClientChat.relieved`.
    var isCrowded: Bool { get }
    func notify(_ method: String, _ content: some Encodable & Sendable)
    func reply(_ id: RequestID, _ content: some Encodable & Sendable)
}
