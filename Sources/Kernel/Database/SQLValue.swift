/// What a place in a statement is filled with.
package enum SQLValue: Sendable, Hashable {
    case null
    case integer(Int64)
    case number(Double)
    case text(String)
    case bytes([UInt8])

    package static func integer(_ value: Int) -> SQLValue { .integer(Int64(value)) }
    package static func flag(_ value: Bool) -> SQLValue { .integer(Int64(value ? 1 : 0)) }
    package static func optional(_ value: Int64?) -> SQLValue {
        value.map { .integer($0) } ?? .null
    }
    package static func optional(_ value: Double?) -> SQLValue {
        value.map { .number($0) } ?? .null
    }
    package static func optional(_ value: String?) -> SQLValue { value.map { .text($0) } ?? .null }
    package static func optional(_ value: [UInt8]?) -> SQLValue {
        value.map { .bytes($0) } ?? .null
    }
}

extension SQLValue: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, ExpressibleByNilLiteral
{
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(stringLiteral value: String) { self = .text(value) }
    package init(nilLiteral: ()) { self = .null }
}
