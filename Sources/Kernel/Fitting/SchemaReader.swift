package import ModuleChat
import ModuleJSON

/// Reads an answer that is held to the form of a call: words are passed on as they come, a call
/// once it is whole. A value without I/O.
package struct SchemaReader: Sendable {
    private let calling: SchemaCalling
    private var bytes: [UInt8] = []
    private var form = Form.unknown
    private var hasTold = false
    /// How far what stands before the words was read, and which piece of it comes next.
    private var place = 0
    private var token = 0
    private var blanks = 0

    /// Some grammars let a model write blanks for ever.
    private static let blanksMax = 4_096

    private enum Form: Sendable {
        case unknown
        /// Words, which are told up to this place.
        case words(Int)
        case wordsAreOver
        /// Told at the end.
        case other
        /// It was told that nothing will come of it.
        case failed
    }

    package init(_ calling: SchemaCalling) {
        self.calling = calling
    }

    /// What a model with tools would have said.
    package mutating func take(_ event: ChatEvent) -> [ChatEvent] {
        switch event {
        case .text(let piece):
            if case .failed = form { return [] }
            bytes += piece.utf8
            if case .unknown = form { form = beginning() }
            if case .unknown = form, blanks > Self.blanksMax {
                form = .failed
                return [.failure(ChatFailure(.malformed, "the model writes nothing but blanks"))]
            }
            guard case .words(let place) = form else { return [] }
            return words(from: place).map { [.text($0)] } ?? []
        case .finish(let finish): return end(finish)
        default: return [event]
        }
    }

    // MARK: Words

    /// What stands before the words, with spaces between.
    private static let before = ["{", "\"\(SchemaCalling.answer)\"", ":", "\""].map {
        Array($0.utf8)
    }
    private static let spaces = Set(" \t\r\n".utf8)

    /// Goes on where it was left with the piece before.
    private mutating func beginning() -> Form {
        // Words that are JSON are told at the end, as JSON.
        guard !calling.hasAnswerSchema else { return .other }
        while token < Self.before.count {
            let wanted = Self.before[token]
            while place < bytes.count, Self.spaces.contains(bytes[place]) {
                place += 1
                blanks += 1
            }
            let here = bytes[place...].prefix(wanted.count)
            guard wanted.starts(with: here) else { return .other }
            guard here.count == wanted.count else { return .unknown }
            place += wanted.count
            token += 1
        }
        return .words(place)
    }

    /// Those that are there to their end, and not only half an escape; nil if there are none.
    private mutating func words(from begun: Int) -> String? {
        var place = begun
        var isOver = false
        while place < bytes.count, !isOver {
            switch bytes[place] {
            case UInt8(ascii: "\""): isOver = true
            case UInt8(ascii: "\\"):
                guard let length = escape(at: place) else { return told(begun..<place, then: nil) }
                place += length
            default: place += 1
            }
        }
        return told(begun..<place, then: isOver ? .wordsAreOver : nil)
    }

    private mutating func told(_ place: Range<Int>, then next: Form?) -> String? {
        let quote = [UInt8(ascii: "\"")]
        guard let words = (try? JSON(parsing: quote + bytes[place] + quote))?.string else {
            // No JSON: at the end that is told.
            form = .other
            return nil
        }
        form = next ?? .words(place.upperBound)
        hasTold = hasTold || !words.isEmpty
        return words.isEmpty ? nil : words
    }

    /// How many bytes it has; nil if it is not whole. One of the two halves of a character is not.
    private func escape(at place: Int) -> Int? {
        guard place + 1 < bytes.count else { return nil }
        guard bytes[place + 1] == UInt8(ascii: "u") else { return 2 }
        guard place + 6 <= bytes.count else { return nil }
        let digits = String(decoding: bytes[(place + 2)..<(place + 6)], as: UTF8.self)
        guard let unit = UInt16(digits, radix: 16), UTF16.isLeadSurrogate(unit) else { return 6 }
        return place + 12 <= bytes.count ? 12 : nil
    }

    // MARK: The end

    private func end(_ finish: ChatFinish) -> [ChatEvent] {
        if case .failed = form { return [] }
        // Nothing at all, and words that were cut off at a limit, are the same in every form.
        if bytes.isEmpty { return [.finish(finish)] }
        if case .words = form, finish.reason == .length { return [.finish(finish)] }
        do throws(ChatFailure) {
            switch try calling.reading(of: String(decoding: bytes, as: UTF8.self)) {
            case .answer(let words):
                // What was told is not told again.
                return hasTold ? [.finish(finish)] : [.text(words), .finish(finish)]
            case .call(let name, let arguments):
                let piece = ChatToolCallPiece(
                    index: 0, name: name, arguments: JSON.object(arguments).text)
                return [
                    .toolCall(piece), .finish(ChatFinish(.toolCalls, detail: finish.detail)),
                ]
            }
        } catch {
            guard finish.reason == .length else { return [.failure(error)] }
            return [
                .failure(
                    ChatFailure(.malformed, "the call was cut off at the limit of tokens"))
            ]
        }
    }
}
