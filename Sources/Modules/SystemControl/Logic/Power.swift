package import Desktop

/// Where the state of the batteries is read.
package struct Power: Sendable {
    /// A folder as /sys/class/power_supply.
    package var folder: String
    /// The bus that UPower is on; nil: the system's own.
    package var busAddress: String?

    package init(folder: String, busAddress: String? = nil) {
        self.folder = folder
        self.busAddress = busAddress
    }

    package func report() -> PowerReport {
        let supplies = SmallFile.names(in: folder).compactMap { name in
            PowerSupply(name: name) { SmallFile.line("\(folder)/\(name)/\($0)") }
        }
        let hasBattery = supplies.contains { $0.kind == .battery }
        return PowerReport(hasBattery ? supplies : supplies + suppliesOfUPower())
    }

    /// UPower knows batteries that the kernel does not: an UPS, a Bluetooth headset. A machine
    /// without it, or without a bus, has none of these: that is an answer, not an error.
    private func suppliesOfUPower() -> [PowerSupply] {
        do throws(DesktopError) {
            let bus = try Bus(.system, address: busAddress)
            let service = "org.freedesktop.UPower"
            let root = Bus.Target(service, "/org/freedesktop/UPower", service)
            let paths = try bus.call(root, "EnumerateDevices").first?.elements ?? []
            var supplies: [PowerSupply] = []
            for path in paths.compactMap(\.text).prefix(Power.devicesMax) {
                let device = Bus.Target(service, path, "org.freedesktop.UPower.Device")
                let properties = try bus.properties(device)
                if let supply = PowerSupply(path: path, properties: properties) {
                    supplies.append(supply)
                }
            }
            return supplies
        } catch {
            return []
        }
    }

    private static let devicesMax = 32
}

extension PowerSupply {
    /// https://upower.freedesktop.org/docs/Device.html
    package init?(path: String, properties: [String: BusValue]) {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        switch properties["Type"]?.number {
        case 1:
            self.init(name: name, kind: .mains)
            isOnline = properties["Online"]?.bool
            return
        case let type? where type >= 2:
            self.init(name: name, kind: .battery)
            isPeripheral = type > 3 && properties["PowerSupply"]?.bool != true
        default: return nil
        }
        if properties["IsPresent"]?.bool == false { return nil }
        func positive(_ name: String) -> Double? {
            properties[name]?.number.flatMap { $0 > 0 ? $0 : nil }
        }
        state =
            switch properties["State"]?.number {
            case 1: .charging
            case 2: .discharging
            case 3: .empty
            case 4: .full
            case 5, 6: .idle
            default: .unknown
            }
        model = properties["Model"]?.text.flatMap { $0.isEmpty ? nil : $0 }
        percent = properties["Percentage"]?.number
        energy = positive("Energy")
        energyFull = positive("EnergyFull")
        energyFullAsDesigned = positive("EnergyFullDesign")
        powerWatts = positive("EnergyRate")
        secondsToEmpty = positive("TimeToEmpty")
        secondsToFull = positive("TimeToFull")
        cycles = positive("ChargeCycles").map { Int($0) }
    }
}
