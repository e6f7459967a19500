/// The bytes of an ELF file, of which only a few places are looked at: read in windows, since a
/// module with its debug information is megabytes. They are not mapped, because somebody may cut
/// the file short meanwhile.
package final class ElfContents {
    /// The size of the file.
    let count: Int
    private let read: (Range<Int>) throws(ElfProblem) -> [UInt8]
    private let windowBytes: Int
    private var window: [UInt8] = []
    private var windowStart = 0

    /// No name of a library or of a function and no search path is longer.
    private static let textBytesMax = 64 << 10

    /// `read` gives the bytes of a range that lies in the file.
    package init(
        count: Int, windowBytes: Int = 4_096,
        read: @escaping (Range<Int>) throws(ElfProblem) -> [UInt8]
    ) {
        self.count = count
        self.windowBytes = windowBytes
        self.read = read
    }

    convenience init(_ bytes: [UInt8]) {
        self.init(count: bytes.count) { (range) throws(ElfProblem) in Array(bytes[range]) }
    }

    /// A little-endian number of at most eight bytes that lies in the file.
    func number(_ offset: Int, _ width: Int) throws(ElfProblem) -> UInt64 {
        try makeVisible(offset, width)
        let place = offset - windowStart
        var value: UInt64 = 0
        // Tables of symbols have hundreds of thousands of entries.
        window.withUnsafeBytes { bytes in
            withUnsafeMutableBytes(of: &value) { target in
                target.copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: bytes[place..<place + width]))
            }
        }
        return UInt64(littleEndian: value)
    }

    /// The text that begins here and ends with a zero, or with the file.
    func text(_ offset: Int) throws(ElfProblem) -> String {
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

    private func makeVisible(_ offset: Int, _ width: Int) throws(ElfProblem) {
        guard offset < windowStart || offset + width > windowStart + window.count else { return }
        let end = min(count, offset + max(width, windowBytes))
        window = try read(offset..<end)
        windowStart = offset
        guard window.count >= width else {
            throw ElfProblem("it is cut short: it ends at \(offset + window.count)")
        }
    }
}
