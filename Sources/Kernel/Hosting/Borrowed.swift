import CModuleABI
import KernelBase
import ModuleJSON

/// What a module lends to the host for the time of one call: copied at once, and, where the host
/// watches for breaches, looked at more closely than it has to be.
@safe struct Borrowed {
    let host: HostContext
    /// The function of the contract that it was passed to.
    let function: String
    let call: UInt64

    /// Text; what is not UTF-8 is repaired.
    @unsafe func text(_ text: mod_text) -> String {
        guard let start = unsafe text.bytes, unsafe text.length > 0 else {
            unsafe reportMissing(text.length)
            return ""
        }
        let bytes = unsafe UnsafeRawBufferPointer(start: start, count: Int(clamping: text.length))
        if host.isWatching, unsafe String(validating: bytes, as: UTF8.self) == nil {
            host.report(function, "a text is not UTF-8", call)
        }
        return unsafe String(decoding: bytes, as: UTF8.self)
    }

    @unsafe func bytes(_ bytes: mod_bytes) -> [UInt8] {
        guard let start = unsafe bytes.bytes, unsafe bytes.length > 0 else {
            unsafe reportMissing(bytes.length)
            return []
        }
        return unsafe Array(
            UnsafeRawBufferPointer(start: start, count: Int(clamping: bytes.length)))
    }

    /// Bytes of a kind that says how they can be read.
    @unsafe func payload(_ kind: PayloadKind, _ bytes: mod_bytes) -> [UInt8] {
        let value = unsafe self.bytes(bytes)
        guard host.isWatching else { return value }
        switch kind {
        case .text where String(validating: value, as: UTF8.self) == nil:
            host.report(function, "the value is not the text that its kind promises", call)
        case .json where (try? JSON(parsing: value)) == nil:
            host.report(function, "the value is not the JSON that its kind promises", call)
        default:
            break
        }
        return value
    }

    private func reportMissing(_ length: UInt64) {
        guard length > 0 else { return }
        host.report(function, "a null pointer with a length of \(length)", call)
    }
}
