package import KernelWire

/// Who asks, as far as chats and models care: what is said to it, in order.
package protocol ChatClient: AnyObject, Sendable {
    func send(_ message: WireMessage)
    func notify(_ method: String, _ content: some Encodable & Sendable)
    func reply(_ id: RequestID, _ content: some Encodable & Sendable)
}
