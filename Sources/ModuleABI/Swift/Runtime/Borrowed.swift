package import CModuleABI
package import ModuleJSON

/// Values that cross the boundary. The kit never conforms a type of the contract to a protocol:
/// two generations of a module in one process would share the first one's conformance.
extension mod_text {
    /// A copy; bytes that are not UTF-8 are replaced.
    package var copied: String {
        unsafe mod_bytes(bytes: bytes, length: length).text
    }
}

extension mod_bytes {
    package var buffer: UnsafeBufferPointer<UInt8> {
        guard let start = unsafe self.bytes, unsafe length > 0 else {
            return unsafe UnsafeBufferPointer(start: nil, count: 0)
        }
        return unsafe UnsafeBufferPointer(
            start: start.assumingMemoryBound(to: UInt8.self), count: Int(clamping: length))
    }

    /// A copy; bytes that are not UTF-8 are replaced.
    package var text: String {
        unsafe String(decoding: UnsafeRawBufferPointer(buffer), as: UTF8.self)
    }

    /// A copy.
    package var copied: [UInt8] { unsafe Array(buffer) }

    /// What the bytes say; nothing at all is an empty object.
    package func parsed() throws(JSONError) -> JSON {
        unsafe length == 0 ? [:] : try JSON(parsing: Span(_unsafeElements: buffer))
    }
}

extension String {
    package func withModText<T>(_ body: (mod_text) -> T) -> T {
        var text = self
        return text.withUTF8 { buffer in
            let start = unsafe UnsafeRawPointer(buffer.baseAddress)?.assumingMemoryBound(
                to: CChar.self)
            return unsafe body(mod_text(bytes: start, length: UInt64(buffer.count)))
        }
    }
}

extension Array where Element == UInt8 {
    package func withModBytes<T>(_ body: (mod_bytes) -> T) -> T {
        unsafe withUnsafeBytes { buffer in
            unsafe body(mod_bytes(bytes: buffer.baseAddress, length: UInt64(buffer.count)))
        }
    }
}

/// What `MOD_HAS` is in C: whether a structure of `size` bytes reaches the field. Inlined, so that
/// the compiler works the place of the field out, and no key path is made at run time.
@inline(__always)
package func reaches<Structure, Field>(
    _ field: KeyPath<Structure, Field>, size: UInt32
) -> Bool {
    guard let offset = MemoryLayout<Structure>.offset(of: field) else { return false }
    return Int(size) >= offset + MemoryLayout<Field>.size
}
