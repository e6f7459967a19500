/// Bytes of a terminal in, keys out. Any cut between two reads gives the same keys.
///
/// A lone ESC is the Escape key, or the beginning of a sequence: only time tells. After
/// `patienceMilliseconds` without a byte the owner calls `flush()`.
package struct KeyParser {
    package static let pasteBytesMax = 1 << 20
    /// Parameters of an escape sequence beyond this are dropped: nothing that is known has them.
    private static let parametersMax = 32
    private static let pasteEnd = Array("\u{1B}[201~".utf8)

    private enum State {
        case ground
        case escape
        case singleShift
        case control(parameters: [UInt8])
        /// ESC [ [: the Linux console's function keys, one more byte.
        case consoleFunction
        /// A string from the terminal (title, colour, …): swallowed up to its end.
        case string(afterEscape: Bool)
        case paste
    }

    private var state = State.ground
    private var scalars = UTF8Assembler()
    private var pasted: [UInt8] = []
    private var pastedCount = 0
    private var text = ""
    private var keys: [Key] = []

    package init() {}

    /// How long to wait for the rest of what has begun; nil if nothing has.
    package var patienceMilliseconds: Int? {
        switch state {
        case .ground: scalars.isPending ? 500 : nil
        case .paste: 5000
        default: 50
        }
    }

    package mutating func feed(_ bytes: some Sequence<UInt8>) -> [Key] {
        for byte in bytes { take(byte) }
        return takeKeys()
    }

    /// No byte came for a while: a lone ESC was the key, an unfinished sequence is given up, and an
    /// unfinished paste is what came of it.
    package mutating func flush() -> [Key] {
        switch state {
        case .ground: if scalars.flush() { text.unicodeScalars.append("\u{FFFD}") }
        case .escape: emit(.escape)
        case .paste: finishPaste()
        case .singleShift: emit(.alt("O"))
        case .control(let parameters): if parameters.isEmpty { emit(.alt("[")) }
        case .consoleFunction, .string: break
        }
        state = .ground
        return takeKeys()
    }

    private mutating func takeKeys() -> [Key] {
        emitText()
        defer { keys.removeAll() }
        return keys
    }

    private mutating func emit(_ key: Key?) {
        emitText()
        if let key { keys.append(key) }
    }

    private mutating func emitText() {
        if !text.isEmpty { keys.append(.text(text)) }
        text = ""
    }

    private mutating func take(_ byte: UInt8) {
        switch state {
        case .ground: takeGround(byte)
        case .escape: takeEscape(byte)
        case .singleShift:
            leave(byte, ifIn: 0x20...0x7E) { KeySequence.singleShift(byte) }
        case .consoleFunction:
            leave(byte, ifIn: 0x20...0x7E) { nil }
        case .control(let parameters): takeControl(byte, parameters)
        case .string(let afterEscape): takeString(byte, afterEscape: afterEscape)
        case .paste: takePaste(byte)
        }
    }

    private mutating func takeGround(_ byte: UInt8) {
        switch scalars.take(byte) {
        case .needsMore: break
        case .broken: text.unicodeScalars.append("\u{FFFD}")
        case .brokenBefore:
            text.unicodeScalars.append("\u{FFFD}")
            takeGround(byte)
        case .scalar("\u{1B}"): state = .escape
        case .scalar(let scalar) where scalar.value < 0x20 || scalar.value == 0x7F:
            emit(KeySequence.control(byte))
        case .scalar(let scalar): text.unicodeScalars.append(scalar)
        }
    }

    private mutating func takeEscape(_ byte: UInt8) {
        state = .ground
        switch byte {
        case 0x1B:
            emit(.escape)
            state = .escape
        case UInt8(ascii: "["): state = .control(parameters: [])
        case UInt8(ascii: "O"): state = .singleShift
        case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "^"), UInt8(ascii: "_"),
            UInt8(ascii: "X"):
            state = .string(afterEscape: false)
        case 0x0D: emit(.altEnter)
        case 0x7F, 0x08: emit(.altBackspace)
        case 0x20...0x7E: emit(.alt(Character(Unicode.Scalar(byte))))
        default:
            emit(.escape)
            takeGround(byte)
        }
    }

    /// The last byte of a sequence; one that cannot belong to it ends it and counts by itself.
    private mutating func leave(
        _ byte: UInt8, ifIn range: ClosedRange<UInt8>, _ key: () -> Key?
    ) {
        state = .ground
        if range.contains(byte) {
            emit(key())
        } else {
            takeGround(byte)
        }
    }

    private mutating func takeControl(_ byte: UInt8, _ parameters: [UInt8]) {
        switch byte {
        case UInt8(ascii: "[") where parameters.isEmpty:
            state = .consoleFunction
        case 0x20...0x3F:
            guard parameters.count < Self.parametersMax else { return }
            state = .control(parameters: parameters + [byte])
        case UInt8(ascii: "~") where parameters == Array("200".utf8):
            emitText()
            state = .paste
        default:
            leave(byte, ifIn: 0x40...0x7E) { KeySequence.control(parameters, final: byte) }
        }
    }

    /// BEL or ESC \ ends a string; any other control byte means that it was none (Alt-P is also
    /// the beginning of one), and counts by itself.
    private mutating func takeString(_ byte: UInt8, afterEscape: Bool) {
        if afterEscape {
            state = .ground
            if byte != UInt8(ascii: "\\") { takeEscape(byte) }
        } else if byte == 0x1B {
            state = .string(afterEscape: true)
        } else if byte == 0x07 {
            state = .ground
        } else if byte < 0x20 {
            state = .ground
            takeGround(byte)
        }
    }

    private mutating func takePaste(_ byte: UInt8) {
        pasted.append(byte)
        pastedCount += 1
        if byte == UInt8(ascii: "~"), pasted.suffix(Self.pasteEnd.count) == Self.pasteEnd[...] {
            pasted.removeLast(Self.pasteEnd.count)
            pastedCount -= Self.pasteEnd.count
            state = .ground
            finishPaste()
        } else if pasted.count > 2 * Self.pasteBytesMax {
            // Over the limit whatever comes: only the end mark is still wanted.
            pasted.removeFirst(pasted.count - Self.pasteEnd.count)
        }
    }

    private mutating func finishPaste() {
        defer {
            pasted = []
            pastedCount = 0
        }
        guard pastedCount <= Self.pasteBytesMax else {
            return emit(.pasteRefused(byteCount: pastedCount))
        }
        emit(.paste(Self.normalized(pasted)))
    }

    /// Terminals send the newlines of a paste as CR, or as CR LF.
    private static func normalized(_ bytes: [UInt8]) -> String {
        guard bytes.contains(0x0D) else { return String(decoding: bytes, as: UTF8.self) }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var previous: UInt8 = 0
        for byte in bytes {
            if byte == 0x0D {
                result.append(0x0A)
            } else if byte != 0x0A || previous != 0x0D {
                result.append(byte)
            }
            previous = byte
        }
        return String(decoding: result, as: UTF8.self)
    }
}
