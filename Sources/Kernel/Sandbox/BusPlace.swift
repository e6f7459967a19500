package import KernelBase

/// One entry of the permission `dbus`: which names on which bus, and which of their members.
package struct BusPlace: Sendable, Hashable {
    /// Nil: both.
    package let bus: BusKind?
    package let name: Name
    /// Nil: all.
    package let interface: String?
    /// Nil: all of the interface.
    package let member: String?

    package enum Name: Sendable, Hashable {
        /// Every name but those that amount to more.
        case any
        /// Every such name that begins with this, which ends with a dot.
        case below(String)
        case name(String)
    }

    /// `[session:|system:]name[/interface.member]`, where the name may end in `.*` or be `*`, and
    /// the member may be `*`. Nil if it is none.
    package init?(_ entry: String) {
        var rest = entry[...]
        bus = BusKind.allCases.first { rest.hasPrefix($0.name + ":") }
        if let bus { rest = rest.dropFirst(bus.name.count + 1) }
        let parts = rest.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let name = Self.name(first) else { return nil }
        self.name = name
        guard parts.count == 2 else {
            interface = nil
            member = nil
            return
        }
        guard let dot = parts[1].lastIndex(of: "."), BusText.isInterface(parts[1][..<dot]) else {
            return nil
        }
        let last = parts[1][parts[1].index(after: dot)...]
        guard last == "*" || BusText.isMember(last) else { return nil }
        interface = String(parts[1][..<dot])
        member = last == "*" ? nil : String(last)
    }

    private static func name(_ text: Substring) -> Name? {
        if text == "*" { return .any }
        if text.hasSuffix(".*") {
            let start = text.dropLast(2)
            // One part alone is no name of D-Bus, but names begin so.
            guard BusText.isMember(start) || BusText.isName(start) else { return nil }
            return .below(start + ".")
        }
        return BusText.isName(text) ? .name(String(text)) : nil
    }

    /// Whether this opens a name on a bus, and there the member of the interface. Nil stands for
    /// any: what is narrower does not open that.
    package func opens(
        _ bus: BusKind, _ name: String, _ interface: String?, _ member: String?
    ) -> Bool {
        (self.bus == nil || self.bus == bus) && opens(name)
            && (self.interface == nil || self.interface == interface)
            && (self.member == nil || self.member == member)
    }

    private func opens(_ wanted: String) -> Bool {
        guard wanted != Self.driver else { return false }
        switch name {
        case .name(let own): return own == wanted
        case .below(let start): return wanted.hasPrefix(start) && !Self.startsPrograms(wanted)
        case .any: return !Self.startsPrograms(wanted)
        }
    }

    /// Whether everything that the other one names is named by this.
    package func covers(_ other: BusPlace) -> Bool {
        guard bus == nil || bus == other.bus, interface == nil || interface == other.interface,
            member == nil || member == other.member
        else { return false }
        switch (name, other.name) {
        case (_, .name(let theirs)): return opens(theirs)
        case (.any, _): return true
        case (.below(let mine), .below(let theirs)): return theirs.hasPrefix(mine)
        case (.below, .any), (.name, _): return false
        }
    }

    // MARK: Names that are more than a service

    /// The bus itself: it starts services, changes their environment, listens to all.
    private static let driver = "org.freedesktop.DBus"

    /// Who may talk to one of these has programs started outside the walls. No wildcard names them.
    /// There are more such services than anybody can list: a permission is as strong as what it
    /// leads to.
    private static let starters = [
        "org.freedesktop.systemd1", "org.freedesktop.machine1", "org.freedesktop.portable1",
        "org.freedesktop.Flatpak", "org.gnome.Terminal", "org.kde.konsole", "org.kde.klauncher5",
        "org.kde.klauncher6", "org.kde.plasmashell",
    ]

    package static func startsPrograms(_ name: String) -> Bool {
        starters.contains { name == $0 || name.hasPrefix($0 + ".") || name.hasPrefix($0 + "-") }
    }
}
