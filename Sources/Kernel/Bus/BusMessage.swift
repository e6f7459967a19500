import CBus
import ModuleJSON

/// A message that came.
@safe final class BusMessage {
    private let raw: OpaquePointer
    private let library: UnsafePointer<bus_library>

    enum Kind {
        case call, answer, error, signal, other
    }

    /// Takes over the reference.
    @unsafe init(_ raw: OpaquePointer, _ library: UnsafePointer<bus_library>) {
        unsafe self.raw = unsafe raw
        unsafe self.library = unsafe library
    }

    deinit {
        _ = unsafe library.pointee.sd_bus_message_unref(raw)
    }

    @unsafe func withRaw<Result>(_ body: (OpaquePointer) -> Result) -> Result {
        unsafe body(raw)
    }

    var kind: Kind {
        var type: UInt8 = 0
        _ = unsafe library.pointee.sd_bus_message_get_type(raw, &type)
        return switch Int(type) {
        case Int(SD_BUS_MESSAGE_METHOD_CALL): .call
        case Int(SD_BUS_MESSAGE_METHOD_RETURN): .answer
        case Int(SD_BUS_MESSAGE_METHOD_ERROR): .error
        case Int(SD_BUS_MESSAGE_SIGNAL): .signal
        default: .other
        }
    }

    /// What it answers.
    var answered: UInt64? {
        var cookie: UInt64 = 0
        let status = unsafe library.pointee.sd_bus_message_get_reply_cookie(raw, &cookie)
        return status >= 0 ? cookie : nil
    }

    /// As the bus says it, which no sender can forge.
    var sender: String { unsafe text(library.pointee.sd_bus_message_get_sender(raw)) }
    var path: String { unsafe text(library.pointee.sd_bus_message_get_path(raw)) }
    var interface: String { unsafe text(library.pointee.sd_bus_message_get_interface(raw)) }
    var member: String { unsafe text(library.pointee.sd_bus_message_get_member(raw)) }
    var signature: String {
        unsafe text(library.pointee.sd_bus_message_get_signature(raw, 1))
    }

    var error: (name: String, message: String) {
        guard let error = unsafe library.pointee.sd_bus_message_get_error(raw) else {
            return ("", "")
        }
        return unsafe (text(error.pointee.name), text(error.pointee.message))
    }

    @unsafe private func text(_ text: UnsafePointer<CChar>?) -> String {
        unsafe text.map { unsafe String(cString: $0) } ?? ""
    }

    /// All that it holds, as JSON in at most so many bytes.
    func values(bytesMax: Int) throws(BusFailure) -> JSON {
        _ = unsafe library.pointee.sd_bus_message_rewind(raw, 1)
        var reader = unsafe BusMessageReader(raw, library, bytesMax: bytesMax)
        return .array(try reader.all())
    }

    /// The texts that it begins with: what the bus itself says.
    func texts() -> [String] {
        guard case .array(let values)? = try? values(bytesMax: Self.driverBytesMax) else {
            return []
        }
        return values.map { $0.string ?? "" }
    }

    private static let driverBytesMax = 4_096
}
