import Desktop
import DesktopTesting
import Testing

@testable import SystemControlLogic

struct PowerTests {
    private let folder = TemporaryFolder()

    /// No bus: what is not in the folder is nowhere.
    private var power: Power {
        Power(folder: "\(folder.path)/power", busAddress: "unix:path=\(folder.path)/none")
    }

    private func add(_ name: String, _ files: [String: String]) {
        for (file, text) in files { folder.write("\(text)\n", to: "power/\(name)/\(file)") }
    }

    private func addLaptop(status: String = "Discharging", power: String = "10000000") {
        add("AC", ["type": "Mains", "online": status == "Discharging" ? "0" : "1"])
        add(
            "BAT0",
            [
                "type": "Battery", "present": "1", "status": status, "capacity": "50",
                "energy_now": "25000000", "energy_full": "50000000",
                "energy_full_design": "62500000", "power_now": power, "cycle_count": "120",
                "model_name": "  5B10W139 ",
            ])
    }

    @Test func `a machine without batteries says so`() {
        add("AC", ["type": "Mains", "online": "1"])
        let report = power.report()
        #expect(report.summary == "This machine has no battery.")
        #expect(report.onMains == true)
        #expect(report.batteries.isEmpty)
    }

    @Test func `a battery that is drained tells how long it lasts`() {
        addLaptop()
        let report = power.report()
        #expect(report.summary == "Battery at 50 %, discharging, about 2 h 30 min left.")
        #expect(report.onMains == false)
        let battery = report.batteries[0]
        #expect(battery.minutesToEmpty == 150)
        #expect(battery.minutesToFull == nil)
        #expect(battery.healthPercent == 80)
        #expect(battery.cycles == 120)
        #expect(battery.model == "5B10W139")
        #expect(battery.powerWatts == 10)
    }

    @Test func `a battery that is charged tells when it is full`() {
        addLaptop(status: "Charging")
        let report = power.report()
        #expect(report.summary == "Battery at 50 %, charging, full in about 2 h 30 min.")
        #expect(report.onMains == true)
    }

    @Test(arguments: ["0", "1000"])
    func `no time is made up where next to no power is drawn`(power: String) {
        addLaptop(power: power)
        #expect(self.power.report().summary == "Battery at 50 %, discharging.")
    }

    @Test func `charge in ampere-hours counts as well, whatever the sign of the current`() {
        add(
            "BAT1",
            [
                "type": "Battery", "status": "Discharging", "charge_now": "2000000",
                "charge_full": "4000000", "charge_full_design": "5000000",
                "current_now": "-1000000", "voltage_now": "11400000",
            ])
        let battery = power.report().batteries[0]
        #expect(battery.percent == 50)
        #expect(battery.minutesToEmpty == 120)
        #expect(battery.healthPercent == 80)
    }

    @Test func `two batteries are one stock`() {
        addLaptop(power: "0")
        add(
            "BAT1",
            [
                "type": "Battery", "status": "Discharging", "energy_now": "5000000",
                "energy_full": "50000000", "power_now": "10000000",
            ])
        #expect(
            power.report().summary == "Batteries at 30 %, discharging, about 3 h 0 min left.")
    }

    @Test func `a mouse is no battery of the machine, an empty bay none at all`() {
        add(
            "hidpp_battery_0",
            [
                "type": "Battery", "scope": "Device", "capacity": "40", "model_name": "Mouse",
                "status": "Discharging",
            ])
        add("BAT1", ["type": "Battery", "present": "0"])
        let report = power.report()
        #expect(report.batteries.isEmpty)
        #expect(report.summary == "This machine has no battery. Mouse: 40 %.")
    }

    @Test(arguments: ["", "garbage", "-5", "250", "1e400"])
    func `numbers that make no sense break nothing`(text: String) {
        add(
            "BAT0",
            [
                "type": "Battery", "status": text, "capacity": text, "energy_now": text,
                "energy_full": text, "power_now": text, "cycle_count": text,
            ])
        let percent = power.report().batteries.first?.percent ?? 0
        #expect((0...100).contains(percent))
    }

    @Test(.enabled(if: PrivateBus.isPossible))
    func `UPower is asked where the kernel knows of no battery`() throws {
        let bus = PrivateBus()
        let upower = Bus.Target("org.freedesktop.UPower", "/org/freedesktop/UPower", "")
        let double = bus.double(template: "upower", service: upower.service)
        _ = try bus.mock(
            upower, "AddDischargingBattery",
            [.string("ups0"), .string("Rack UPS"), .double(42), .int64(5400)])
        let device = "\(upower.path)/devices/line"
        let properties = BusValue.options([("Type", .uint32(1)), ("Online", .bool(true))])
        _ = try bus.mock(
            upower, "AddObject",
            [
                .path(device), .string("org.freedesktop.UPower.Device"), properties,
                .array("(ssss)", []),
            ])
        let report = Power(folder: "\(folder.path)/none", busAddress: bus.address).report()
        withExtendedLifetime(double) {
            #expect(
                report.summary == "Battery at 42 %, discharging, about 1 h 30 min left, plugged in."
            )
            #expect(report.batteries.map(\.model) == ["Rack UPS"])
        }
    }
}
