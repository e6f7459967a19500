import KernelBase
import Testing

@Suite struct BytesTests {
    @Test func `what a writer wrote is read back in the same order`() throws {
        var writer = ByteWriter()
        writer.write(UInt8.max)
        writer.write(UInt16(0x1234))
        writer.write(Int32.min)
        writer.write(UInt64.max)
        writer.write(Int64(-2))
        writer.write(true)
        writer.write(-0.5)
        writer.write([1, 2, 3] as [UInt8])
        writer.write("naïve ☕")
        var reader = ByteReader(writer.bytes)
        #expect(try reader.number(UInt8.self) == .max)
        #expect(try reader.number(UInt16.self) == 0x1234)
        #expect(try reader.number(Int32.self) == .min)
        #expect(try reader.number(UInt64.self) == .max)
        #expect(try reader.number(Int64.self) == -2)
        #expect(try reader.flag())
        #expect(try reader.double() == -0.5)
        #expect(try reader.part() == [1, 2, 3])
        #expect(try reader.text() == "naïve ☕")
        #expect(reader.isAtEnd)
    }

    @Test func `numbers lie in the bytes with the lowest first`() {
        var writer = ByteWriter()
        writer.write(UInt32(0x0403_0201))
        #expect(writer.bytes == [1, 2, 3, 4])
    }

    @Test func `every cut of a message throws and never reads on`() {
        var writer = ByteWriter()
        writer.write(UInt32(7))
        writer.write("text")
        writer.write([9, 9] as [UInt8])
        for count in 0..<writer.bytes.count {
            var reader = ByteReader(Array(writer.bytes.prefix(count)))
            #expect(throws: ByteReader.Truncated.self) {
                _ = try reader.number(UInt32.self)
                _ = try reader.text()
                _ = try reader.part()
            }
        }
    }

    @Test func `a length beyond the end throws`() {
        var reader = ByteReader([0xFF, 0xFF, 0xFF, 0xFF, 1, 2])
        #expect(throws: ByteReader.Truncated.self) { _ = try reader.part() }
    }

    @Test func `a reader of a slice stays inside it`() throws {
        let bytes: [UInt8] = [9, 1, 0, 9]
        var reader = ByteReader(bytes[1..<3])
        #expect(try reader.number(UInt16.self) == 1)
        #expect(reader.isAtEnd)
        #expect(throws: ByteReader.Truncated.self) { _ = try reader.flag() }
    }

    @Test func `text that is not UTF-8 is repaired`() throws {
        var writer = ByteWriter()
        writer.write([0x61, 0xFF, 0x62] as [UInt8])
        var reader = ByteReader(writer.bytes)
        #expect(try reader.text() == "a\u{FFFD}b")
    }
}
