/// A moment in UTC as text.
package struct CrashTime: Sendable, Hashable, CustomStringConvertible {
    private let seconds: Int64
    private let milliseconds: Int64

    /// Since 1970.
    package init(nanoseconds: UInt64) {
        seconds = Int64(nanoseconds / 1_000_000_000)
        milliseconds = Int64(nanoseconds / 1_000_000 % 1_000)
    }

    /// `2026-11-20T07:12:31.250Z`
    package var description: String {
        let (year, month, day) = date
        let clock = [seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60].map {
            Self.digits($0, 2)
        }
        return "\(year)-\(Self.digits(month, 2))-\(Self.digits(day, 2))T"
            + clock.joined(separator: ":") + ".\(Self.digits(milliseconds, 3))Z"
    }

    /// http://howardhinnant.github.io/date_algorithms.html#civil_from_days, for days after 1970.
    private var date: (year: Int64, month: Int64, day: Int64) {
        let days = seconds / 86_400 + 719_468
        let era = days / 146_097
        let dayOfEra = days % 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * month + 2) / 5 + 1
        let year = yearOfEra + era * 400 + (month >= 10 ? 1 : 0)
        return (year, month < 10 ? month + 3 : month - 9, day)
    }

    private static func digits(_ number: Int64, _ width: Int) -> String {
        let text = "\(number)"
        return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
    }
}
