/// Writes values into bytes in a fixed order, little-endian, for the worker protocol and the
/// manifest index. The reader must ask for them in the same order.
package struct ByteWriter: Sendable {
    private var contents: [UInt8]

    package var bytes: [UInt8] { contents }

    package init(reserving capacity: Int = 64) {
        contents = []
        contents.reserveCapacity(capacity)
    }

    // One function for each width: every frame is written and read by these, and a generic one
    // would not be specialised where it is used, in other modules than this one.
    package mutating func write(_ number: UInt8) { append(number) }
    package mutating func write(_ number: UInt16) { append(number) }
    package mutating func write(_ number: UInt32) { append(number) }
    package mutating func write(_ number: UInt64) { append(number) }
    package mutating func write(_ number: Int32) { append(number) }
    package mutating func write(_ number: Int64) { append(number) }

    private mutating func append<Number: FixedWidthInteger>(_ number: Number) {
        withUnsafeBytes(of: number.littleEndian) { contents.append(contentsOf: $0) }
    }

    package mutating func write(_ flag: Bool) {
        write(UInt8(flag ? 1 : 0))
    }

    package mutating func write(_ number: Double) {
        write(number.bitPattern)
    }

    package mutating func write(_ part: [UInt8]) {
        write(UInt32(part.count))
        contents.append(contentsOf: part)
    }

    package mutating func write(_ text: String) {
        write(Array(text.utf8))
    }
}

/// Reads what a `ByteWriter` wrote. Every read past the end throws: the bytes may come from a
/// damaged file or from a process that a module has taken over.
package struct ByteReader: Sendable {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    package init(_ bytes: [UInt8]) {
        self.init(bytes[...])
    }

    package init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    package struct Truncated: Error {
        package init() {}
    }

    package var isAtEnd: Bool { position == bytes.endIndex }

    package mutating func number(_: UInt8.Type = UInt8.self) throws(Truncated) -> UInt8 {
        try next()
    }
    package mutating func number(_: UInt16.Type = UInt16.self) throws(Truncated) -> UInt16 {
        try next()
    }
    package mutating func number(_: UInt32.Type = UInt32.self) throws(Truncated) -> UInt32 {
        try next()
    }
    package mutating func number(_: UInt64.Type = UInt64.self) throws(Truncated) -> UInt64 {
        try next()
    }
    package mutating func number(_: Int32.Type = Int32.self) throws(Truncated) -> Int32 {
        try next()
    }
    package mutating func number(_: Int64.Type = Int64.self) throws(Truncated) -> Int64 {
        try next()
    }

    private mutating func next<Number: FixedWidthInteger>() throws(Truncated) -> Number {
        let offset = position - bytes.startIndex
        guard bytes.endIndex - position >= MemoryLayout<Number>.size else { throw Truncated() }
        position += MemoryLayout<Number>.size
        return Number(
            littleEndian: bytes.withUnsafeBytes {
                $0.loadUnaligned(fromByteOffset: offset, as: Number.self)
            })
    }

    package mutating func flag() throws(Truncated) -> Bool {
        try number(UInt8.self) != 0
    }

    package mutating func double() throws(Truncated) -> Double {
        Double(bitPattern: try number())
    }

    package mutating func part() throws(Truncated) -> [UInt8] {
        Array(try slice())
    }

    private mutating func slice() throws(Truncated) -> ArraySlice<UInt8> {
        let count = Int(try number(UInt32.self))
        guard bytes.endIndex - position >= count else { throw Truncated() }
        defer { position += count }
        return bytes[position..<position + count]
    }

    /// Invalid UTF-8 is repaired, so that a name can always be shown.
    package mutating func text() throws(Truncated) -> String {
        String(decoding: try slice(), as: UTF8.self)
    }
}
