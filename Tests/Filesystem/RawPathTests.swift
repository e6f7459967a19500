import Testing

@testable import FilesystemLogic

@Suite struct RawPathTests {
    @Test(
        arguments: [
            ([0x61, 0x62], "ab"),
            ([0x61, 0xFF], "a\\xff"),
            ([0x61, 0x0A, 0x62], "a\\x0ab"),
            (Array("\u{1B}[2J".utf8), "\\x1b[2J"),
            (Array("größe".utf8), "größe"),
            (Array("a\\b".utf8), "a\\b"),
            (Array("a\\x41".utf8), "a\\x5cx41"),
            ([0xC3], "\\xc3"),
            ([0xF0, 0x9F, 0x98, 0x80], "😀"),
            ([0xED, 0xA0, 0x80], "\\xed\\xa0\\x80"),
            ([0xC2, 0x9B, 0x41], "\\xc2\\x9bA"),
            ([0x7F], "\\x7f"),
        ] as [([UInt8], String)])
    func `each name has one spelling, which leads back to it`(bytes: [UInt8], text: String) {
        #expect(RawPath(bytes: bytes).description == text)
        #expect(RawPath(text: text).bytes == bytes)
    }

    @Test func `every pair of bytes survives being spelt`() {
        for first in UInt8(1)...255 {
            for second in UInt8(1)...255 {
                let bytes = [first, second, UInt8(ascii: "\\"), UInt8(ascii: "x")]
                #expect(RawPath(text: RawPath(bytes: bytes).description).bytes == bytes)
            }
        }
    }

    @Test func `a folder contains what lies beneath it, and no neighbour of a similar name`() {
        let folder = RawPath(text: "/a/b")
        #expect(folder.contains(RawPath(text: "/a/b")))
        #expect(folder.contains(RawPath(text: "/a/b/c")))
        #expect(!folder.contains(RawPath(text: "/a/bc")))
        #expect(!folder.contains(RawPath(text: "/a")))
        #expect(RawPath.top.contains(folder))
    }

    @Test(arguments: [
        (0, "0 bytes"), (1, "1 byte"), (1023, "1023 bytes"), (1024, "1 KiB"), (1536, "1.5 KiB"),
        (256 << 20, "256 MiB"), (5 << 40, "5 TiB"),
    ])
    func `a size is written for a person`(count: Int, text: String) {
        #expect(ByteCount(count).description == text)
    }

    @Test func `a moment is written in UTC and recognised with and without its fraction`() {
        let moment = Timestamp(seconds: 1_772_357_400, nanoseconds: 7)
        #expect(moment.text == "2026-03-01T09:30:00Z")
        #expect(moment.exactText == "2026-03-01T09:30:00.000000007Z")
        #expect(moment.isWritten(moment.text))
        #expect(moment.isWritten(moment.exactText))
        #expect(!moment.isWritten("2026-03-01T09:30:00.000000008Z"))
        #expect(!moment.isWritten("2026-03-01T09:30:01Z"))
    }

    /// The first three are the examples of FIPS 180-4; the last was made with sha256sum.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            String(repeating: "x", count: 1000),
            "44f8354494a5ba03ba1792a8d3e9c534c47a9181980fde7a3f44b06ef2ae7c7f"
        ),
    ])
    func `a hash is the one that sha256sum prints`(text: String, hash: String) {
        #expect(Hash(Array(text.utf8)).description == hash)
    }
}
