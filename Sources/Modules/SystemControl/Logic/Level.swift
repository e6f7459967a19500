package import Desktop

/// How loud or how bright: a percentage, or a change of the present one.
package enum Level: Sendable, Equatable {
    case percent(Int)
    case change(Int)

    /// "40", "40%", "+10", "-10 %".
    package init(_ text: String) throws(DesktopError) {
        var rest = text.filter { $0 != " " }[...]
        if rest.hasSuffix("%") { rest = rest.dropLast() }
        let sign: Int? =
            switch rest.first {
            case "+": 1
            case "-", "−": -1
            default: nil
            }
        let digits = sign == nil ? rest : rest.dropFirst()
        let isNumber = (1...4).contains(digits.utf8.count) && digits.allSatisfy(\.isASCIIDigit)
        guard isNumber, let number = Int(digits) else {
            throw DesktopError(
                .invalid, "\"\(text)\" is no level: write a percentage such as 40, +10 or -10")
        }
        self = sign.map { .change($0 * number) } ?? .percent(number)
    }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { isASCII && isNumber }
}
