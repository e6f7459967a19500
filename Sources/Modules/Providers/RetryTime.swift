package import ModuleChat
import ModuleJSON

/// When a server says that it may be asked again. No clock is read: a moment is compared with the
/// server's own `Date`.
package enum RetryTime {
    package static func seconds(
        _ complaint: ServerComplaint, _ kind: ChatFailure.Kind
    ) -> Double? {
        switch kind {
        case .rateLimit, .overloaded, .quota, .server: break
        default: return nil
        }
        let headers = complaint.headers
        let told =
            headers["retry-after-ms"].flatMap { number($0) }.map { $0 / 1_000 }
            ?? headers["retry-after"].flatMap { after($0, headers) }
            ?? delay(complaint) ?? sentence(complaint.message)
        let known = told ?? (kind == .rateLimit ? window(headers) : nil)
        return known.map { max(0, $0) }
    }

    private static func after(_ text: String, _ headers: [String: String]) -> Double? {
        number(text) ?? duration(text) ?? until(Moment(httpDate: text), headers)
    }

    private static func until(_ moment: Moment?, _ headers: [String: String]) -> Double? {
        guard let moment, let now = headers["date"].flatMap({ Moment(httpDate: $0) }) else {
            return nil
        }
        return moment.seconds - now.seconds
    }

    /// Google's `RetryInfo`.
    private static func delay(_ complaint: ServerComplaint) -> Double? {
        for detail in complaint.details["details"]?.array ?? [] {
            if let text = detail["retryDelay"]?.string { return duration(text) }
        }
        return nil
    }

    /// "Please try again in 1m12.5s.", "Retry after 5 seconds"
    private static func sentence(_ text: String) -> Double? {
        let text = text.lowercased()
        return beginnings.lazy.flatMap { text.ranges(of: $0) }
            .compactMap { time(at: text[$0.upperBound...]) }.first
    }

    private static func time(at rest: Substring) -> Double? {
        var time = rest.prefix { "0123456789hms.".contains($0) }
        let isSeconds = rest.dropFirst(time.count).hasPrefix(" second")
        while time.last == "." { time.removeLast() }
        return duration(String(time)) ?? (isSeconds ? number(String(time)) : nil)
    }

    private static let beginnings = ["try again", "retry"].flatMap { verb in
        [" in ", " after "].map { verb + $0 }
    }

    // MARK: Windows of a rate

    private static let windows = ["requests", "tokens", "input-tokens", "output-tokens"]

    /// The window that is used up; if none says so, the one of tokens, which a request may be too
    /// large for while some are left.
    private static func window(_ headers: [String: String]) -> Double? {
        var usedUp: Double?
        for name in windows {
            let remaining =
                headers["x-ratelimit-remaining-\(name)"]
                ?? headers["anthropic-ratelimit-\(name)-remaining"]
            guard remaining.flatMap({ number($0) }) == 0, let reset = reset(of: name, headers)
            else { continue }
            usedUp = max(usedUp ?? 0, reset)
        }
        return usedUp ?? reset(of: "tokens", headers) ?? wholeReset(headers)
    }

    private static func reset(of name: String, _ headers: [String: String]) -> Double? {
        if let text = headers["x-ratelimit-reset-\(name)"] {
            return duration(text) ?? number(text) ?? until(Moment(text), headers)
        }
        return until(headers["anthropic-ratelimit-\(name)-reset"].flatMap { Moment($0) }, headers)
    }

    /// Seconds to wait, or a moment in seconds or milliseconds, as the size tells.
    private static func wholeReset(_ headers: [String: String]) -> Double? {
        guard let value = headers["x-ratelimit-reset"].flatMap({ number($0) }) else { return nil }
        switch value {
        case ..<1e8: return value
        case ..<1e11: return until(Moment(seconds: value), headers)
        default: return until(Moment(seconds: value / 1_000), headers)
        }
    }

    // MARK: Reading

    private static func number(_ text: String) -> Double? {
        guard let value = Double(text), value.isFinite else { return nil }
        return value
    }

    /// `6m0s`, `20ms`, `1h2m3.5s`
    private static func duration(_ text: String) -> Double? {
        var rest = Substring(text)
        var seconds = 0.0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            guard let value = Double(digits) else { return nil }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { $0.isLetter }
            guard let scale = units[String(unit)] else { return nil }
            seconds += value * scale
            rest = rest.dropFirst(unit.count)
        }
        return text.isEmpty ? nil : seconds
    }

    private static let units = ["ms": 0.001, "s": 1, "m": 60, "h": 3_600, "d": 86_400]
}
