/// A point in time as servers write it.
struct Moment {
    /// Since the beginning of 1970.
    let seconds: Double

    init(seconds: Double) {
        self.seconds = seconds
    }

    /// `Wed, 21 Oct 2026 07:28:00 GMT`
    init?(httpDate text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 6, words[0].last == ",", words[5] == "GMT",
            let month = Self.months.firstIndex(of: String(words[2])), words[3].count == 4
        else { return nil }
        self.init(
            [Int(words[3]), month + 1, Int(words[1])],
            words[4].split(separator: ":", omittingEmptySubsequences: false).map { Int($0) })
    }

    /// `2026-10-21T07:28:00Z`, `2026-10-21T07:28:00.25+02:00`
    init?(_ text: String) {
        let parts = text.split(maxSplits: 1) { "Tt ".contains($0) }
        guard parts.count == 2 else { return nil }
        let time = parts[1].prefix { !"Zz+-".contains($0) }
        let date = parts[0].split(separator: "-", omittingEmptySubsequences: false)
        let clock = time.prefix { $0 != "." }.split(
            separator: ":", omittingEmptySubsequences: false)
        guard date.first?.count == 4,
            let offset = Self.offsetSeconds(parts[1].dropFirst(time.count)),
            let moment = Moment(date.map { Int($0) }, clock.map { Int($0) })
        else { return nil }
        seconds = moment.seconds - offset
    }

    /// How far a place's time is ahead: `Z`, `+02:00`
    private static func offsetSeconds(_ text: Substring) -> Double? {
        guard text != "Z", text != "z" else { return 0 }
        let numbers = text.dropFirst().split(
            separator: ":", omittingEmptySubsequences: false
        ).map { Int($0) }
        guard let sign = text.first, "+-".contains(sign), numbers.count == 2,
            let hours = numbers[0], let minutes = numbers[1], (0...24).contains(hours),
            (0...59).contains(minutes)
        else { return nil }
        return Double(hours * 3_600 + minutes * 60) * (sign == "-" ? -1 : 1)
    }

    private init?(_ date: [Int?], _ time: [Int?]) {
        guard date.count == 3, time.count == 3, let year = date[0], let month = date[1],
            let day = date[2], let hour = time[0], let minute = time[1], let second = time[2],
            (0...9_999).contains(year), (1...12).contains(month), (1...31).contains(day),
            (0...24).contains(hour), (0...59).contains(minute), (0...60).contains(second)
        else { return nil }
        // Days since 1970 by the calendar of Gregory, the year beginning in March.
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        seconds = Double(((days * 24 + hour) * 60 + minute) * 60 + second)
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
