import KernelChats
import KernelWire
import ModuleJSON

/// What a client asks of models.
extension Session {
    /// False if the method is none about chats or models.
    func serveChats(
        _ id: RequestID, _ method: String, _ params: JSON
    ) throws(WireError) -> Bool {
        guard let chat else { return false }
        return try chat.serve(id, method, params)
    }
}

extension Session: ChatClient {}
