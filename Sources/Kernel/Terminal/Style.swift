/// How a piece of text looks: by what it means, so that one place decides the colours.
package enum Style: Sendable, Equatable {
    case plain, bold, dim, error, warning, success, accent
    /// Swapped colours: what is selected.
    case selected

    static let reset = "\u{1B}[0m"

    /// Only the sixteen colours that every terminal has and its user has chosen.
    var sequence: String {
        switch self {
        case .plain: ""
        case .bold: "\u{1B}[1m"
        case .dim: "\u{1B}[2m"
        case .error: "\u{1B}[31m"
        case .warning: "\u{1B}[33m"
        case .success: "\u{1B}[32m"
        case .accent: "\u{1B}[36m"
        case .selected: "\u{1B}[7m"
        }
    }
}

/// Text in pieces, each with a style. The text itself can hold anything: whatever could control a
/// terminal is made visible when it is rendered.
package struct StyledText: Sendable, Equatable, ExpressibleByStringLiteral {
    package struct Piece: Sendable, Equatable {
        package var text: String
        package var style: Style
    }

    package private(set) var pieces: [Piece]

    package init(_ text: String, _ style: Style = .plain) {
        pieces = text.isEmpty ? [] : [Piece(text: text, style: style)]
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
                result += piece.style.sequence + safe + Style.reset
            } else {
                result += safe
            }
        }
        return result
    }
}
