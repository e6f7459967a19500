/// One entry of /sys/class/power_supply, or one device of UPower.
package struct PowerSupply: Sendable, Equatable {
    package enum Kind: Sendable {
        case battery
        case mains
    }

    package enum State: String, Sendable, Encodable {
        case charging
        case discharging
        case full
        case empty
        case idle = "not charging"
        case unknown
    }

    package var name: String
    package var kind: Kind
    /// The battery of a mouse or a headset, not of the machine.
    package var isPeripheral = false
    package var model: String?
    /// Of a mains adapter: whether it is plugged in.
    package var isOnline: Bool?
    package var state = State.unknown
    package var percent: Double?
    /// Watt-hours.
    package var energy: Double?
    package var energyFull: Double?
    package var energyFullAsDesigned: Double?
    package var powerWatts: Double?
    package var secondsToEmpty: Double?
    package var secondsToFull: Double?
    package var cycles: Int?

    package init(name: String, kind: Kind) {
        self.name = name
        self.kind = kind
    }

    /// Full charge today, as a share of what the battery was built for.
    package var healthPercent: Double? {
        guard let energyFull, let energyFullAsDesigned, energyFullAsDesigned > 0 else { return nil }
        return energyFull / energyFullAsDesigned * 100
    }
}

extension PowerSupply {
    /// From the files of its folder in sysfs, which `read` answers by name; nil if it is neither
    /// battery nor adapter, or a bay without a battery in it.
    /// https://docs.kernel.org/power/power_supply_class.html
    package init?(name: String, read: (String) -> String?) {
        switch read("type") {
        case "Battery", "UPS": self.init(name: name, kind: .battery)
        case "Mains", "USB", "Wireless": self.init(name: name, kind: .mains)
        default: return nil
        }
        if read("present") == "0" { return nil }
        isPeripheral = read("scope") == "Device"
        model = read("model_name").flatMap { text in
            let trimmed = text.trimmingSpaces
            return trimmed.isEmpty ? nil : trimmed
        }
        if kind == .mains {
            isOnline = read("online").map { $0 != "0" }
            return
        }
        readCharge(read)
    }

    private mutating func readCharge(_ read: (String) -> String?) {
        func number(_ name: String) -> Double? { read(name).flatMap { Double($0.trimmingSpaces) } }
        state =
            switch read("status") {
            case "Charging": .charging
            case "Discharging": .discharging
            case "Full": .full
            case "Not charging": .idle
            default: .unknown
            }
        cycles = number("cycle_count").flatMap { $0 > 0 ? Int(exactly: $0.rounded()) : nil }
        if let energyNow = number("energy_now"), number("energy_full") != nil {
            energy = energyNow / 1e6
            energyFull = number("energy_full").map { $0 / 1e6 }
            energyFullAsDesigned = number("energy_full_design").map { $0 / 1e6 }
            powerWatts = number("power_now").map { abs($0) / 1e6 }
        } else if let charge = number("charge_now"),
            let volts = number("voltage_min_design") ?? number("voltage_now")
        {
            // Microampere-hours: times one voltage throughout, so that shares stay right.
            energy = charge * volts / 1e12
            energyFull = number("charge_full").map { $0 * volts / 1e12 }
            energyFullAsDesigned = number("charge_full_design").map { $0 * volts / 1e12 }
            // Some drivers count a current that leaves the battery below zero.
            powerWatts = number("current_now").map { abs($0) * volts / 1e12 }
        }
        percent = number("capacity") ?? share
        percent = percent.map { min(100, max(0, $0)) }
        estimateTimes()
        if secondsToEmpty == nil, state == .discharging {
            secondsToEmpty = number("time_to_empty_now").flatMap { $0 > 0 ? $0 : nil }
        }
        if secondsToFull == nil, state == .charging {
            secondsToFull = number("time_to_full_now").flatMap { $0 > 0 ? $0 : nil }
        }
    }

    private var share: Double? {
        guard let energy, let energyFull, energyFull > 0 else { return nil }
        return energy / energyFull * 100
    }

    private mutating func estimateTimes() {
        guard let energy, let powerWatts, powerWatts > 0 else { return }
        if state == .discharging { secondsToEmpty = energy / powerWatts * 3600 }
        if state == .charging, let energyFull, energyFull > energy {
            secondsToFull = (energyFull - energy) / powerWatts * 3600
        }
    }
}

extension String {
    /// Without the spaces around it, with which some firmware pads its names.
    fileprivate var trimmingSpaces: String {
        split(separator: " ").joined(separator: " ")
    }
}
