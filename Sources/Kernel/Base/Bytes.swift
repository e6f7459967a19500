/// Writes values into bytes in a fixed order, little-endian, for the worker protocol and the
/// manifest index. The reader must ask for them in the same order.
package struct ByteWriter: Sendable {
    @usableFromInline var contents: [UInt8]

    package var bytes: [UInt8] { contents }

    package init(reserving capacity: Int = 64) {
        contents = []
        contents.reserveCapacity(capacity)
    }

    // Inlinable: every frame is written and read by these, in other modules than this one.
    @inlinable package mutating func write<Number: FixedWidthInteger>(_ number: Number) {
        var rest = number.littleEndian
        for _ in 0..<(Number.bitWidth / 8) {
            contents.append(UInt8(truncatingIfNeeded: rest))
            if Number.bitWidth > 8 { rest >>= 8 }
        }
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
    @usableFromInline let bytes: ArraySlice<UInt8>
    @usableFromInline var position: Int

    package init(_ bytes: [UInt8]) {
        self.init(bytes[...])
    }

    package init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    package struct Truncated: Error {
        @usableFromInline package init() {}
    }

    package var isAtEnd: Bool { position == bytes.endIndex }

    @inlinable package mutating func number<Number: FixedWidthInteger>(
        _: Number.Type = Number.self
    ) throws(Truncated) -> Number {
        let width = Number.bitWidth / 8
        guard bytes.endIndex - position >= width else { throw Truncated() }
        var value: Number = 0
        for offset in 0..<width {
            value |=
                Number(truncatingIfNeeded: bytes[position + offset])
                &<< Number(truncatingIfNeeded: offset &* 8)
        }
        position += width
        return value
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
