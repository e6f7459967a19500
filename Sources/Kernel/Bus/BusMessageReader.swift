import CBus
import ModuleJSON

/// Takes values out of a message as JSON, and stops where it becomes too much.
/// https://www.freedesktop.org/software/systemd/man/latest/sd_bus_message_read_basic.html
@safe struct BusMessageReader {
    private let message: OpaquePointer
    private let library: UnsafePointer<bus_library>
    private let bytesMax: Int
    private var bytesLeft: Int
    private var depth = 0

    /// The bus allows no more containers inside each other.
    private static let depthMax = 64
    /// Beyond it, a Double does not hold each whole number.
    private static let exactMax: Int64 = 1 << 53

    @unsafe init(_ message: OpaquePointer, _ library: UnsafePointer<bus_library>, bytesMax: Int) {
        unsafe self.message = unsafe message
        unsafe self.library = unsafe library
        self.bytesMax = bytesMax
        bytesLeft = bytesMax
    }

    mutating func all() throws(BusFailure) -> [JSON] {
        var values: [JSON] = []
        while let type = try peek() { values.append(try value(type)) }
        return values
    }

    private struct Peeked {
        let code: UInt8
        let contents: String
    }

    /// The next type; nil at the end of the message or of the container.
    private func peek() throws(BusFailure) -> Peeked? {
        var type: CChar = 0
        var contents: UnsafePointer<CChar>?
        let status = unsafe library.pointee.sd_bus_message_peek_type(message, &type, &contents)
        guard status >= 0 else { throw Self.malformed }
        guard status > 0 else { return nil }
        return unsafe Peeked(
            code: UInt8(bitPattern: type),
            contents: contents.map { unsafe String(cString: $0) } ?? "")
    }

    private static let malformed = BusFailure(.gone, "a message is damaged")

    /// What a value takes as JSON, with what stands between it and the next one.
    private mutating func spend(_ bytes: Int) throws(BusFailure) {
        bytesLeft -= bytes
        guard bytesLeft >= 0 else {
            throw BusFailure(.tooLarge, "it is larger than \(bytesMax) bytes")
        }
    }

    private mutating func value(_ type: Peeked) throws(BusFailure) -> JSON {
        switch Unicode.Scalar(type.code) {
        case "y": return try integer(try basic(type, UInt8(0)))
        case "n": return try integer(try basic(type, Int16(0)))
        case "q": return try integer(try basic(type, UInt16(0)))
        case "i": return try integer(try basic(type, Int32(0)))
        case "u": return try integer(try basic(type, UInt32(0)))
        case "x": return try integer(try basic(type, Int64(0)))
        case "t": return try integer(try basic(type, UInt64(0)))
        case "d": return try number(try basic(type, Double(0)))
        case "b":
            try spend(6)
            return .bool(try basic(type, Int32(0)) != 0)
        case "s", "o", "g": return .string(try text(type))
        case "a" where type.contents == "y": return try bytes()
        case "a" where type.contents.hasPrefix("{"): return try dictionary(type)
        case "a", "r":
            try spend(3)
            return .array(try inside(type) { reader throws(BusFailure) in try reader.all() })
        case "v": return try variant(type)
        case "h":
            throw BusFailure(
                .unsupported, "it holds a file descriptor, which cannot be passed on")
        default: throw Self.malformed
        }
    }

    // MARK: Basic types

    private func basic<Value: BitwiseCopyable>(
        _ type: Peeked, _ zero: Value
    ) throws(BusFailure) -> Value {
        var value = zero
        let status = unsafe withUnsafeMutablePointer(to: &value) { pointer in
            unsafe library.pointee.sd_bus_message_read_basic(
                message, CChar(bitPattern: type.code), pointer)
        }
        guard status > 0 else { throw Self.malformed }
        return value
    }

    private mutating func integer(_ number: some FixedWidthInteger) throws(BusFailure) -> JSON {
        let text = "\(number)"
        if let small = Int64(exactly: number), small.magnitude < Self.exactMax {
            try spend(text.utf8.count + 1)
            return .integer(small)
        }
        try spend(text.utf8.count + 3)
        return .string(text)
    }

    private mutating func number(_ number: Double) throws(BusFailure) -> JSON {
        try spend("\(number)".utf8.count + 3)
        if number.isFinite { return .number(number) }
        return .string(number.isNaN ? "NaN" : number < 0 ? "-Infinity" : "Infinity")
    }

    private mutating func text(_ type: Peeked) throws(BusFailure) -> String {
        var text: UnsafePointer<CChar>?
        let status = unsafe withUnsafeMutablePointer(to: &text) { pointer in
            unsafe library.pointee.sd_bus_message_read_basic(
                message, CChar(bitPattern: type.code), pointer)
        }
        guard status > 0, let text = unsafe text else { throw Self.malformed }
        let read = unsafe String(cString: text)
        try spend(Self.escapedBytes(read) + 3)
        return read
    }

    private static func escapedBytes(_ text: String) -> Int {
        text.utf8.reduce(0) { sum, byte in
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): sum + 2
            case ..<0x20: sum + 6
            default: sum + 1
            }
        }
    }

    // MARK: Containers

    private mutating func bytes() throws(BusFailure) -> JSON {
        var start: UnsafeRawPointer?
        var count = 0
        let status = unsafe library.pointee.sd_bus_message_read_array(
            message, CChar(bitPattern: UInt8(ascii: "y")), &start, &count)
        guard status >= 0 else { throw Self.malformed }
        let bytes = unsafe UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count)
        // Three digits and a comma at most.
        let written = unsafe bytes.reduce(3) { $0 + ($1 < 10 ? 2 : $1 < 100 ? 3 : 4) }
        try spend(written)
        return unsafe .array(bytes.map { .integer(Int64($0)) })
    }

    private mutating func dictionary(_ type: Peeked) throws(BusFailure) -> JSON {
        let hasNames = type.contents.utf8.dropFirst().first?.isTextOfBus == true
        try spend(3)
        return try inside(type) { reader throws(BusFailure) in
            var members = JSONObject()
            var pairs: [JSON] = []
            while let entry = try reader.peek() {
                let pair = try reader.inside(entry) { reader throws(BusFailure) in
                    try reader.all()
                }
                guard pair.count == 2 else { throw Self.malformed }
                if hasNames {
                    members[pair[0].string ?? ""] = pair[1]
                } else {
                    pairs.append(.array(pair))
                }
            }
            return hasNames ? .object(members) : .array(pairs)
        }
    }

    private mutating func variant(_ type: Peeked) throws(BusFailure) -> JSON {
        try spend(type.contents.utf8.count + 24)
        let inner = try inside(type) { reader throws(BusFailure) in try reader.all() }
        guard inner.count == 1 else { throw Self.malformed }
        return ["signature": .string(type.contents), "value": inner[0]]
    }

    private mutating func inside<Result>(
        _ type: Peeked, _ body: (inout BusMessageReader) throws(BusFailure) -> Result
    ) throws(BusFailure) -> Result {
        guard depth < Self.depthMax else {
            throw BusFailure(
                .tooLarge, "it has more than \(Self.depthMax) containers inside each other")
        }
        let entered = unsafe library.pointee.sd_bus_message_enter_container(
            message, CChar(bitPattern: type.code), type.contents)
        guard entered > 0 else { throw Self.malformed }
        depth += 1
        let result = try body(&self)
        depth -= 1
        guard unsafe library.pointee.sd_bus_message_exit_container(message) >= 0 else {
            throw Self.malformed
        }
        return result
    }
}
