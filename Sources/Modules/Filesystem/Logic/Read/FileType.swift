/// What the first bytes of a file say that it is.
enum FileType: Equatable, Sendable {
    case empty
    case text
    /// Text of an encoding other than UTF-8, by its name.
    case encoded(String)
    case binary(String)

    /// How many bytes are enough to tell.
    static let sampleBytes = 8192

    init(sample: [UInt8]) {
        if sample.isEmpty {
            self = .empty
        } else if let known = Self.signatures.first(where: { Self.matches($0, sample) }) {
            self = .binary(known.name)
        } else if sample.starts(with: [0xFF, 0xFE]) || sample.starts(with: [0xFE, 0xFF]) {
            self = .encoded("UTF-16")
        } else if sample.contains(0) || !Self.isMostlyText(sample) {
            self = .binary("data")
        } else {
            self = .text
        }
    }

    var name: String {
        switch self {
        case .empty: "empty"
        case .text: "text"
        case .encoded(let name): "\(name) text"
        case .binary(let name): name
        }
    }

    /// More than one byte in eight that is neither UTF-8 nor a usual control character is not text.
    private static func isMostlyText(_ sample: [UInt8]) -> Bool {
        var strange = 0
        var index = 0
        while index < sample.count {
            let byte = sample[index]
            if byte < 0x80 {
                let isUsual = byte >= 0x20 || (0x07...0x0D).contains(byte) || byte == 0x1B
                strange += isUsual ? 0 : 1
                index += 1
                continue
            }
            let length = RawPath.characterLength(at: sample[index...])
            // A character cut by the end of the sample is not strange.
            if length == 0 && sample.count - index >= 4 { strange += 1 }
            index += max(length, 1)
        }
        return strange * 8 <= sample.count
    }

    private struct Signature {
        let name: String
        let bytes: [UInt8]
        var offset = 0
    }

    private static func matches(_ signature: Signature, _ sample: [UInt8]) -> Bool {
        sample.dropFirst(signature.offset).starts(with: signature.bytes)
    }

    private static let signatures: [Signature] = [
        Signature(name: "ELF program or library", bytes: [0x7F, 0x45, 0x4C, 0x46]),
        Signature(name: "PNG image", bytes: [0x89, 0x50, 0x4E, 0x47]),
        Signature(name: "JPEG image", bytes: [0xFF, 0xD8, 0xFF]),
        Signature(name: "GIF image", bytes: Array("GIF8".utf8)),
        Signature(name: "WebP image", bytes: Array("WEBP".utf8), offset: 8),
        Signature(name: "WAV sound", bytes: Array("WAVE".utf8), offset: 8),
        Signature(name: "PDF document", bytes: Array("%PDF-".utf8)),
        Signature(name: "ZIP archive or office document", bytes: [0x50, 0x4B, 0x03, 0x04]),
        Signature(name: "gzip archive", bytes: [0x1F, 0x8B]),
        Signature(name: "zstd archive", bytes: [0x28, 0xB5, 0x2F, 0xFD]),
        Signature(name: "xz archive", bytes: [0xFD, 0x37, 0x7A, 0x58, 0x5A]),
        Signature(name: "bzip2 archive", bytes: Array("BZh".utf8)),
        Signature(name: "7-Zip archive", bytes: [0x37, 0x7A, 0xBC, 0xAF]),
        Signature(name: "tar archive", bytes: Array("ustar".utf8), offset: 257),
        Signature(name: "SQLite database", bytes: Array("SQLite format 3\0".utf8)),
        Signature(name: "MP4 video", bytes: Array("ftyp".utf8), offset: 4),
        Signature(name: "Matroska or WebM video", bytes: [0x1A, 0x45, 0xDF, 0xA3]),
        Signature(name: "Ogg sound or video", bytes: Array("OggS".utf8)),
        Signature(name: "FLAC sound", bytes: Array("fLaC".utf8)),
        Signature(name: "MP3 sound", bytes: Array("ID3".utf8)),
        Signature(name: "WebAssembly", bytes: [0x00, 0x61, 0x73, 0x6D]),
    ]
}
