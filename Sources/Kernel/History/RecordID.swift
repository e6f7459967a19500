/// The name of a record: a letter and the number that the store gave it, as c12 or m345. Later ones
/// have greater numbers, and none is given twice.
package struct RecordID<Record: NumberedRecord>: Sendable, Hashable, Comparable,
    CustomStringConvertible
{
    package let number: Int64

    package init(number: Int64) {
        self.number = number
    }

    /// From `c12`, `C12` or `12`; nil for anything else.
    package init?(_ text: String) {
        let digits = text.first?.lowercased() == Record.letter ? text.dropFirst() : text[...]
        guard let number = Int64(digits), number > 0, digits.first != "+" else { return nil }
        self.number = number
    }

    package var description: String { "\(Record.letter)\(number)" }

    package static func < (left: RecordID, right: RecordID) -> Bool { left.number < right.number }
}

package protocol NumberedRecord {
    static var letter: String { get }
}

package typealias ChatID = RecordID<ChatRecord>
package typealias MessageID = RecordID<MessageRecord>
