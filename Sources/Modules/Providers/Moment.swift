/// A point in time as servers write it.
struct Moment {
    /// Since the beginning of 1970.
    let seconds: Double

    init(seconds: Double) {
        self.seconds = seconds
    }

    /// `Wed, 21 Oct 2026 07:28:00 GMT`
    init?(httpDate text: String) {
        let pattern =
            #/\w+, (\d{1,2}) (\w{3}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT/#
        guard let match = text.wholeMatch(of: pattern),
            let month = Self.months.firstIndex(of: String(match.2))
        else { return nil }
        self.init(
            [Int(match.3), month + 1, Int(match.1)], [Int(match.4), Int(match.5), Int(match.6)])
    }

    /// `2026-10-21T07:28:00Z`
    init?(_ text: String) {
        let pattern =
            #/(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:[Zz]|([+-])(\d\d):(\d\d))/#
        guard let match = text.wholeMatch(of: pattern) else { return nil }
        var moment = Moment(
            [Int(match.1), Int(match.2), Int(match.3)], [Int(match.4), Int(match.5), Int(match.6)])
        if let sign = match.7, let hours = match.8.flatMap({ Int($0) }),
            let minutes = match.9.flatMap({ Int($0) }), let local = moment
        {
            let offset = Double(hours * 3_600 + minutes * 60)
            moment = Moment(seconds: local.seconds + (sign == "-" ? offset : -offset))
        }
        guard let moment else { return nil }
        self = moment
    }

    private init?(_ date: [Int?], _ time: [Int?]) {
        guard let year = date[0], let month = date[1], let day = date[2], let hour = time[0],
            let minute = time[1], let second = time[2], (1...12).contains(month)
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
