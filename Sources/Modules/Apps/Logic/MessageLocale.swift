package import Desktop

/// The languages in which names are wanted, best first.
package struct MessageLocale: Sendable, Equatable {
    /// As they stand in brackets behind a key: "de_AT@euro", "de_AT", "de@euro", "de".
    package let names: [String]

    package init(_ environment: Environment) {
        let locale = environment["LC_ALL"] ?? environment["LC_MESSAGES"] ?? environment["LANG"]
        guard let locale, MessageLocale.isTranslated(locale) else {
            names = []
            return
        }
        // As gettext: $LANGUAGE is a list that goes before, but only where there is a locale.
        let preferred = (environment["LANGUAGE"] ?? "").split(separator: ":").map(String.init)
        var seen: Set<String> = []
        names = (preferred + [locale]).flatMap(MessageLocale.variants)
            .filter { seen.insert($0).inserted }
    }

    /// How well a bracketed name fits, 0 best; nil: not wanted.
    func rank(of name: some StringProtocol) -> Int? {
        names.firstIndex { $0 == name }
    }

    private static func isTranslated(_ locale: String) -> Bool {
        locale != "C" && locale != "POSIX" && !locale.hasPrefix("C.")
    }

    /// The order of the Desktop Entry Specification; an encoding plays no part.
    private static func variants(_ locale: String) -> [String] {
        let parts = locale.split(separator: "@", maxSplits: 1)
        let base = (parts.first ?? "").prefix { $0 != "." }
        let modifier = parts.count > 1 ? "@\(parts[1])" : ""
        let language = String(base.prefix { $0 != "_" })
        let country = language.count < base.count ? String(base) : nil
        var variants: [String] = []
        if let country, !modifier.isEmpty { variants.append(country + modifier) }
        if let country { variants.append(country) }
        if !modifier.isEmpty { variants.append(language + modifier) }
        return variants + [language]
    }
}
