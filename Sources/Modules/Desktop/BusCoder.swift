import CDesktop

/// Puts values into a message of sd-bus, and takes them out.
/// https://www.freedesktop.org/software/systemd/man/latest/sd_bus_message_append_basic.html
struct BusCoder {
    let library: desktop_bus_library
    let message: OpaquePointer

    /// Below zero: an errno.
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
        case .string(let text): return append("s", text)
        case .path(let text): return append("o", text)
        case .signature(let text): return append("g", text)
        case .array(let element, let values): return append("a", element, values)
        case .structure(let fields):
            return append("r", fields.map(\.signature).joined(), fields)
        case .entry(let key, let value):
            return append("e", key.signature + value.signature, [key, value])
        case .variant(let inner): return append("v", inner.signature, [inner])
        }
    }

    func readAll() -> [BusValue] {
        var values: [BusValue] = []
        while let value = read() { values.append(value) }
        return values
    }

    private func basic<Value: BitwiseCopyable>(_ type: Unicode.Scalar, _ value: Value) -> Int32 {
        withUnsafePointer(to: value) { pointer in
            library.sd_bus_message_append_basic(message, code(type), pointer)
        }
    }

    private func append(_ type: Unicode.Scalar, _ text: String) -> Int32 {
        text.withCString { library.sd_bus_message_append_basic(message, code(type), $0) }
    }

    private func append(
        _ type: Unicode.Scalar, _ contents: String, _ values: [BusValue]
    ) -> Int32 {
        var status = library.sd_bus_message_open_container(message, code(type), contents)
        for value in values where status >= 0 { status = append(value) }
        return status < 0 ? status : library.sd_bus_message_close_container(message)
    }

    /// The next value; nil at the end of the message or of the container.
    private func read() -> BusValue? {
        var type: CChar = 0
        var contents: UnsafePointer<CChar>?
        guard library.sd_bus_message_peek_type(message, &type, &contents) > 0 else { return nil }
        switch Unicode.Scalar(UInt8(bitPattern: type)) {
        case "y": return number(type, UInt8(0)).map(BusValue.byte)
        case "b": return number(type, Int32(0)).map { .bool($0 != 0) }
        case "n": return number(type, Int16(0)).map(BusValue.int16)
        case "q": return number(type, UInt16(0)).map(BusValue.uint16)
        case "i": return number(type, Int32(0)).map(BusValue.int32)
        case "u": return number(type, UInt32(0)).map(BusValue.uint32)
        case "x": return number(type, Int64(0)).map(BusValue.int64)
        case "t": return number(type, UInt64(0)).map(BusValue.uint64)
        case "d": return number(type, Double(0)).map(BusValue.double)
        case "s": return text(type).map(BusValue.string)
        case "o": return text(type).map(BusValue.path)
        case "g": return text(type).map(BusValue.signature)
        case "a":
            let element = contents.map { String(cString: $0) } ?? ""
            return container(type, contents).map { .array(element, $0) }
        case "r": return container(type, contents).map(BusValue.structure)
        case "e":
            guard let pair = container(type, contents), pair.count == 2 else { return nil }
            return .entry(pair[0], pair[1])
        case "v": return container(type, contents)?.first.map(BusValue.variant)
        // A descriptor is of no use here, and would have to be copied to be kept.
        default: return nil
        }
    }

    private func number<Value: BitwiseCopyable>(_ type: CChar, _ zero: Value) -> Value? {
        var value = zero
        let status = withUnsafeMutablePointer(to: &value) { pointer in
            library.sd_bus_message_read_basic(message, type, pointer)
        }
        return status > 0 ? value : nil
    }

    private func text(_ type: CChar) -> String? {
        var text: UnsafePointer<CChar>?
        let status = withUnsafeMutablePointer(to: &text) { pointer in
            library.sd_bus_message_read_basic(message, type, pointer)
        }
        return status > 0 ? text.map { String(cString: $0) } : nil
    }

    private func container(_ type: CChar, _ contents: UnsafePointer<CChar>?) -> [BusValue]? {
        guard library.sd_bus_message_enter_container(message, type, contents) > 0 else {
            return nil
        }
        let values = readAll()
        _ = library.sd_bus_message_exit_container(message)
        return values
    }

    private func code(_ type: Unicode.Scalar) -> CChar {
        CChar(bitPattern: UInt8(ascii: type))
    }
}
