/// How a piece of text looks: by what it means, so that one place decides the colours.
package struct Style: Sendable, Equatable {
    package struct Attributes: OptionSet, Sendable {
        package let rawValue: UInt8

        package init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        package static let bold = Attributes(rawValue: 1)
        package static let dim = Attributes(rawValue: 2)
        package static let italic = Attributes(rawValue: 4)
        package static let underlined = Attributes(rawValue: 8)
        package static let swapped = Attributes(rawValue: 16)
        package static let struck = Attributes(rawValue: 32)

        /// In the order of the bits, as a terminal wants them.
        fileprivate static let codes = ["1", "2", "3", "4", "7", "9"]
    }

    /// Only the sixteen colours that every terminal has and its user has chosen.
    package enum Colour: String, Sendable {
        case standard = ""
        case red = "31"
        case green = "32"
        case yellow = "33"
        case blue = "34"
        case magenta = "35"
        case cyan = "36"
    }

    package var colour: Colour
    package var attributes: Attributes
    /// Where a link leads, for terminals that open them. Holds nothing but printable ASCII.
    package private(set) var address: String?

    package init(_ colour: Colour = .standard, _ attributes: Attributes = []) {
        self.colour = colour
        self.attributes = attributes
    }

    package static let plain = Style()
    package static let bold = Style(.standard, .bold)
    package static let dim = Style(.standard, .dim)
    package static let error = Style(.red)
    package static let warning = Style(.yellow)
    package static let success = Style(.green)
    package static let accent = Style(.cyan)
    /// Swapped colours: what is selected.
    package static let selected = Style(.standard, .swapped)

    package func with(_ attributes: Attributes) -> Style {
        var style = self
        style.attributes.formUnion(attributes)
        return style
    }

    /// Unchanged if the address could do anything but be opened.
    package func leading(to address: String) -> Style {
        guard address.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return self }
        var style = self
        style.address = address
        return style
    }

    /// Before the text.
    var sequence: String {
        guard self != .plain else { return "" }
        var codes: [String] = []
        for (bit, code) in Attributes.codes.enumerated()
        where attributes.rawValue & (1 << bit) != 0 {
            codes.append(code)
        }
        if colour != .standard { codes.append(colour.rawValue) }
        let look = codes.isEmpty ? "" : "\u{1B}[\(codes.joined(separator: ";"))m"
        return look + (address.map { "\u{1B}]8;;\($0)\u{1B}\\" } ?? "")
    }

    /// Behind it.
    var ending: String {
        guard self != .plain else { return "" }
        let look = colour == .standard && attributes.isEmpty ? "" : "\u{1B}[0m"
        return (address == nil ? "" : "\u{1B}]8;;\u{1B}\\") + look
    }
}

/// Text in pieces, each with a style. The text itself can hold anything: whatever could control a
/// terminal is made visible when it is rendered.
package struct StyledText: Sendable, Equatable, ExpressibleByStringLiteral {
    package struct Piece: Sendable, Equatable {
        package var text: String
        package var style: Style

        package init(text: String, style: Style) {
            self.text = text
            self.style = style
        }
    }

    package private(set) var pieces: [Piece]

    package init(_ text: String, _ style: Style = .plain) {
        pieces = text.isEmpty ? [] : [Piece(text: text, style: style)]
    }

    package init(_ pieces: [Piece]) {
        self.pieces = pieces
    }

    package init(stringLiteral text: String) {
        self.init(text)
    }

    package static func + (left: Self, right: Self) -> Self {
        var result = left
        result += right
        return result
    }

    package static func += (left: inout Self, right: Self) {
        left.pieces += right.pieces
    }

    /// The text without its styles, still not made safe.
    package var text: String { pieces.map(\.text).joined() }

    /// Safe for a terminal, a pipe or a file; with escape sequences only for the styles.
    package func rendered(isStyled: Bool) -> String {
        var result = ""
        for piece in pieces {
            let safe = SafeText.visible(piece.text)
            if isStyled && piece.style != .plain {
                result += piece.style.sequence + safe + piece.style.ending
            } else {
                result += safe
            }
        }
        return result
    }
}
