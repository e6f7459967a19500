/// How numbers are written for people.
package enum Amount {
    package static func count(_ number: Int, _ noun: String) -> String {
        "\(grouped(number)) \(noun)\(number == 1 ? "" : "s")"
    }

    /// `12,345,678`
    package static func grouped(_ number: Int) -> String {
        let digits = Array(String(number.magnitude))
        var text = number < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0 && (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return text
    }

    package static func duration(nanoseconds: UInt64) -> String {
        duration(milliseconds: Double(nanoseconds) / 1_000_000)
    }

    /// `0.31 ms`, `12 ms`, `1.2 s`, `310 s`
    package static func duration(milliseconds: Double) -> String {
        switch milliseconds {
        case ..<10: "\(fixed(milliseconds, digits: 2)) ms"
        case ..<1_000: "\(fixed(milliseconds, digits: 0)) ms"
        case ..<10_000: "\(fixed(milliseconds / 1_000, digits: 1)) s"
        default: "\(fixed(milliseconds / 1_000, digits: 0)) s"
        }
    }

    /// `312 KiB`, `45 MiB`
    package static func memory(bytes: Int) -> String {
        bytes < 1 << 20 ? "\(bytes >> 10) KiB" : "\(bytes >> 20) MiB"
    }

    /// `3 s`, `5 min`, `2 h`, `8 days`
    package static func age(milliseconds: Int64) -> String {
        let seconds = Int(max(0, milliseconds) / 1_000)
        switch seconds {
        case ..<60: return "\(seconds) s"
        case ..<3_600: return "\(seconds / 60) min"
        case ..<172_800: return "\(seconds / 3_600) h"
        default: return count(seconds / 86_400, "day")
        }
    }

    private static func fixed(_ number: Double, digits: Int) -> String {
        let scale = [1, 10, 100][digits]
        let scaled = Int((number * Double(scale)).rounded())
        guard digits > 0 else { return String(scaled) }
        let fraction = String(scaled % scale)
        let zeros = String(repeating: "0", count: digits - fraction.count)
        return "\(scaled / scale).\(zeros)\(fraction)"
    }
}
