import Desktop

/// A screen whose brightness can be set: one entry of /sys/class/backlight.
package struct Backlight: Sendable, Equatable {
    package let name: String
    package let folder: String
    package let kind: String
    package let isEnabled: Bool
    /// In the device's own steps.
    package let value: Int
    package let valueMax: Int

    package init?(name: String, folder: String) {
        let file = { (entry: String) in SmallFile.line("\(folder)/\(entry)") }
        guard let value = file("brightness").flatMap({ Int($0) }),
            let valueMax = file("max_brightness").flatMap({ Int($0) }), valueMax > 0
        else { return nil }
        self.name = name
        self.folder = folder
        self.kind = file("type") ?? "raw"
        self.isEnabled = file("device/enabled") != "disabled"
        self.value = min(max(0, value), valueMax)
        self.valueMax = valueMax
    }

    package var percent: Int { (value * 100 + valueMax / 2) / valueMax }

    /// The documentation of sysfs: firmware over platform over raw, where several drive one screen.
    /// https://docs.kernel.org/admin-guide/abi-stable.html (backlight)
    package var rank: Int {
        let kinds = ["firmware", "platform", "raw"]
        let place = kinds.firstIndex(of: kind) ?? kinds.count
        return isEnabled ? place : place + 10
    }

    /// The value that a wish comes to, never below `lowestPercent`. The smallest change that is
    /// asked for moves a device by at least one of its steps, however few it has.
    package func value(for level: Level, lowestPercent: Int) -> Int {
        let lowest = (lowestPercent * valueMax + 99) / 100
        switch level {
        case .percent(let percent):
            let wanted = (min(percent, 100) * valueMax + 50) / 100
            return min(valueMax, max(lowest, wanted))
        case .change(let change):
            let distance = Double(min(abs(change), 100)) * Double(valueMax) / 100
            let steps = max(change == 0 ? 0 : 1, Int(distance.rounded()))
            return min(valueMax, max(lowest, value + (change < 0 ? -steps : steps)))
        }
    }
}
