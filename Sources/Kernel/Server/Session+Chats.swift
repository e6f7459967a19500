import KernelChats
import KernelWire
import ModuleJSON

/// What a client asks of models.
extension Session {
    func serveChats(
        _ id: RequestID, _ method: String, _ params: JSON
    ) throws(WireError) {
        guard let chat else { throw .refused("this kernel asks no models") }
        guard try chat.serve(id, method, params) else { throw .unknownMethod(method) }
    }
}

extension Session: ChatClient {}
