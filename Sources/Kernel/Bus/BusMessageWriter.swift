import CBus

/// Puts values into a message. Each function returns a number below zero if it failed: an errno.
/// https://www.freedesktop.org/software/systemd/man/latest/sd_bus_message_append_basic.html
@safe struct BusMessageWriter {
    private let message: OpaquePointer
    private let library: UnsafePointer<bus_library>

    @unsafe init(_ message: OpaquePointer, _ library: UnsafePointer<bus_library>) {
        unsafe self.message = unsafe message
        unsafe self.library = unsafe library
    }

    func append(_ value: BusValue) -> Int32 {
        switch value {
        case .byte(let value): return basic("y", value)
        // A boolean of sd-bus is an int.
        case .bool(let value): return basic("b", Int32(value ? 1 : 0))
        case .int16(let value): return basic("n", value)
        case .uint16(let value): return basic("q", value)
        case .int32(let value): return basic("i", value)
        case .uint32(let value): return basic("u", value)
        case .int64(let value): return basic("x", value)
        case .uint64(let value): return basic("t", value)
        case .double(let value): return basic("d", value)
        case .text(let code, let text): return append(text, code)
        case .bytes(let bytes): return append(bytes)
        case .array(let element, let values): return container("a", element.signature, values)
        case .structure(let types, let fields):
            return container("r", types.map(\.signature).joined(), fields)
        case .variant(let type, let inner): return container("v", type.signature, [inner])
        case .dictionary(let key, let value, let entries):
            let pair = "\(UnicodeScalar(key))\(value.signature)"
            return container("a", "{\(pair)}") { append(entries, pair) }
        }
    }

    private func basic<Value: BitwiseCopyable>(_ type: Unicode.Scalar, _ value: Value) -> Int32 {
        unsafe withUnsafePointer(to: value) { pointer in
            unsafe library.pointee.sd_bus_message_append_basic(message, code(type), pointer)
        }
    }

    private func append(_ text: String, _ type: UInt8) -> Int32 {
        unsafe text.withCString { text in
            unsafe library.pointee.sd_bus_message_append_basic(
                message, CChar(bitPattern: type), text)
        }
    }

    private func append(_ bytes: [UInt8]) -> Int32 {
        unsafe bytes.withUnsafeBytes { bytes in
            unsafe library.pointee.sd_bus_message_append_array(
                message, code("y"), bytes.baseAddress, bytes.count)
        }
    }

    private func append(_ entries: [BusValue.Entry], _ pair: String) -> Int32 {
        for entry in entries {
            let status = container("e", pair, [entry.key, entry.value])
            guard status >= 0 else { return status }
        }
        return 0
    }

    private func container(
        _ type: Unicode.Scalar, _ contents: String, _ values: [BusValue]
    ) -> Int32 {
        container(type, contents) {
            for value in values {
                let status = append(value)
                guard status >= 0 else { return status }
            }
            return 0
        }
    }

    private func container(
        _ type: Unicode.Scalar, _ contents: String, _ fill: () -> Int32
    ) -> Int32 {
        var status = unsafe library.pointee.sd_bus_message_open_container(
            message, code(type), contents)
        if status >= 0 { status = fill() }
        return status < 0
            ? status : unsafe library.pointee.sd_bus_message_close_container(message)
    }

    private func code(_ type: Unicode.Scalar) -> CChar {
        CChar(bitPattern: UInt8(ascii: type))
    }
}
