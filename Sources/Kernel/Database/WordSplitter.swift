import CSQLite

/// Cuts text into words for FTS5: as its own `unicode61` does, but what stands in a script without
/// spaces between words, and what is a symbol of its own, is one word for each character. Who looks
/// for two such characters then looks for one right behind the other.
@safe final class WordSplitter {
    private let words: fts5_tokenizer
    private let instance: OpaquePointer

    static let name = "kernel_words"

    private typealias Receive =
        @convention(c) (
            UnsafeMutableRawPointer?, Int32, UnsafePointer<CChar>?, Int32, Int32, Int32
        ) -> Int32

    private init(_ words: fts5_tokenizer, _ instance: OpaquePointer) {
        self.words = words
        unsafe self.instance = unsafe instance
    }

    deinit {
        unsafe words.xDelete(instance)
    }

    /// Makes it known to a connection, under its name.
    static func register(with functions: UnsafeMutablePointer<fts5_api>) -> Int32 {
        var splitter = unsafe fts5_tokenizer(
            xCreate: { unsafe WordSplitter.create($0, $3) },
            xDelete: { splitter in
                guard let splitter = unsafe splitter else { return }
                unsafe Unmanaged<WordSplitter>.fromOpaque(.init(splitter)).release()
            },
            xTokenize: { splitter, context, flags, text, count, receive in
                guard let splitter = unsafe splitter, let receive = unsafe receive,
                    let text = unsafe text
                else { return SQLITE_OK }
                return unsafe Unmanaged<WordSplitter>.fromOpaque(.init(splitter))
                    .takeUnretainedValue()
                    .split(
                        UnsafeBufferPointer(start: text, count: Int(count)), flags,
                        Receiver(context: context, receive: receive))
            })
        return unsafe functions.pointee.xCreateTokenizer(
            functions, name, functions, &splitter, nil)
    }

    private static func create(
        _ functions: UnsafeMutableRawPointer?, _ created: UnsafeMutablePointer<OpaquePointer?>?
    ) -> Int32 {
        guard let functions = unsafe functions?.assumingMemoryBound(to: fts5_api.self) else {
            return SQLITE_ERROR
        }
        var words = fts5_tokenizer()
        var context: UnsafeMutableRawPointer?
        let found = unsafe functions.pointee.xFindTokenizer(
            functions, "unicode61", &context, &words)
        guard found == SQLITE_OK else { return found }
        var instance: OpaquePointer?
        let code = unsafe "remove_diacritics".withCString { option in
            unsafe "2".withCString { value in
                var options: [UnsafePointer<CChar>?] = unsafe [option, value]
                return unsafe words.xCreate(context, &options, 2, &instance)
            }
        }
        guard code == SQLITE_OK, let instance = unsafe instance else { return code }
        let splitter = unsafe WordSplitter(words, instance)
        unsafe created?.pointee = OpaquePointer(Unmanaged.passRetained(splitter).toOpaque())
        return SQLITE_OK
    }

    /// Who is told of each word, with its place in the text.
    @safe private struct Receiver {
        let context: UnsafeMutableRawPointer?
        let receive: Receive
        /// Where in the whole text begins what is being cut.
        var offset: Int32 = 0
    }

    private func split(
        _ text: UnsafeBufferPointer<CChar>, _ flags: Int32, _ receiver: Receiver
    ) -> Int32 {
        var begin = 0
        var place = 0
        while place < text.count {
            // Everything of interest begins with a byte from here on.
            guard unsafe UInt8(bitPattern: text[place]) >= 0xE0 else {
                place += 1
                continue
            }
            let (scalar, count) = unsafe Self.scalar(text, at: place)
            guard Self.standsAlone(scalar) else {
                place += count
                continue
            }
            var code = unsafe pass(text, begin..<place, flags, receiver)
            guard code == SQLITE_OK else { return code }
            if !Self.isModifier(scalar) {
                code = unsafe receiver.receive(
                    receiver.context, 0, text.baseAddress.map { unsafe $0 + place }, Int32(count),
                    Int32(place), Int32(place + count))
                guard code == SQLITE_OK else { return code }
            }
            place += count
            begin = place
        }
        return unsafe pass(text, begin..<place, flags, receiver)
    }

    /// Has a stretch of text cut into words.
    private func pass(
        _ text: UnsafeBufferPointer<CChar>, _ range: Range<Int>, _ flags: Int32,
        _ receiver: Receiver
    ) -> Int32 {
        guard !range.isEmpty, let start = text.baseAddress else { return SQLITE_OK }
        guard range.lowerBound > 0 else {
            return unsafe words.xTokenize(
                instance, receiver.context, flags, start, Int32(range.count), receiver.receive)
        }
        var shifted = receiver
        shifted.offset = Int32(range.lowerBound)
        return unsafe words.xTokenize(
            instance, &shifted, flags, start + range.lowerBound, Int32(range.count)
        ) { context, flags, word, count, begin, end in
            guard let receiver = unsafe context?.assumingMemoryBound(to: Receiver.self).pointee
            else { return SQLITE_ERROR }
            return unsafe receiver.receive(
                receiver.context, flags, word, count, begin + receiver.offset,
                end + receiver.offset)
        }
    }

    /// The character of three or four bytes that begins here, and how many bytes are there.
    private static func scalar(
        _ text: UnsafeBufferPointer<CChar>, at place: Int
    ) -> (scalar: UInt32, count: Int) {
        let first = unsafe UInt32(UInt8(bitPattern: text[place]))
        let wanted = first < 0xF0 ? 3 : 4
        let count = min(wanted, text.count - place)
        var scalar = first & (wanted == 3 ? 0x0F : 0x07)
        for next in 1..<max(count, 1) {
            let byte = unsafe UInt8(bitPattern: text[place + next])
            scalar = scalar << 6 | UInt32(byte & 0x3F)
        }
        return (count == wanted ? scalar : 0, count)
    }

    private static func standsAlone(_ scalar: UInt32) -> Bool {
        switch scalar {
        // Thai, Lao; Burmese; Khmer.
        case 0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF: true
        // Symbols and dingbats, what joins emoji, and emoji.
        case 0x2600...0x27BF, 0xFE0F, 0x200D, 0x1F000...0x1FAFF: true
        // Kana, Bopomofo, Han, Hangul.
        case 0x3041...0x30FF, 0x3100...0x312F, 0x31A0...0x31FF, 0x3400...0x4DBF, 0x4E00...0x9FFF:
            true
        case 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFF66...0xFF9F, 0x20000...0x323AF: true
        default: false
        }
    }

    /// Joins and colours others, and is no word.
    private static func isModifier(_ scalar: UInt32) -> Bool {
        scalar == 0x200D || scalar == 0xFE0F || (0x1F3FB...0x1F3FF).contains(scalar)
    }
}
