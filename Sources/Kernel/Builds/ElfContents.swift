/// The bytes of an ELF file, of which only a few places are looked at: read in windows, since a
/// module with its debug information is megabytes.
final class ElfContents {
    /// The size of the file.
    let count: Int
    private let read: (Range<Int>) throws(ElfFile.Problem) -> [UInt8]
    private var window: [UInt8] = []
    private var windowStart = 0

    private static let windowBytes = 4_096
    /// No name of a library and no search path is longer.
    private static let textBytesMax = 64 << 10

    /// `read` gives the bytes of a range that lies in the file.
    init(count: Int, read: @escaping (Range<Int>) throws(ElfFile.Problem) -> [UInt8]) {
        self.count = count
        self.read = read
    }

    convenience init(_ bytes: [UInt8]) {
        self.init(count: bytes.count) { (range) throws(ElfFile.Problem) in Array(bytes[range]) }
    }

    /// A little-endian number that lies in the file.
    func number(_ offset: Int, _ width: Int) throws(ElfFile.Problem) -> UInt64 {
        try makeVisible(offset, width)
        var value: UInt64 = 0
        for index in 0..<width {
            value |= UInt64(window[offset - windowStart + index]) << (8 * index)
        }
        return value
    }

    /// The text that begins here and ends with a zero, or with the file.
    func text(_ offset: Int) throws(ElfFile.Problem) -> String {
        var text: [UInt8] = []
        var position = offset
        while position < count, text.count < Self.textBytesMax {
            try makeVisible(position, 1)
            let rest = window[(position - windowStart)...]
            let part = rest.prefix { $0 != 0 }
            text += part
            guard part.count == rest.count else { break }
            position += part.count
        }
        return String(decoding: text, as: UTF8.self)
    }

    private func makeVisible(_ offset: Int, _ width: Int) throws(ElfFile.Problem) {
        guard offset < windowStart || offset + width > windowStart + window.count else { return }
        let end = min(count, offset + max(width, Self.windowBytes))
        window = try read(offset..<end)
        windowStart = offset
        guard window.count >= width else {
            throw ElfFile.Problem("it is cut short: it ends at \(offset + window.count)")
        }
    }
}
